"""Getting a package into the registry by browser."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.factories.archives import model_package
from tests.flows.conftest import Registry

FEW_BYTES_A_SECOND = 300_000


@pytest.fixture
def archive(tmp_path: Path, name: str) -> Path:
    path = tmp_path / "model.zip"
    path.write_bytes(model_package(name, "1.0.0", words="Uploaded by browser."))
    return path


def test_a_package_is_uploaded_measured_and_opened(sign_in: Callable[..., Page], archive: Path, name: str) -> None:
    page = sign_in("upload", "search")
    page.get_by_role("link", name="Upload", exact=True).click()
    page.locator("#file-input").set_input_files(archive)
    expect(page.get_by_label("Name")).to_have_attribute("placeholder", name)
    expect(page.get_by_label("Version").first).to_have_attribute("placeholder", "1.0.0")
    page.get_by_label("Description").fill("By hand.")
    page.locator("#upload-btn").click()
    expect(page.locator(".success-message")).to_contain_text("Upload successful")
    page.get_by_role("link", name=f"Open {name} 1.0.0").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.get_by_text("By hand.")).to_be_visible()


def test_the_progress_of_bytes_is_shown_on_every_page(sign_in: Callable[..., Page], tmp_path: Path, name: str) -> None:
    page = sign_in("upload", "search")
    path = tmp_path / "large.zip"
    path.write_bytes(model_package(name, "1.0.0") + b"")
    path.write_bytes(_padded(path.read_bytes(), 900_000))
    page.goto("/upload")
    page.locator("#file-input").set_input_files(path)
    network = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": FEW_BYTES_A_SECOND}
    network.send("Network.emulateNetworkConditions", slow)
    page.locator("#upload-btn").click()
    expect(page.get_by_text(re.compile(r"\d+ kB of 900 kB"))).to_be_visible()
    page.get_by_role("link", name="Dashboard", exact=True).click()
    pill = page.get_by_role("link", name="Uploads under way")
    expect(pill).to_be_visible()
    network.send("Network.emulateNetworkConditions", slow | {"uploadThroughput": -1})
    expect(pill).to_have_count(0, timeout=20_000)
    page.get_by_role("link", name="Upload", exact=True).click()
    # An archive with something behind its end is refused; what counts here is that its bytes all went.
    expect(page.get_by_role("alert")).to_contain_text("Not accepted")


def test_a_refusal_says_why_and_can_be_corrected(
    registry: Registry, sign_in: Callable[..., Page], archive: Path, name: str
) -> None:
    registry.admin.publish(archive.read_bytes())
    page = sign_in("upload", "search")
    page.goto("/upload")
    page.locator("#file-input").set_input_files(archive)
    page.locator("#upload-btn").click()
    expect(page.get_by_role("alert")).to_contain_text(f"{name} 1.0.0 is taken")
    page.get_by_label("Version").first.fill("1.0.1")
    page.locator("#upload-btn").click()
    expect(page.locator(".success-message")).to_contain_text("Upload successful")
    page.reload()
    expect(page.get_by_role("region", name="Your recent jobs").get_by_text(f"{name} 1.0.1")).to_be_visible()


def test_a_sensitive_package_is_for_whom_it_is_for(
    registry: Registry, sign_in: Callable[..., Page], archive: Path, name: str
) -> None:
    page = sign_in("upload", "search", "download")
    page.goto("/upload")
    page.locator("#file-input").set_input_files(archive)
    page.get_by_role("switch", name="Sensitive").check()
    page.locator("#upload-btn").click()
    expect(page.locator(".success-message")).to_contain_text("Open")
    found = registry.admin.post("/packages", json={"name": name}).json()["packages"]
    assert [package["is_sensitive"] for package in found] == [True]
    page.context.clear_cookies()
    stranger = sign_in("search", "download")
    stranger.goto(f"/package/{found[0]['id']}")
    stranger.get_by_role("button", name=re.compile("^Download")).click()
    expect(stranger.get_by_role("alert")).to_contain_text("Not handed out")


def test_what_cannot_be_ingested_is_said_at_the_field(sign_in: Callable[..., Page]) -> None:
    page = sign_in("upload", "search")
    page.goto("/upload")
    page.get_by_label("Address").fill("https://example.org/model.zip")
    page.route("**/package/ingest", lambda route: route.fulfill(status=400, json=NOT_A_MODEL))
    page.get_by_role("button", name="Ingest").click()
    expect(page.get_by_text(NOT_A_MODEL["detail"])).to_be_visible()


NOT_A_MODEL = {"detail": "Neither a Hugging Face model nor an npm package.", "code": "invalid"}


def _padded(archive: bytes, length: int) -> bytes:
    return archive + bytes(length - len(archive))
