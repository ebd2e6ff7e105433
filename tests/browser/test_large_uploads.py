"""Large files by browser: in parts, past failures, gone on with after a pause, and straight to a bucket."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright, Request, Route, expect

from tests.browser.conftest import ARGUMENTS, SECONDS, enter
from tests.factories.archives import LICENSE, card, safetensors, zipped
from tests.flows.conftest import ADMIN_PASSWORD, Registry

PART = 8 * 1024 * 1024
A_PART = re.compile(r"/uploads/[^/]+/parts/\d")


@pytest.fixture
def archive(tmp_path: Path, name: str) -> Path:
    """Two parts and a bit."""
    config = f'{{"name": "{name}", "version": "1.0.0", "model_type": "bert"}}'
    files = {"config.json": config, "README.md": card(name, license="mit"), "LICENSE": LICENSE}
    path = tmp_path / "large.zip"
    path.write_bytes(zipped(files | {"model.safetensors": safetensors(2 * PART // 4)}, compression=0))
    return path


def numbers_sent(page: Page) -> list[int]:
    """The numbers of the parts that the page will send, as it does."""
    sent: list[int] = []

    def note(request: Request) -> None:
        if request.method == "PUT" and A_PART.search(request.url):
            sent.append(int(request.url.partition("/parts/")[2].partition("?")[0]))

    page.on("request", note)
    return sent


def choose(page: Page, archive: Path) -> None:
    page.goto("/upload")
    page.locator("#file-input").set_input_files(archive)


def test_a_large_package_is_sent_in_parts_and_published(
    registry: Registry, sign_in: Callable[..., Page], archive: Path, name: str
) -> None:
    page = sign_in("upload", "search")
    sent = numbers_sent(page)
    choose(page, archive)
    page.get_by_label("Description").fill("In parts.")
    page.locator("#upload-btn").click()
    page.get_by_role("link", name=f"Open {name} 1.0.0").click(timeout=60_000)
    expect(page.get_by_text("In parts.")).to_be_visible()
    assert sorted(sent) == [1, 2, 3]
    found = registry.admin.post("/packages", json={"name": name}).json()["packages"]
    assert [package["size_bytes"] for package in found] == [archive.stat().st_size]


@pytest.mark.parametrize("fault", ["no answer", "503"])
def test_a_part_that_fails_is_sent_again(sign_in: Callable[..., Page], archive: Path, name: str, fault: str) -> None:
    page = sign_in("upload", "search")
    failures: list[str] = []

    def fail_once(route: Route) -> None:
        if failures:
            route.continue_()
        else:
            failures.append(route.request.url)
            route.abort() if fault == "no answer" else route.fulfill(
                status=503, json={"detail": "Busy.", "code": "busy"}
            )

    page.route(re.compile(r"/parts/2\?"), fail_once)
    choose(page, archive)
    page.locator("#upload-btn").click()
    expect(page.get_by_role("link", name=f"Open {name} 1.0.0")).to_be_visible(timeout=60_000)
    assert len(failures) == 1


def test_a_paused_upload_goes_on_where_it_stopped(sign_in: Callable[..., Page], archive: Path, name: str) -> None:
    page = sign_in("upload", "search")
    choose(page, archive)
    hold_back(page, "3")
    with page.expect_response(re.compile(r"/parts/1\?")), page.expect_response(re.compile(r"/parts/2\?")):
        page.locator("#upload-btn").click()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Part of it has arrived")).to_be_visible()
    page.unroute_all(behavior="ignoreErrors")
    sent = numbers_sent(page)
    choose(page, archive)  # also after the page was left for good
    page.locator("#upload-btn").click()
    expect(page.get_by_role("link", name=f"Open {name} 1.0.0")).to_be_visible(timeout=60_000)
    assert sent == [3]


def hold_back(page: Page, number: str) -> None:
    """Leaves the requests for the part with that number unanswered."""
    page.route(re.compile(rf"/parts/{number}\?"), lambda _: None)


def test_a_lost_connection_is_waited_out_on_any_page(sign_in: Callable[..., Page], archive: Path, name: str) -> None:
    page = sign_in("upload", "search")
    choose(page, archive)
    page.context.route(A_PART, lambda route: route.abort())
    page.locator("#upload-btn").click()
    expect(page.get_by_text("sending goes on by itself")).to_be_visible()
    page.get_by_role("link", name="Dashboard", exact=True).click()
    expect(page.get_by_role("link", name="Uploads under way")).to_be_visible()
    page.context.unroute(A_PART)
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.get_by_role("link", name="Uploads under way")).to_have_count(0, timeout=60_000)
    page.get_by_role("link", name="Upload", exact=True).click()
    expect(page.get_by_role("link", name=f"Open {name} 1.0.0")).to_be_visible(timeout=60_000)


def test_a_removed_upload_is_abandoned(sign_in: Callable[..., Page], archive: Path) -> None:
    page = sign_in("upload", "search")
    hold_back(page, "2")
    choose(page, archive)
    page.locator("#upload-btn").click()
    page.get_by_role("button", name="Pause").click()
    with page.expect_response(lambda answer: answer.request.method == "DELETE") as abandoned:
        page.get_by_role("button", name="Remove large.zip from this list").click()
    assert abandoned.value.status == 204


@pytest.fixture
def careless_page(s3_registry: Registry, playwright: Playwright, browser_path: str) -> Iterator[Page]:
    """A page of the registry with a bucket, in a browser that leaves it to the page's own policy whom it asks: the
    bucket of the tests doesn't know the headers by which buckets allow pages of other origins."""
    arguments = [*ARGUMENTS, "--disable-web-security"]
    browser = playwright.chromium.launch(executable_path=browser_path, args=arguments)
    context = browser.new_context(base_url=s3_registry.url)
    context.set_default_timeout(SECONDS * 1000)
    yield context.new_page()
    browser.close()


def test_a_large_package_goes_straight_to_the_bucket(
    careless_page: Page, s3_registry: Registry, archive: Path, name: str
) -> None:
    page = careless_page
    page.goto("/login")
    enter(page, "admin", ADMIN_PASSWORD)
    page.wait_for_url("**/dashboard")
    to_bucket: list[str] = []
    page.on("request", lambda request: to_bucket.append(request.url) if request.method == "PUT" else None)
    choose(page, archive)
    page.locator("#upload-btn").click()
    expect(page.get_by_role("link", name=f"Open {name} 1.0.0")).to_be_visible(timeout=60_000)
    assert len(to_bucket) == 3
    assert not [url for url in to_bucket if url.startswith(s3_registry.url)]
