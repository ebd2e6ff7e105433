"""What the log says of a request, and what it must not."""

import logging

import pytest
from django.test import Client

from packages_app.storage import objects

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "registry.requests")
    return caplog


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
def test_signed_urls_are_not_written_down(client: Client, lines: pytest.LogCaptureFixture, method: str) -> None:
    url = objects().signed_url("gone.zip", filename="a.zip", sha256="0" * 64)
    client.generic(method, url)
    assert [vars(line)["path"] for line in lines.records] == ["/objects/…/a.zip"]
    assert url.split("/")[2] not in lines.text


@pytest.mark.parametrize("path", ["/user/me", "/nowhere/…", "/objects/"])
def test_other_paths_are_written_as_they_are(client: Client, lines: pytest.LogCaptureFixture, path: str) -> None:
    client.get(path)
    assert [vars(line)["path"] for line in lines.records] == [path]
