"""Finding a package: by words, by pattern, by filters, by keyboard."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Family


def test_results_appear_while_typing_and_the_address_holds_the_search(admin_page: Page, family: Family) -> None:
    page = admin_page
    page.goto("/search")
    page.get_by_role("searchbox").press_sequentially(family.name, delay=10)
    table = page.get_by_role("table", name="Packages found")
    expect(table.get_by_role("rowheader")).to_have_count(3)
    expect(page).to_have_url(re.compile(r"/search\?q=browser%2Fmodel-"))
    page.get_by_label("Version").fill("^1.1.0")
    expect(table.get_by_role("rowheader")).to_have_count(1)
    page.reload()
    expect(page.get_by_role("searchbox")).to_have_value(family.name)
    expect(page.get_by_label("Version")).to_have_value("^1.1.0")
    expect(table.get_by_role("rowheader")).to_have_count(1)
    table.get_by_role("link", name=family.name).click()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value(family.name)


def test_a_bad_pattern_is_marked_where_it_is_at_fault(admin_page: Page) -> None:
    page = admin_page
    page.goto("/search?q=marmot(s&regex=1")
    expect(page.get_by_role("switch", name="Regex")).to_be_checked()
    expect(page.get_by_text("parentheses () not balanced")).to_be_visible()
    expect(page.locator("mark")).to_have_text("(")


def test_a_pattern_finds_names(admin_page: Page, family: Family) -> None:
    page = admin_page
    page.goto("/search")
    page.get_by_role("switch", name="Regex").check()
    page.get_by_role("searchbox").fill(f"^{family.name}(-tuned)?$")
    expect(page.get_by_role("rowheader")).to_have_count(3)


def test_a_bad_version_is_marked_at_its_field(admin_page: Page) -> None:
    page = admin_page
    page.goto("/search")
    page.get_by_label("Version").fill("^^1")
    expect(page.get_by_text("That can't be searched for")).to_be_visible()
    expect(page.get_by_label("Version")).to_have_attribute("aria-invalid", "true")


def test_nothing_found_offers_a_way_back(admin_page: Page, family: Family) -> None:
    page = admin_page
    page.goto("/search?q=zebrafish&kind=npm")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    page.get_by_role("button", name="show all packages").click()
    expect(page.get_by_role("table", name="Packages found")).to_be_visible()
    expect(page).to_have_url(re.compile("/search$"))


def test_filters_narrow_and_can_be_cleared(admin_page: Page, family: Family) -> None:
    page = admin_page
    page.goto(f"/search?q={family.name}")
    expect(page.get_by_role("rowheader")).to_have_count(3)
    page.get_by_role("combobox", name="Kind").click()
    page.get_by_role("option", name="npm packages").click()
    expect(page.get_by_text("Nothing found")).to_be_visible()
    page.get_by_role("button", name="Clear the filters").click()
    expect(page.get_by_role("rowheader")).to_have_count(3)


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


def tab_until(page: Page, wanted: object, most: int = 60) -> None:
    """Press Tab until the focus is there."""
    for _ in range(most):
        if wanted.evaluate("element => element === document.activeElement"):  # type: ignore[attr-defined]
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab doesn't lead there")
