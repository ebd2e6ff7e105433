"""What the first visit costs, whom it asks, and how long its parts are kept."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, Response

from tests.browser.conftest import Family
from tests.browser.pages import PAGES, open_page
from tests.flows.conftest import Registry

MOST_SCRIPT_BYTES = 250_000


def compressed_size(response: Response) -> int:
    return int(response.request.sizes()["responseBodySize"])


@pytest.mark.parametrize("name", ["dashboard", "search", "upload", "package"])
def test_a_first_load_is_light(admin_page: Page, family: Family, name: str) -> None:
    answers: list[Response] = []
    admin_page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - it wants a function
    open_page(admin_page, name, family)
    scripts = [answer for answer in answers if answer.request.resource_type == "script"]
    assert 0 < sum(map(compressed_size, scripts)) < MOST_SCRIPT_BYTES


def test_no_other_host_is_asked_and_the_policy_holds(registry: Registry, admin_page: Page, family: Family) -> None:
    hosts: set[str] = set()
    complaints: list[str] = []
    admin_page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    admin_page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
    admin_page.on("pageerror", lambda error: complaints.append(str(error)))
    for name in PAGES:
        open_page(admin_page, name, family)
    assert (hosts, complaints) == ({urlsplit(registry.url).netloc}, [])


def test_hashed_files_are_kept_for_good_and_the_document_never(registry: Registry, admin_page: Page) -> None:
    answers: list[Response] = []
    admin_page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108 - it wants a function
    admin_page.goto("/dashboard")
    admin_page.wait_for_load_state("networkidle")
    kept = {answer.all_headers()["cache-control"] for answer in answers if "/static/web/" in answer.url}
    assert kept == {"max-age=315360000, public, immutable"}
    document = next(answer for answer in answers if answer.request.resource_type == "document")
    assert "no-store" in document.all_headers()["cache-control"]
