"""One package's page: what is shown, what can be done, and that nothing of the package runs."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Family
from tests.factories.archives import model_package, safetensors
from tests.flows.conftest import ADMIN_PASSWORD, Registry


@pytest.fixture
def package_page(admin_page: Page, family: Family) -> Page:
    admin_page.goto(f"/package/{family.newer}")
    expect(admin_page.get_by_role("heading", level=1)).to_have_text(family.name)
    return admin_page


def test_a_strangers_card_is_shown_and_harmless(package_page: Page) -> None:
    card = package_page.get_by_role("tabpanel")
    link = card.get_by_role("link", name="a link")
    expect(link).to_have_attribute("href", "https://example.org/")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(card.get_by_text("a trap")).to_be_visible()
    expect(card.get_by_role("link", name="a trap")).to_have_count(0)
    expect(card.get_by_text("Image not shown: a picture")).to_be_visible()
    expect(card.locator("img, script, [onclick]")).to_have_count(0)
    expect(card.get_by_role("table")).to_be_visible()
    assert package_page.evaluate("window.attacked") is None


def test_a_long_description_is_folded(registry: Registry, admin_page: Page, name: str) -> None:
    package_id = registry.admin.publish(model_package(name, "1.0.0"), description="Draws marmots of every kind. " * 300)
    page = admin_page
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"/package/{package_id}")
    tabs = page.get_by_role("tablist")
    expect(tabs).to_be_in_viewport()
    page.get_by_role("button", name="Show all").click()
    expect(tabs).not_to_be_in_viewport()
    page.get_by_role("button", name="Show less").click()
    expect(tabs).to_be_in_viewport()


def test_every_score_has_its_evidence_and_advice(package_page: Page) -> None:
    package_page.get_by_role("tab", name="Scores").click()
    expect(package_page).to_have_url(re.compile("tab=scores"))
    expect(package_page.get_by_role("img", name=re.compile("^Scores: Licence 1.00"))).to_be_visible()
    package_page.get_by_text("Ramp-up", exact=True).last.click()
    opened = package_page.locator("details[open]")
    expect(opened.get_by_text("What would raise it:")).to_be_visible()
    expect(opened.get_by_role("table", name="Evidence")).to_be_visible()


def test_files_show_their_scan(package_page: Page) -> None:
    package_page.get_by_role("tab", name="Files (4)").click()
    row = package_page.get_by_role("row").filter(has_text="model.safetensors")
    expect(row.get_by_text("weights")).to_be_visible()
    expect(row.get_by_text("clean")).to_be_visible()


def test_versions_can_be_switched(package_page: Page, family: Family) -> None:
    versions = package_page.get_by_label("Version")
    expect(versions.locator("option")).to_have_text(["1.1.0 (newest)", "1.0.0"])
    versions.select_option("1.0.0")
    expect(package_page).to_have_url(re.compile(family.older))


def test_lineage_is_a_graph_and_a_table(package_page: Page, family: Family) -> None:
    package_page.get_by_role("tab", name="Lineage").click()
    graph = package_page.get_by_role("application")
    expect(graph.locator("g[role=img]")).to_have_count(2)
    row = package_page.get_by_role("row").filter(has_text=f"{family.name}-tuned")
    expect(row).to_contain_text("descendant")
    graph.focus()
    package_page.keyboard.press("ArrowRight")
    expect(package_page.get_by_text(f"{family.name}-tuned 1.0.0: descendant, finetune")).to_be_visible()
    package_page.keyboard.press("Enter")
    expect(package_page).to_have_url(re.compile(rf"{family.child}\?tab=lineage"))


def test_stars_are_given_and_replaced(package_page: Page, registry: Registry, family: Family) -> None:
    package_page.get_by_title("4 stars").click()
    expect(package_page.get_by_text("You gave it 4 stars.")).to_be_visible()
    package_page.get_by_title("5 stars").click()
    expect(package_page.get_by_text("You gave it 5 stars.")).to_be_visible()
    package_page.reload()
    expect(package_page.get_by_role("radio", name="5 stars")).to_be_checked()
    assert registry.admin.get(f"/package/{family.newer}/rate").json() == {"average": 5, "count": 1, "score": 5}


@pytest.mark.parametrize(
    ("button", "ending", "start"),
    [("^Download", "-1.1.0.zip", b"PK"), ("^Weights only", ".safetensors", safetensors())],
)
def test_downloads_both_ways(package_page: Page, button: str, ending: str, start: bytes) -> None:
    with package_page.expect_download() as started:
        package_page.get_by_role("button", name=re.compile(button)).click()
    file = started.value
    assert (file.failure(), file.suggested_filename.endswith(ending)) == (None, True)
    assert Path(file.path()).read_bytes().startswith(start)


def test_the_history_is_shown_to_whom_it_may_be(package_page: Page) -> None:
    with package_page.expect_download():
        package_page.get_by_role("button", name=re.compile("^Download")).click()
    package_page.get_by_role("tab", name="Download history").click()
    expect(package_page.get_by_role("row").nth(1)).to_contain_text("admin")
    expect(package_page.get_by_role("row").nth(1)).to_contain_text("approved")


def test_the_commands_work_as_they_are_pasted(registry: Registry, package_page: Page, tmp_path: Path) -> None:
    commands = package_page.get_by_role("region", name="Command line").locator("pre")
    expect(commands).to_have_count(5)
    script = "set -e\n" + "\n".join(commands.all_inner_texts())
    # Without a terminal of its own the password is read from the standard input.
    ran = subprocess.run(
        ["bash", "-c", script],
        cwd=tmp_path,
        input=f"{ADMIN_PASSWORD}\n",
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )
    assert ran.returncode == 0, ran.stderr
    assert ": OK\n" in ran.stdout
    assert json.loads(ran.stdout.splitlines()[-1])["version"] == "1.1.0"
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".safetensors", ".zip"]


def test_an_older_version_leads_to_the_newest(admin_page: Page, family: Family) -> None:
    admin_page.goto(f"/package/{family.older}")
    admin_page.get_by_role("link", name="Newer: 1.1.0").click()
    expect(admin_page).to_have_url(re.compile(family.newer))
    expect(admin_page.get_by_role("link", name="Newer")).to_have_count(0)


def test_a_finding_is_told_to_administrators(registry: Registry, admin_page: Page, family: Family) -> None:
    twin = registry.admin.publish(model_package(family.name.replace("model", "mode1"), "1.0.0"))
    admin_page.goto(f"/package/{twin}")
    findings = admin_page.get_by_role("region", name="Findings")
    expect(findings.get_by_text("in letters that look alike")).to_be_visible()
    expect(findings.get_by_role("link", name="See the other one").first).to_have_attribute(
        "href", re.compile("/package/")
    )
    findings.get_by_role("link", name="Decide").first.click()
    expect(admin_page).to_have_url(re.compile("/admin/packages_app/confusionfinding/"))


def test_a_first_policy_is_written_and_removed(registry: Registry, admin_page: Page, name: str) -> None:
    package_id = registry.admin.publish(model_package(name, "1.0.0"))
    page = admin_page
    page.goto(f"/package/{package_id}?tab=policy")
    expect(page.get_by_text("It has no policy")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_text("sensitive", exact=True)).to_be_visible()
    page.get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Removed; its text stays here until you leave.")).to_be_visible()
    expect(page.get_by_text("only its uploader and administrators may download it")).to_be_visible()


def test_a_policy_is_tried_corrected_and_saved(admin_page: Page, family: Family) -> None:
    page = admin_page
    page.goto(f"/package/{family.guarded}?tab=policy")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("Only nobody may.", exact=False).last).to_be_visible()
    source = page.get_by_role("textbox", name="Policy")
    source.fill("not JavaScript")
    page.get_by_role("button", name="Save").click()
    expect(source).to_have_attribute("aria-invalid", "true")
    source.fill('function validateDownload() { return { approved: true, reason: "Anybody may." }; }')
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("asked as yourself")).to_be_visible()
    expect(page.get_by_text("approved", exact=True)).to_be_visible()
