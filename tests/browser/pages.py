"""Every page of the front end in every state worth looking at, for the tests that look at all of them."""

from collections.abc import Mapping

from playwright.sync_api import Page, expect

from tests.browser.conftest import Family

#: The path of each page by its name, with the name and ids of a Family.
PAGES: Mapping[str, str] = {
    "dashboard": "/dashboard",
    "search": "/search?q={name}",
    "search-nothing": "/search?q=zebrafish",
    "search-fault": "/search?q=marmot(s&regex=1",
    "upload": "/upload",
    "package": "/package/{newer}",
    "package-scores": "/package/{newer}?tab=scores",
    "package-files": "/package/{newer}?tab=files",
    "package-lineage": "/package/{newer}?tab=lineage",
    "package-downloads": "/package/{newer}?tab=downloads",
    "package-policy": "/package/{guarded}?tab=policy",
    "not-found": "/nothing-here",
}


def open_page(page: Page, name: str, family: Family) -> None:
    """Open a page and wait until it is complete."""
    page.goto(PAGES[name].format(name=family.name, newer=family.newer, guarded=family.guarded))
    page.wait_for_load_state("networkidle")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_label("Loading")).to_have_count(0)
