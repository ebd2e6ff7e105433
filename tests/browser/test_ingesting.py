"""Fetching packages from elsewhere by browser: kept, turned away, not decided, and what an administrator lets pass."""

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from demo.models import base
from tests.browser.conftest import SECONDS, enter
from tests.browser.test_accessibility import violations
from tests.factories.archives import card, safetensors
from tests.flows.conftest import ADMIN_PASSWORD, Registry
from tests.servers.hub import Hub, Repository

#: What needs more than the package's own files, which is all there is of these, by the names people see.
ELSEWHERE = ("Net score", "Bus factor", "Responsiveness", "Reviewed code", "Reviewedness", "Reproducibility")
REASON = "There is no record of this package outside the test."
A_MINUTE = 60_000


@pytest.fixture
def upload_page(ingesting: Registry, browser: Browser) -> Iterator[Page]:
    """The upload page of a registry that ingests from this machine's Hub, opened by its administrator."""
    context = browser.new_context(base_url=ingesting.url)
    context.set_default_timeout(SECONDS * 1000)
    page = context.new_page()
    page.goto("/login?next=/upload")
    enter(page, "admin", ADMIN_PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_have_text("Upload")
    yield page
    context.close()


@pytest.fixture
def name() -> str:
    return f"org/model-{uuid4().hex[:12]}"


def ingest(page: Page, name: str, *waived: str) -> Locator:
    """Ask for the model, letting pass what is waived; where its course is shown."""
    address = f"https://huggingface.co/{name}"
    if waived and not page.get_by_label(waived[0], exact=True).is_visible():
        page.get_by_text("Waive metrics").click()
    for metric in waived:
        page.get_by_label(metric, exact=True).fill(REASON)
    page.get_by_label("Address").fill(address)
    page.get_by_role("button", name="Ingest").click()
    return page.get_by_role("region", name=f"Ingest of {address}")


def test_a_model_that_passes_is_kept_and_shows_what_was_waived(upload_page: Page, hub: Hub, name: str) -> None:
    hub.models[name] = Repository(dict(base("1.1.0")), tags=("v1.1.0",))
    course = ingest(upload_page, name, *ELSEWHERE)
    expect(course.get_by_role("status")).to_contain_text(re.compile("Ingest (begun|successful)"))
    course.get_by_role("link", name=f"Open {name} 1.1.0").click(timeout=A_MINUTE)
    expect(upload_page.get_by_role("heading", level=1)).to_have_text(name)
    upload_page.get_by_text("6 metrics were waived").click()
    expect(upload_page.get_by_text("by admin", exact=False).first).to_be_visible()
    row = upload_page.get_by_role("table", name="Waivers").get_by_role("row").filter(has_text="Bus factor")
    expect(row).to_contain_text(REASON)
    upload_page.get_by_role("tab", name="Scores").click()
    expect(upload_page.get_by_text("waived", exact=True).first).to_be_visible()
    for scheme in ("light", "dark"):
        upload_page.emulate_media(color_scheme=scheme)
        assert violations(upload_page) == []


def test_a_model_that_fails_is_turned_away_with_its_scores_and_why(upload_page: Page, hub: Hub, name: str) -> None:
    files = {"config.json": b"{}", "README.md": card(name).encode(), "model.safetensors": safetensors()}
    hub.models[name] = Repository(files)
    course = ingest(upload_page, name, *ELSEWHERE)
    refusal = course.get_by_role("alert")
    expect(refusal).to_contain_text("Rejected: its scores don't pass the gate", timeout=A_MINUTE)
    expect(refusal).to_contain_text("license_score: 0.00 is under 0.5")
    rows = course.get_by_role("table", name="Scores").get_by_role("row")
    expect(rows).to_have_count(11)
    licence = rows.filter(has=upload_page.get_by_role("rowheader", name=re.compile("^Licence")))
    expect(licence).to_contain_text("failed")
    expect(licence).to_contain_text("0.00")
    expect(upload_page.get_by_role("region", name="Your recent jobs").get_by_text("rejected").first).to_be_visible()
    for scheme in ("light", "dark"):
        upload_page.emulate_media(color_scheme=scheme)
        assert violations(upload_page) == []


def test_what_can_not_be_measured_is_not_decided(upload_page: Page, hub: Hub, name: str) -> None:
    hub.models[name] = Repository(dict(base("1.1.0")), tags=("v1.1.0",))
    course = ingest(upload_page, name, *ELSEWHERE[:-1])
    expect(course.get_by_role("alert")).to_contain_text("Not decided", timeout=A_MINUTE)
    expect(course.get_by_role("row").filter(has_text="Reproducibility")).to_contain_text("failed")


def test_a_strange_address_is_refused_at_its_field(upload_page: Page) -> None:
    upload_page.get_by_label("Address").fill("gopher://a")
    upload_page.get_by_role("button", name="Ingest").click()
    expect(upload_page.get_by_text("This is no address to ingest from")).to_be_visible()
    expect(upload_page.get_by_label("Address")).to_have_attribute("aria-invalid", "true")
