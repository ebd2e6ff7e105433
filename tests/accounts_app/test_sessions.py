"""A browser's session over HTTP."""

from typing import Any

import pytest
from django.test import Client

from tests.factories.accounts import PASSWORD, UserFactory, calling

pytestmark = pytest.mark.django_db
JSON = "application/json"
CSRF = "c" * 32


@pytest.fixture
def browser() -> Client:
    """A client that enforces CSRF as a real server does, with the cookie that the pages set."""
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = CSRF
    return client


def csrf(browser: Client) -> dict[str, str]:
    return {"X-CSRFToken": browser.cookies["csrftoken"].value}


def sign_in(browser: Client, username: str = "ann", password: str = PASSWORD) -> Any:
    body = {"username": username, "password": password}
    return browser.post("/session", body, JSON, headers=csrf(browser))


def test_a_name_and_password_open_a_session(browser: Client) -> None:
    user = UserFactory.create(username="ann", permissions=["upload", "search"])
    response = sign_in(browser)
    assert (response.status_code, response.json()) == (
        200,
        {
            "user_id": str(user.pk),
            "username": "ann",
            "permissions": ["upload", "search"],
            "calls_remaining": None,
            "token_expires_at": None,
        },
    )
    assert response.cookies["sessionid"]["httponly"]
    assert (response.cookies["csrftoken"].value != CSRF, response.cookies["csrftoken"]["httponly"]) == (True, "")
    assert browser.get("/user/me").json() == response.json()
    user.refresh_from_db()
    assert user.last_login is not None


@pytest.mark.parametrize(("username", "password"), [("ann", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD)])
def test_whatever_is_wrong_with_credentials_the_answer_is_the_same(
    browser: Client, username: str, password: str
) -> None:
    UserFactory.create(username="ann"), UserFactory.create(username="gone", is_active=False)
    response = sign_in(browser, username, password)
    assert (response.status_code, response.json()) == (
        401,
        {"detail": "No active user has this username and password.", "code": "bad_credentials"},
    )
    assert "sessionid" not in browser.cookies


def test_repeated_failures_lock_both_ways_in(browser: Client) -> None:
    UserFactory.create(username="ann")
    statuses = [sign_in(browser, password="wrong").status_code for _ in range(5)]
    locked = sign_in(browser)
    assert (statuses, locked.status_code, locked.json()["code"]) == ([401, 401, 401, 401, 429], 429, "locked")
    assert 0 < int(locked.headers["Retry-After"]) <= 900
    token = browser.post("/authenticate", {"username": "ann", "password": PASSWORD}, JSON)
    assert (token.status_code, token.json()["code"]) == (429, "locked")


@pytest.mark.parametrize("method", ["post", "delete"])
def test_without_the_csrf_token_nothing_is_opened_or_ended(browser: Client, method: str) -> None:
    browser.force_login(UserFactory.create(username="ann"), "django.contrib.auth.backends.ModelBackend")
    body = f'{{"username": "ann", "password": "{PASSWORD}"}}'
    response = browser.generic(method.upper(), "/session", body, JSON)
    assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")
    assert browser.get("/user/me").status_code == 200


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [("{}", JSON, 400), ("[]", JSON, 400), ("{", JSON, 400), ("username=a", "application/x-www-form-urlencoded", 415)],
)
def test_what_are_no_credentials_is_refused(browser: Client, body: str, content_type: str, status: int) -> None:
    assert browser.post("/session", body, content_type, headers=csrf(browser)).status_code == status


def test_a_session_ends_when_its_holder_says_so(browser: Client) -> None:
    UserFactory.create(username="ann")
    sign_in(browser)
    response = browser.delete("/session", headers=csrf(browser))
    assert (response.status_code, response.content) == (204, b"")
    assert browser.get("/user/me").status_code == 401
    assert browser.delete("/session", headers=csrf(browser)).status_code == 401


def test_signing_out_leaves_tokens_alone(browser: Client) -> None:
    headers = calling(UserFactory.create(username="ann")) | csrf(browser)
    assert browser.delete("/session", headers=headers).status_code == 204
    assert browser.get("/user/me", headers=headers).status_code == 200
