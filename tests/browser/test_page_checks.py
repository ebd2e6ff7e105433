"""Development only: django-axe looks at every page that is opened, and tells what it found."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.flows.conftest import Registry, start_registry, stop_registry

REPORT = "/django_axe/report/"


@pytest.fixture
def in_development(tmp_path: Path) -> Iterator[Registry]:
    running = start_registry(tmp_path, DJANGO_DEBUG="1")
    yield running
    stop_registry(running)


def test_an_opened_page_is_checked_and_reported(in_development: Registry, page: Page) -> None:
    for address in ("/admin/login/", "/login"):
        with page.expect_response(lambda answer: answer.url.endswith("/django_axe/store/")) as stored:
            page.goto(in_development.url + address)
        assert stored.value.status == 200
    kept = json.loads((in_development.data_dir / "django_axe_report.json").read_text())
    assert kept["testEngine"]["name"] == "axe-core"
    page.goto(in_development.url + REPORT)
    expect(page.get_by_text("axe-core").first).to_be_visible()


def test_nothing_of_it_is_there_in_production(registry: Registry) -> None:
    assert registry.http.get(REPORT).status_code == 404
    assert "django_axe" not in registry.http.get("/admin/login/").text
