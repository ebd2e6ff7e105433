"""Every page of the admin site, found by way of its own register, so that a new model's pages are among them."""

from collections.abc import Iterator

from django.contrib import admin
from playwright.sync_api import Page

#: `app/model` of everything that is registered.
MODELS = sorted(model._meta.label_lower.replace(".", "/") for model in admin.site._registry)
#: The pages that belong to no model.
OTHERS = (
    "/admin/",
    "/admin/danger-zone/",
    "/admin/password_change/",
    "/admin/password_change/done/",
    *sorted({f"/admin/{model.partition('/')[0]}/" for model in MODELS}),
)
#: What is worth a picture, by its name, with the id of a package.
PICTURED = {
    "admin": "/admin/",
    "admin-users": "/admin/accounts_app/user/",
    "admin-jobs": "/admin/packages_app/job/",
    "admin-audits": "/admin/packages_app/confusionfinding/",
    "admin-package": "/admin/packages_app/package/{newer}/change/",
    "admin-danger-zone": "/admin/danger-zone/",
}
#: What a row's own pages may be, after its address; which there are, each model's admin says.
_OF_A_ROW = ("change", "history", "delete")


def pages_of(model: str, page: Page) -> Iterator[str]:
    """The addresses of a model's pages: its list, as it is and searched in vain, the form for a new row, and each page of
    the first row, its actions' pages too."""
    lister = f"/admin/{model}/"
    yield from (lister, f"{lister}?q=zebrafish")
    if page.request.get(f"{lister}add/").ok:
        yield f"{lister}add/"
    page.goto(lister)
    first = page.locator("#result_list tbody tr").first.locator("a[href*='/change/']").first.get_attribute("href")
    assert first is not None, f"There is no row of {model}; tests/factories/console.py makes one of each."
    row = first.partition("?")[0].removesuffix("change/")
    page.goto(f"{row}change/")
    links = page.locator(f"a[href^='{row}']").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    own = {link.partition("?")[0].partition("#")[0] for link in links}
    for address in sorted(own | {f"{row}{name}/" for name in _OF_A_ROW}):
        if page.request.get(address, max_redirects=0).status == 200:
            yield address
