"""Finding a package: by words, by parts of names, by pattern, by filters."""

import re
from uuid import uuid4

from playwright.sync_api import Page, expect

from tests.browser.conftest import Family
from tests.factories.archives import model_package
from tests.flows.conftest import Registry


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


def test_a_part_of_a_name_finds_it_before_those_that_mention_it(registry: Registry, admin_page: Page) -> None:
    word = "".join(chr(ord("a") + int(digit, 16)) for digit in uuid4().hex[:12])
    registry.admin.publish(model_package(f"browser/deep{word}-tiny", "1.0.0"))
    registry.admin.publish(model_package(f"browser/other-{uuid4().hex[:8]}", "1.0.0", words=f"Not {word} at all."))
    names = admin_page.get_by_role("table", name="Packages found").get_by_role("rowheader")
    admin_page.goto("/search")
    admin_page.get_by_role("searchbox").fill(f"{word[:9]} brow")
    expect(names).to_have_text([re.compile(f"deep{word}-tiny")])
    admin_page.get_by_role("searchbox").fill(word)
    expect(names).to_have_text([re.compile(f"deep{word}-tiny"), re.compile("browser/other-")])


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
