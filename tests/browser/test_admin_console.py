"""An administrator at work in the admin site: people, packages, decisions, the danger zone; and by keyboard alone."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.conftest import PASSWORD, SECONDS, cookies_of_administrator
from tests.browser.test_keyboard import tab_until
from tests.factories.archives import model_package
from tests.flows.conftest import ADMIN_PASSWORD, Registry, start_registry, stop_registry

MOST_TABS = 150


@pytest.fixture
def at_work(browser: Browser, console: Registry, console_cookies: list[Any]) -> Iterator[Page]:
    context = _context(browser, console)
    context.add_cookies(console_cookies)
    yield context.new_page()
    context.close()


@pytest.fixture
def doomed(tmp_path: Any) -> Iterator[Registry]:
    """A registry for one test, which may lose everything."""
    running = start_registry(tmp_path, REGISTRY_CALLS_PER_SECOND="0")
    yield running
    stop_registry(running)


def _context(browser: Browser, registry: Registry) -> BrowserContext:
    context = browser.new_context(
        base_url=registry.url, viewport={"width": 1280, "height": 900}, reduced_motion="reduce"
    )
    context.set_default_timeout(SECONDS * 1000)
    return context


def permissions(page: Page) -> dict[str, bool]:
    names = ("Upload", "Download", "Search", "Administer")
    return {name: page.get_by_role("checkbox", name=name).is_checked() for name in names}


def test_a_user_is_registered_edited_loses_a_token_and_goes(at_work: Page, console: Registry) -> None:
    page, name = at_work, f"user-{uuid4().hex[:12]}"
    page.goto("/admin/accounts_app/user/add/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password", exact=False).first.fill(PASSWORD)
    page.get_by_label("Password confirmation").fill(PASSWORD)
    page.get_by_role("checkbox", name="Upload").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully")).to_be_visible()
    expect(page).to_have_url(re.compile("/change/$"))
    assert permissions(page) == {"Upload": True, "Download": False, "Search": True, "Administer": False}

    page.get_by_role("checkbox", name="Upload").uncheck()
    page.get_by_role("checkbox", name="Download").check()
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was changed successfully")).to_be_visible()
    assert permissions(page) == {"Upload": False, "Download": True, "Search": True, "Administer": False}

    user = console.sign_in(name, PASSWORD)
    assert user.get("/user/me").json()["calls_remaining"] == 999
    page.reload()
    expect(page.get_by_role("cell", name="999", exact=True)).to_be_visible()
    page.get_by_role("link", name="Revoke", exact=False).last.click()
    page.get_by_role("button", name="Yes, I’m sure").click()
    expect(page.get_by_text("was deleted successfully")).to_be_visible()
    assert user.get("/user/me").status_code == 401

    page.goto(f"/admin/accounts_app/user/?q={name}")
    page.get_by_role("link", name=name).click()
    page.get_by_role("link", name="Delete user").click()
    expect(page.get_by_text("their packages stay")).to_be_visible()
    page.get_by_role("button", name="Yes, I’m sure").click()
    expect(page.get_by_text("was deleted successfully")).to_be_visible()
    assert console.http.post("/authenticate", json={"username": name, "password": PASSWORD}).status_code == 401


def test_the_front_page_leads_to_what_it_counts(at_work: Page) -> None:
    page = at_work
    page.goto("/admin/")
    page.get_by_role("region", name="Jobs that came to nothing").get_by_role(
        "link", name="ingest org/poor"
    ).first.click()
    expect(page.get_by_text("These scores are below 0.5")).to_be_visible()
    page.goto("/admin/")
    page.get_by_role("link", name="All that are open").click()
    expect(page.locator("#result_list")).to_contain_text("typo")
    page.goto("/admin/")
    page.get_by_role("link", name="All failed ones").click()
    expect(page.locator("#result_list")).to_contain_text("sign_in_failed")


def test_everything_goes_through_the_danger_zone(browser: Browser, doomed: Registry) -> None:
    doomed.admin.publish(model_package("org/gone", "1.0.0"))
    gone = doomed.user("search")
    context = _context(browser, doomed)
    context.add_cookies(cookies_of_administrator(doomed, browser))
    page = context.new_page()
    page.goto("/admin/")
    page.get_by_role("link", name="Danger zone").click()
    expect(page.locator("#what-goes")).to_contain_text(re.compile(r"Packages\s*1.*Users\s*1", re.DOTALL))
    page.get_by_label("to go on").fill("Reset")
    page.get_by_role("button", name="Delete all of this").click()
    expect(page.get_by_text("Nothing was deleted")).to_be_visible()
    page.get_by_label("to go on").fill("reset")
    page.get_by_role("button", name="Delete all of this").click()
    expect(page).to_have_url(re.compile("/admin/login/$"))
    expect(page.get_by_text("The registry was reset: 1 packages and 1 users are gone.")).to_be_visible()
    assert gone.get("/user/me").status_code == 401
    assert doomed.admin.get("/stats").json()["packages"] == 0
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password", exact=False).first.fill(ADMIN_PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("No packages yet.")).to_be_visible()
    page.goto("/admin/accounts_app/auditentry/?action=registry_reset")
    expect(page.locator("#result_list")).to_contain_text("packages: 1; users: 1")
    context.close()


def reach(page: Page, wanted: Locator) -> None:
    """Go to it by the tab key."""
    tab_until(page, wanted, MOST_TABS)


def test_a_user_is_registered_and_found_by_keyboard_alone(at_work: Page) -> None:
    page, name = at_work, f"user-{uuid4().hex[:12]}"
    press = page.keyboard.press
    page.goto("/admin/")
    reach(page, page.get_by_role("link", name="Users", exact=True))
    press("Enter")
    page.wait_for_url("**/user/")
    reach(page, page.get_by_role("link", name="Add user"))
    press("Enter")
    page.wait_for_url("**/add/")
    reach(page, page.get_by_label("Username"))
    page.keyboard.type(name)
    for label in ("Password", "Password confirmation"):
        reach(
            page, page.get_by_label(re.compile(f"^{label}")).first if label == "Password" else page.get_by_label(label)
        )
        page.keyboard.type(PASSWORD)
    reach(page, page.get_by_role("checkbox", name="Download"))
    press("Space")
    press("Enter")
    expect(page.get_by_text("was added successfully")).to_be_visible()
    assert permissions(page) == {"Upload": False, "Download": True, "Search": True, "Administer": False}


def test_a_finding_is_filtered_and_decided_by_keyboard_alone(at_work: Page) -> None:
    page = at_work
    press = page.keyboard.press
    page.goto("/admin/packages_app/confusionfinding/")
    reach(page, page.get_by_role("button", name="Filters"))
    press("Enter")
    reach(page, page.locator("#changelist-filter").get_by_role("link", name="High"))
    press("Enter")
    page.wait_for_url("**/?severity__exact=high")
    reach(page, page.locator("#result_list a[href*='/change/']").first)
    press("Enter")
    page.wait_for_url(re.compile("/change/"))
    reach(page, page.get_by_role("link", name="Decide"))
    press("Enter")
    page.wait_for_url("**/decide/")
    reach(page, page.get_by_label("Decision"))
    press("c")
    reach(page, page.get_by_label("Note"))
    page.keyboard.type("Seen.")
    reach(page, page.get_by_role("button", name="Record the decision"))
    press("Space")
    expect(page.get_by_text("What you decided is recorded.")).to_be_visible()


def test_menus_open_by_keyboard_alone_on_a_phone(at_work: Page) -> None:
    page = at_work
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/admin/")
    reach(page, page.get_by_role("button", name="Menu"))
    page.keyboard.press("Enter")
    reach(page, page.get_by_role("button", name="admin"))
    page.keyboard.press("Space")
    reach(page, page.get_by_role("button", name="Dark"))
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_class(re.compile("dark"))
    reach(page, page.get_by_role("link", name="Change password"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Password change")
