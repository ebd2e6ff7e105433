"""The way in, the way out, and the ways that are closed."""

import re
from collections.abc import Callable
from urllib.parse import quote
from uuid import uuid4

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import PASSWORD, Family, enter, new_user
from tests.flows.conftest import Registry


def test_signing_in_leads_where_one_wanted_to_go(registry: Registry, page: Page) -> None:
    page.goto("/search?q=marmots")
    expect(page).to_have_url(f"{registry.url}/login?next=/search%3Fq%3Dmarmots")
    expect(page.get_by_label("Username")).to_be_focused()
    enter(page, new_user(registry.admin, "search"), PASSWORD)
    expect(page).to_have_url(f"{registry.url}/search?q=marmots")
    expect(page).to_have_title("marmots · Search · Model Registry")


def test_wrong_credentials_are_said_so(page: Page) -> None:
    page.goto("/login")
    enter(page, f"nobody-{uuid4().hex[:12]}", "wrong")
    expect(page.get_by_role("alert")).to_contain_text("No active user has this username and password.")


def test_no_other_site_is_led_to(registry: Registry, page: Page) -> None:
    page.goto("/login?next=//example.org/")
    enter(page, new_user(registry.admin, "search"), PASSWORD)
    expect(page).to_have_url(f"{registry.url}/dashboard")


def test_signing_out_ends_the_session(registry: Registry, sign_in: Callable[..., Page]) -> None:
    page = sign_in("search")
    page.get_by_role("button", name="Account of").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page).to_have_url(f"{registry.url}/login")
    page.goto("/dashboard")
    expect(page.get_by_label("Username")).to_be_visible()


def test_a_session_that_is_over_is_explained(
    registry: Registry, context: BrowserContext, sign_in: Callable[..., Page]
) -> None:
    page = sign_in("search")
    context.add_cookies([{"name": "sessionid", "value": "over", "url": registry.url}])
    page.goto("/search")
    expect(page.get_by_role("status")).to_contain_text("Your session is over")
    enter(page, new_user(registry.admin, "search"), PASSWORD)
    expect(page).to_have_url(f"{registry.url}/search")


def test_a_session_that_ends_elsewhere_ends_here_and_nothing_is_lost(
    registry: Registry, context: BrowserContext, browser: Browser, sign_in: Callable[..., Page], family: Family
) -> None:
    page = sign_in("search")
    page.goto("/search")
    expect(page.get_by_role("rowheader").first).to_be_visible()
    elsewhere = browser.new_context(base_url=registry.url, storage_state=context.storage_state())
    other = elsewhere.new_page()
    other.goto("/dashboard")
    other.get_by_role("button", name="Account of").click()
    other.get_by_role("menuitem", name="Sign out").click()
    expect(other).to_have_url(f"{registry.url}/login")
    elsewhere.close()
    page.get_by_role("searchbox").fill(family.name)
    expect(page.get_by_role("status")).to_contain_text("Your session is over")
    expect(page).to_have_url(
        f"{registry.url}/login?next=%2Fsearch%3Fq%3D{quote(family.name, safe='').replace('%', '%25')}"
    )
    enter(page, new_user(registry.admin, "search"), PASSWORD)
    expect(page.get_by_role("searchbox")).to_have_value(family.name)
    expect(page.get_by_role("rowheader")).to_have_count(3)


def test_what_one_may_not_do_is_said_not_hidden(sign_in: Callable[..., Page], family: Family) -> None:
    page = sign_in("search")
    page.get_by_role("link", name="Upload", exact=True).click()
    expect(page.get_by_text("This needs the permission “upload”")).to_be_visible()
    page.goto(f"/package/{family.newer}")
    expect(page.get_by_text("Downloading needs the permission “download”")).to_be_visible()
    expect(page.get_by_role("tab", name="Downloads")).to_have_count(0)


def test_without_the_search_permission_the_pages_explain_it(sign_in: Callable[..., Page]) -> None:
    page = sign_in("upload")
    expect(page.get_by_role("alert").first).to_contain_text("This needs the permission 'search'")


def test_a_permission_that_was_taken_away_is_said(registry: Registry, page: Page, family: Family) -> None:
    username = new_user(registry.admin, "search", "download")
    page.goto(f"/login?next=/package/{family.newer}")
    enter(page, username, PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text(family.name)
    users = registry.admin.get("/users").json()["users"]
    user_id = next(user["user_id"] for user in users if user["username"] == username)
    assert registry.admin.put(f"/user/{user_id}/permissions", json=[]).status_code == 200
    page.get_by_role("button", name=re.compile("^Download")).click()
    expect(page.get_by_role("alert")).to_contain_text("This needs the permission 'download'")
    page.reload()
    expect(page.get_by_role("heading", name="You may not see this")).to_be_visible()


def test_an_absent_registry_is_said_and_tried_again(admin_page: Page) -> None:
    admin_page.goto("/dashboard")
    expect(admin_page.get_by_text("Recent uploads")).to_be_visible()
    admin_page.route("**/packages?*", lambda route: route.abort())
    admin_page.get_by_role("link", name="Search", exact=True).click()
    expect(admin_page.get_by_role("alert")).to_contain_text("The registry is out of reach", timeout=20_000)
    admin_page.unroute("**/packages?*")
    admin_page.get_by_role("button", name="Try again").click()
    expect(admin_page.get_by_role("table", name="Packages found")).to_be_visible()


def test_a_page_that_can_not_be_fetched_can_be_tried_again(admin_page: Page) -> None:
    admin_page.goto("/dashboard")
    expect(admin_page.get_by_text("Recent uploads")).to_be_visible()
    admin_page.route("**/UploadPage-*.js", lambda route: route.abort())
    admin_page.get_by_role("link", name="Upload", exact=True).click()
    expect(admin_page.get_by_role("heading", name="This page didn't open")).to_be_visible()
    admin_page.unroute("**/UploadPage-*.js")
    admin_page.get_by_role("button", name="Load the page again").click()
    expect(admin_page.get_by_role("heading", name="Upload", exact=True)).to_be_visible()


def test_what_is_not_there_helps_on(admin_page: Page) -> None:
    for path in ("/package/00000000-0000-0000-0000-000000000000", "/nothing-here"):
        admin_page.goto(path)
        expect(admin_page.get_by_role("heading", name="There is nothing at this address")).to_be_visible()
