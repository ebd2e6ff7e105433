"""The front end's document: who gets it, and under which policy."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from registry_project import pages
from tests.factories.accounts import UserFactory, calling

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
PACKAGE = "/package/01a20739-d2d0-7dc6-8726-a872a5a7446b"


@pytest.fixture(autouse=True)
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    document = tmp_path / "index.html"
    document.write_text('<meta name="csp-nonce" content="nonce-goes-here"><div id="root"></div>')
    monkeypatch.setattr(pages, "BUILT", document)
    return document


@pytest.fixture
def browser(client: Client) -> Client:
    client.cookies["sessionid"] = "whatever it is, the page's own calls find out"
    return client


@pytest.mark.parametrize("path", ["/login", "/dashboard", "/search?q=a", "/upload", PACKAGE])
def test_browsers_get_the_page(browser: Client, path: str) -> None:
    response = browser.get(path, headers={"Accept": BROWSER})
    assert (response.status_code, '<div id="root">' in response.text) == (200, True)
    assert "no-store" in response.headers["Cache-Control"]
    assert response.cookies["csrftoken"]["httponly"] == ""


def test_the_page_needs_no_database(browser: Client) -> None:
    assert browser.get("/dashboard").status_code == 200  # this test may not touch one


@pytest.mark.parametrize(
    ("path", "next_path"),
    [
        ("/dashboard", "/dashboard"),
        ("/search?q=a%26b&regex=1", "/search%3Fq%3Da%2526b%26regex%3D1"),
        (PACKAGE, PACKAGE),
    ],
)
def test_who_has_no_session_is_sent_to_sign_in_and_back(client: Client, path: str, next_path: str) -> None:
    response = client.get(path, headers={"Accept": BROWSER})
    assert (response.status_code, response.headers["Location"]) == (302, f"/login?next={next_path}")


def test_home_is_the_dashboard(client: Client) -> None:
    response = client.get("/")
    assert (response.status_code, response.headers["Location"]) == (302, "/dashboard")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accept", "query", "content_type"),
    [
        (None, "", "application/json"),
        ("*/*", "", "application/json"),
        ("application/json", "", "application/json"),
        ("application/json, text/html;q=0.5", "", "application/json"),
        (BROWSER, "", "text/html; charset=utf-8"),
        (BROWSER, "?format=json", "application/json"),
        (BROWSER, "?format=api", "text/html; charset=utf-8"),
    ],
)
def test_a_package_is_a_page_for_browsers_and_data_for_programs(
    browser: Client, accept: str | None, query: str, content_type: str
) -> None:
    headers = calling(UserFactory.create(permissions=["download"])) | ({"Accept": accept} if accept else {})
    response = browser.get(f"{PACKAGE}{query}", headers=headers)
    assert response.headers["Content-Type"] == content_type
    is_page = accept == BROWSER and not query
    assert (response.status_code, '<div id="root">' in response.text) == ((200, True) if is_page else (404, False))


@pytest.mark.django_db
def test_deleting_goes_to_the_api(client: Client) -> None:
    headers = calling(UserFactory.create(permissions=["admin"])) | {"Accept": BROWSER}
    assert client.delete(PACKAGE, headers=headers).status_code == 404


def test_the_page_has_a_strict_policy_with_its_own_nonce(browser: Client) -> None:
    responses = [browser.get("/login") for _ in range(2)]
    nonces = [response.text.split('content="')[1].split('"')[0] for response in responses]
    assert nonces[0] != nonces[1]
    for response, nonce in zip(responses, nonces, strict=True):
        policy = dict(part.split(" ", 1) for part in response.headers["Content-Security-Policy"].split("; "))
        assert policy == {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": f"'self' 'nonce-{nonce}'",
            "img-src": "'self' data:",
            "font-src": "'self'",
            "connect-src": "'self'",
            "manifest-src": "'self'",
            "form-action": "'self'",
            "base-uri": "'none'",
            "frame-ancestors": "'none'",
        }


@pytest.mark.parametrize(
    ("options", "origin"),
    [
        ({}, "https://packages.s3.amazonaws.com"),
        (
            {"region_name": "eu-central-1", "addressing_style": "virtual"},
            "https://packages.s3.eu-central-1.amazonaws.com",
        ),
        ({"endpoint_url": "http://127.0.0.1:9000"}, "http://127.0.0.1:9000"),
    ],
)
def test_the_page_may_send_parts_to_the_bucket(
    browser: Client, settings: Settings, options: dict[str, Any], origin: str
) -> None:
    known = {"bucket_name": "packages", "access_key": "key", "secret_key": "secret", "signature_version": "s3v4"}
    s3 = {"BACKEND": "packages_app.storage.S3Objects", "OPTIONS": known | options}
    settings.STORAGES = settings.STORAGES | {"default": s3}
    policy = browser.get("/login").headers["Content-Security-Policy"]
    sources = next(part for part in policy.split("; ") if part.startswith("connect-src "))
    assert sorted(sources.split()) == sorted(["connect-src", "'self'", origin])
    assert "amazonaws" not in browser.get("/health/live").headers["Content-Security-Policy"]


@pytest.mark.django_db
def test_a_bucket_without_credentials_is_no_fault_of_the_page(
    browser: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, "/nonexistent")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    s3 = {
        "BACKEND": "packages_app.storage.S3Objects",
        "OPTIONS": {"bucket_name": "packages", "signature_version": "s3v4"},
    }
    settings.STORAGES = settings.STORAGES | {"default": s3}
    assert browser.get("/login").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "accept", "is_looser"),
    [
        ("/admin/login/", BROWSER, True),
        ("/api/docs/", BROWSER, True),
        ("/health", BROWSER, True),
        ("/health", "application/json", False),
        ("/dashboard", BROWSER, False),
        ("/login", BROWSER, False),
    ],
)
def test_only_pages_of_others_making_have_a_looser_policy(
    browser: Client, path: str, accept: str, is_looser: bool
) -> None:
    browser.cookies.pop("sessionid") if path.startswith("/admin") else None
    policy = browser.get(path, headers={"Accept": accept}).headers["Content-Security-Policy"]
    assert ("'unsafe-inline'" in policy) is is_looser
    assert "http" not in policy


def test_without_a_built_page_it_says_how_to_build_it(browser: Client, built: Path) -> None:
    built.unlink()
    response = browser.get("/dashboard")
    assert (response.status_code, "make run" in response.text) == (503, True)


def test_what_is_not_there_is_a_page_for_browsers(client: Client) -> None:
    page = client.get("/nothing-here", headers={"Accept": BROWSER})
    data = client.get("/nothing-here")
    assert (page.status_code, '<div id="root">' in page.text) == (404, True)
    assert (data.status_code, data.json()["code"]) == (404, "not_found")
