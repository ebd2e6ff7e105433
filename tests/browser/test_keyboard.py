"""Every flow by keyboard alone: where Tab leads, what Enter, Space, Escape and the arrows do there."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PASSWORD, Family, new_user
from tests.factories.archives import model_package, safetensors
from tests.flows.conftest import Registry

A_MINUTE = 60_000


def test_signing_in_changing_colours_and_signing_out(registry: Registry, page: Page) -> None:
    page.goto("/login")
    expect(page.get_by_label("Username")).to_be_focused()
    page.keyboard.type(new_user(registry.admin, "search"))
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/dashboard")
    account = page.get_by_role("button", name="Account of")
    tab_until(page, account)
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Use dark colours")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", "dark")
    expect(account).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menuitem", name="Use light colours")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("menuitem", name="Sign out")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{registry.url}/login")


def test_searching_by_pattern_and_filters(admin_page: Page, family: Family) -> None:
    page = admin_page
    page.goto("/search")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type(f"^{family.name}(-tuned)?$")
    tab_until(page, page.get_by_role("switch", name="Regex"))
    page.keyboard.press("Space")
    names = page.get_by_role("rowheader")
    expect(names).to_have_count(3)
    tab_until(page, page.get_by_label("Version"))
    page.keyboard.type("^1.1.0")
    expect(names).to_have_count(1)
    tab_until(page, page.get_by_role("combobox", name="Kind"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("option", name="npm packages")).to_be_visible()
    choose(page, "npm packages")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    tab_until(page, page.get_by_role("button", name="Clear the filters"))
    page.keyboard.press("Enter")
    expect(names).to_have_count(3)


def test_uploading_and_opening_a_package(sign_in: Callable[..., Page], tmp_path: Path, name: str) -> None:
    path = tmp_path / "model.zip"
    path.write_bytes(model_package(name, "1.0.0"))
    page = sign_in("upload", "search")
    # Caught from now on: when Playwright is told only with the key, it may be too late.
    page.on("filechooser", lambda _: None)
    tab_until(page, page.get_by_role("link", name="Upload", exact=True))
    page.keyboard.press("Enter")
    tab_until(page, page.locator("#file-input"))
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Enter")
    chooser.value.set_files(path)
    tab_until(page, page.get_by_label("Description"))
    page.keyboard.type("By keyboard.")
    tab_until(page, page.locator("#upload-btn"))
    page.keyboard.press("Enter")
    opened = page.get_by_role("link", name=f"Open {name} 1.0.0")
    expect(opened).to_be_visible(timeout=A_MINUTE)
    tab_until(page, opened)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    expect(page.get_by_text("By keyboard.")).to_be_visible()


def test_ingesting_with_a_waiver(admin_page: Page) -> None:
    page = admin_page
    page.goto("/upload")
    tab_until(page, page.get_by_label("Address"))
    page.keyboard.type("gopher://a")
    tab_until(page, page.locator("summary").filter(has_text="Waive metrics"))
    page.keyboard.press("Enter")
    tab_until(page, page.get_by_label("Ramp-up"))
    page.keyboard.type("It is fine.")
    expect(page.get_by_text("Waive metrics (1)")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_text("This is no address to ingest from")).to_be_visible()


@pytest.mark.parametrize(("button", "start"), [("^Download", b"PK"), ("^Weights only", safetensors())])
def test_downloading(admin_page: Page, family: Family, button: str, start: bytes) -> None:
    page = admin_page
    page.goto(f"/package/{family.newer}")
    expect(page.get_by_role("heading", level=1)).to_have_text(family.name)
    tab_until(page, page.get_by_role("button", name=re.compile(button)))
    with page.expect_download() as started:
        page.keyboard.press("Enter")
    assert Path(started.value.path()).read_bytes().startswith(start)


def test_deleting(registry: Registry, admin_page: Page, name: str) -> None:
    package_id = registry.admin.publish(model_package(name, "1.0.0"))
    page = admin_page
    page.goto(f"/package/{package_id}")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    delete = page.get_by_role("button", name="Delete this package")
    tab_until(page, delete)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Keep it")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(delete).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text=f"{name} 1.0.0 was deleted.")).to_be_visible()


def test_a_package_is_found_and_rated_by_keyboard_alone(admin_page: Page, family: Family) -> None:
    page = admin_page
    page.goto("/dashboard")
    expect(page.get_by_role("heading", name="Recent uploads")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    for _ in range(3):
        page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Search", exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type(f"{family.name}-tuned")
    link = page.get_by_role("rowheader").get_by_role("link")
    expect(link).to_have_count(1)
    tab_until(page, link)
    page.keyboard.press("Enter")
    tab_until(page, page.get_by_role("tab", name="Model card"))
    for tab in ("Scores", "Files", "Lineage"):
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("tab", name=tab)).to_be_focused()
    graph = page.get_by_role("application", name="Lineage graph")
    expect(graph).to_be_visible()
    tab_until(page, graph)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(family.name)
    for _ in range(60):
        if page.evaluate("document.activeElement.type") == "radio":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    # From one star to two; or, where another test gave all five, around to the first.
    expect(page.get_by_text(re.compile(r"You gave it (2 stars|1 star)\."))).to_be_visible()


def choose(page: Page, option: str) -> None:
    """Go down the open list until the option is the one that Enter takes."""
    for _ in range(10):
        if page.locator("[data-combobox-selected]").filter(has_text=option).count():
            page.keyboard.press("Enter")
            return
        page.keyboard.press("ArrowDown")
        page.wait_for_timeout(50)
    raise AssertionError(f"The arrows don't lead to {option}.")


def tab_until(page: Page, wanted: Locator, most: int = 60) -> None:
    """Press Tab until the focus is there."""
    for _ in range(most):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab doesn't lead there")
