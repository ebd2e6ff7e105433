"""axe-core over every page of the admin site, in either colours and at either width, and with what opens opened."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from playwright.sync_api import TimeoutError as TooLate

from tests.browser.admin_pages import MODELS, OTHERS, pages_of
from tests.browser.conftest import SECONDS
from tests.browser.test_accessibility import DESKTOP, PHONE, violations
from tests.flows.conftest import Registry

_HEIGHT = 844
_SECONDS_TO_SETTLE = 5


@pytest.fixture(params=["light", "dark"])
def looked_at(
    request: pytest.FixtureRequest, browser: Browser, console: Registry, console_cookies: list[Any]
) -> Iterator[Page]:
    """A page in these colours, which the admin site settles when it loads."""
    context = browser.new_context(base_url=console.url, color_scheme=request.param, reduced_motion="reduce")
    context.set_default_timeout(SECONDS * 1000)
    context.add_cookies(console_cookies)
    yield context.new_page()
    context.close()


def faults(page: Page) -> dict[int, list[str]]:
    """What is wrong with the page as it is open now, by width."""
    found = {}
    for width in (PHONE, DESKTOP):
        page.set_viewport_size({"width": width, "height": _HEIGHT})
        wrong = violations(page) + overflow(page, width)
        if wrong:
            found[width] = wrong
    return found


def overflow(page: Page, width: int) -> list[str]:
    """By how much the document is too wide, once tabs that find no room have been put away."""
    try:
        page.wait_for_function(f"document.documentElement.scrollWidth <= {width}", timeout=_SECONDS_TO_SETTLE * 1000)
    except TooLate:
        return [f"{page.evaluate('document.documentElement.scrollWidth') - width} px too wide"]
    return []


def faults_at(page: Page, addresses: Iterable[str]) -> dict[str, dict[int, list[str]]]:
    found = {}
    for address in addresses:
        page.goto(address)
        page.locator("#content[role=main]").wait_for(state="attached")
        if wrong := faults(page):
            found[address] = wrong
    return found


@pytest.mark.parametrize("model", MODELS)
def test_every_page_of_a_model_is_accessible_and_fits(looked_at: Page, model: str) -> None:
    assert faults_at(looked_at, list(pages_of(model, looked_at))) == {}


def test_every_other_page_is_accessible_and_fits(looked_at: Page) -> None:
    assert faults_at(looked_at, OTHERS) == {}


def test_the_sign_in_page_is_accessible_and_fits(looked_at: Page) -> None:
    looked_at.context.clear_cookies()
    looked_at.goto("/admin/login/")
    assert faults(looked_at) == {}
    looked_at.get_by_label("Username").fill("nobody")
    looked_at.get_by_label("Password", exact=False).first.fill("wrong")
    looked_at.get_by_role("button", name="Log in").click()
    looked_at.get_by_text("Please enter the correct").wait_for()
    assert faults(looked_at) == {}


def test_what_is_said_above_a_form_is_accessible(looked_at: Page) -> None:
    looked_at.goto("/admin/danger-zone/")
    looked_at.get_by_label("to go on").fill("no")
    looked_at.get_by_role("button", name="Delete all of this").click()
    looked_at.get_by_text("Nothing was deleted").wait_for()
    assert faults(looked_at) == {}
    looked_at.goto("/admin/accounts_app/user/add/")
    looked_at.get_by_role("button", name="Save", exact=True).click()
    looked_at.get_by_text("Please correct the errors below.").wait_for()
    assert faults(looked_at) == {}


def test_what_opens_is_accessible(looked_at: Page) -> None:
    looked_at.set_viewport_size({"width": DESKTOP, "height": _HEIGHT})
    looked_at.goto("/admin/packages_app/confusionfinding/")
    looked_at.get_by_role("button", name="Filters").click()
    looked_at.locator("#changelist-filter").get_by_role("link", name="Open", exact=True).wait_for()
    assert faults(looked_at) == {}
    looked_at.keyboard.press("Escape")
    looked_at.locator("#result_list input.action-select").first.check()
    looked_at.get_by_text("1 of").first.wait_for()
    assert faults(looked_at) == {}
    looked_at.set_viewport_size({"width": PHONE, "height": _HEIGHT})
    looked_at.goto("/admin/")
    looked_at.get_by_role("button", name="Menu").click()
    looked_at.get_by_role("link", name="Danger zone").wait_for()
    assert violations(looked_at) == []
    looked_at.get_by_role("button", name="admin").click()
    looked_at.get_by_role("button", name="Log out").wait_for()
    assert violations(looked_at) == []


@pytest.mark.parametrize(
    ("model", "action", "asked"),
    [
        ("packages_app/package", "delete_selected", "Are you sure"),
        ("packages_app/package", "mark_not_sensitive", "no policy is asked any more"),
        ("accounts_app/token", "revoke", "are refused at once"),
    ],
)
def test_what_asks_before_something_is_done_is_accessible(looked_at: Page, model: str, action: str, asked: str) -> None:
    looked_at.set_viewport_size({"width": DESKTOP, "height": _HEIGHT})
    looked_at.goto(f"/admin/{model}/")
    looked_at.locator("#result_list input.action-select").first.check()
    looked_at.locator("select[name=action]").select_option(action)
    looked_at.get_by_role("button", name="Run").click()
    looked_at.get_by_text(asked).first.wait_for()
    assert faults(looked_at) == {}


def test_each_tab_of_a_package_is_accessible(looked_at: Page) -> None:
    looked_at.set_viewport_size({"width": DESKTOP, "height": _HEIGHT})
    looked_at.goto("/admin/packages_app/package/?q=org/model")
    looked_at.locator("#result_list a[href*='/change/']").first.click()
    looked_at.wait_for_url("**/change/**")
    tabs = looked_at.locator(":is(#tabs-items, #tabs-dropdown) > a")  # those that find no room are in the second
    names = [str(tab) for tab in tabs.evaluate_all("tabs => tabs.map(tab => tab.hash)")]
    address, found = looked_at.url.partition("#")[0], {}
    for name in names:
        looked_at.goto(f"{address}{name}")
        looked_at.reload()
        if wrong := faults(looked_at):
            found[name] = wrong
    assert (found, {"#scores", "#files", "#confusion_findings"} - set(names)) == ({}, set())
