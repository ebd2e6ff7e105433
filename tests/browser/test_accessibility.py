"""axe-core over every page: no violation of WCAG 2.1 A or AA, in either colours, at either width."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Family
from tests.browser.pages import PAGES, open_page
from tests.flows.conftest import ROOT, Registry

AXE = (
    (ROOT / "frontend/node_modules/axe-core/axe.min.js").read_text()
    if (ROOT / "frontend/node_modules").exists()
    else ""
)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
DESKTOP, PHONE = 1280, 390
Scheme = Literal["light", "dark"]


#: What opens begins to move a frame or two after it is there.
STILL = """async () => {
    const frame = () => new Promise(requestAnimationFrame);
    const moving = () => document.getAnimations().filter(animation => animation.playState === "running");
    do {
        await frame(); await frame(); await frame();
        await Promise.allSettled(moving().map(animation => animation.finished));
    } while (moving().length);
}"""


def violations(page: Page) -> list[str]:
    """What axe finds once nothing moves any more, as one line for each element."""
    page.evaluate(STILL)
    page.evaluate(AXE)
    found: dict[str, Any] = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


@pytest.fixture(params=[(scheme, width) for scheme in ("light", "dark") for width in (DESKTOP, PHONE)])
def looked_at(
    request: pytest.FixtureRequest, browser: Browser, registry: Registry, session_cookies: list[Any]
) -> Iterator[Page]:
    scheme, width = request.param
    context = browser.new_context(
        base_url=registry.url, color_scheme=scheme, viewport={"width": width, "height": 844}, reduced_motion="reduce"
    )
    context.add_cookies(session_cookies)
    yield context.new_page()
    context.close()


def test_every_page_is_accessible_and_fits(looked_at: Page, family: Family) -> None:
    width = looked_at.viewport_size
    assert width is not None
    found: dict[str, Any] = {}
    for name in PAGES:
        open_page(looked_at, name, family)
        overflow = looked_at.evaluate("document.documentElement.scrollWidth") - width["width"]
        found[name] = violations(looked_at) + ([f"{overflow} px too wide"] if overflow > 0 else [])
    assert found == {name: [] for name in PAGES}


def test_the_sign_in_page_the_menu_and_a_chosen_file_are_accessible(
    looked_at: Page, registry: Registry, tmp_path: Path
) -> None:
    looked_at.goto("/upload")
    (tmp_path / "empty.zip").write_bytes(b"no archive")
    looked_at.locator("#file-input").set_input_files(tmp_path / "empty.zip")
    looked_at.get_by_role("switch", name="Sensitive").check()
    assert violations(looked_at) == []
    looked_at.locator("#upload-btn").click()
    looked_at.get_by_role("alert").wait_for()
    assert violations(looked_at) == []
    looked_at.get_by_role("button", name="Account of").click()
    looked_at.get_by_role("menuitem", name="Sign out").wait_for()
    assert violations(looked_at) == []
    looked_at.context.clear_cookies()
    looked_at.goto("/login")
    assert violations(looked_at) == []
    looked_at.locator("#username").fill("nobody")
    looked_at.locator("#password").fill("wrong")
    looked_at.locator("#login-btn").click()
    looked_at.get_by_role("alert").wait_for()
    assert violations(looked_at) == []


def test_a_file_on_its_way_in_parts_is_accessible_and_fits(looked_at: Page, tmp_path: Path) -> None:
    width = looked_at.viewport_size
    assert width is not None
    looked_at.route("**/parts/2?*", lambda _: None)
    looked_at.route("**/parts/1?*", lambda route: route.abort())
    looked_at.goto("/upload")
    (tmp_path / "large.zip").write_bytes(os.urandom(10 * 1024 * 1024))
    looked_at.locator("#file-input").set_input_files(tmp_path / "large.zip")
    looked_at.get_by_text("Waive metrics").click()
    looked_at.locator("#upload-btn").click()
    looked_at.get_by_text("sending goes on by itself").wait_for()
    assert looked_at.get_by_role("link", name="Uploads under way").is_visible()
    assert looked_at.evaluate("document.documentElement.scrollWidth") <= width["width"]
    assert violations(looked_at) == []
    looked_at.get_by_role("button", name="Pause").click()
    looked_at.get_by_text("Part of it has arrived").wait_for()
    assert violations(looked_at) == []
    looked_at.get_by_role("button", name="Remove large.zip").click()
