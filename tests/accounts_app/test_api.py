"""Accounts over HTTP, as API.md promises them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts_app import locking
from accounts_app.models import Token, User
from tests.factories.accounts import PASSWORD, UserFactory, calling, token_of

pytestmark = pytest.mark.django_db
JSON = "application/json"
CALLS = "X-Calls-Remaining"


@pytest.fixture(autouse=True)
def no_limit(settings: Settings) -> None:
    settings.CALLS_PER_SECOND = 0


@pytest.fixture
def administrator() -> User:
    return UserFactory.create(username="admin", permissions=["admin"])


def sign_in(client: Client, username: str = "ann", password: str = PASSWORD, **kwargs: Any) -> Any:
    return client.post("/authenticate", {"username": username, "password": password}, JSON, **kwargs)


# Signing in ---------------------------------------------------------------------------------------------------------


def test_a_name_and_password_give_a_token(client: Client) -> None:
    user = UserFactory.create(username="ann")
    response = sign_in(client)
    answer, kept = response.json(), Token.objects.get()
    assert (response.status_code, set(answer)) == (200, {"token", "calls_remaining", "expires_at"})
    assert (answer["calls_remaining"], kept.user) == (1000, user)
    assert timedelta(hours=9.9) < kept.expires_at - timezone.now() <= timedelta(hours=10)
    assert answer["token"] not in kept.token_hash
    user.refresh_from_db()
    assert user.last_login is not None
    assert client.get("/user/me", headers={"X-Auth-Token": answer["token"]}).status_code == 200


@pytest.mark.parametrize(("username", "password"), [("ann", "wrong"), ("nobody", PASSWORD), ("gone", PASSWORD)])
def test_whatever_is_wrong_with_credentials_the_answer_is_the_same(
    client: Client, username: str, password: str
) -> None:
    UserFactory.create(username="ann"), UserFactory.create(username="gone", is_active=False)
    response = sign_in(client, username, password)
    assert (response.status_code, response.json()) == (
        401,
        {"detail": "No active user has this username and password.", "code": "bad_credentials"},
    )
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="registry"'


def test_an_unknown_name_costs_as_much_hashing_as_a_wrong_password(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    hasher = "django.contrib.auth.hashers.MD5PasswordHasher.encode"

    def encode(_self: object, password: str, salt: str) -> str:
        hashed.append(password)
        return f"md5${salt}$x"

    User.objects.create(username="ann", password=make_password(PASSWORD))
    monkeypatch.setattr(hasher, encode)
    sign_in(client, "ann", "wrong"), sign_in(client, "nobody", "wrong")
    assert hashed == ["wrong", "wrong"]


@pytest.mark.parametrize("username", ["ann", "nobody"])
def test_repeated_failures_lock_the_name_from_that_address(client: Client, username: str) -> None:
    UserFactory.create(username="ann")
    statuses = [sign_in(client, username, "wrong").status_code for _ in range(5)]
    locked = sign_in(client, username)
    assert statuses == [401, 401, 401, 401, 429]
    assert (locked.status_code, locked.json()["code"]) == (429, "locked")
    assert 0 < int(locked.headers["Retry-After"]) <= 900
    if username == "ann":
        assert sign_in(client, username, REMOTE_ADDR="192.0.2.9").status_code == 200


def test_guessing_many_names_locks_the_address(
    client: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.AXES_FAILURE_LIMIT = 2
    monkeypatch.setattr(locking, "FROM_AN_ADDRESS", 4)
    UserFactory.create(username="ann")
    statuses = [sign_in(client, f"ghost{number}", "wrong").status_code for number in range(8)]
    assert (statuses, sign_in(client).status_code) == ([401] * 7 + [429], 429)
    assert sign_in(client, REMOTE_ADDR="192.0.2.9").status_code == 200


def test_guessing_from_many_addresses_locks_the_name(client: Client, settings: Settings) -> None:
    settings.AXES_FAILURE_LIMIT = 2
    UserFactory.create(username="ann"), UserFactory.create(username="bob")
    statuses = [sign_in(client, "ann", "wrong", REMOTE_ADDR=f"192.0.2.{number}").status_code for number in range(1, 21)]
    assert (statuses, sign_in(client).status_code) == ([401] * 19 + [429], 429)
    assert sign_in(client, "bob").status_code == 200


def test_success_forgets_failures(client: Client) -> None:
    UserFactory.create(username="ann")
    for _ in range(3):
        assert [sign_in(client, "ann", "wrong").status_code for _ in range(4)] == [401] * 4
        assert sign_in(client).status_code == 200


def test_a_stale_token_does_not_stand_in_the_way_of_a_new_one(client: Client) -> None:
    UserFactory.create(username="ann")
    assert sign_in(client, headers={"X-Auth-Token": "stale"}).status_code == 200


def test_the_token_used_can_be_revoked(client: Client) -> None:
    user = UserFactory.create()
    headers, other = calling(user), calling(user)
    response = client.delete("/authenticate", headers=headers)
    assert (response.status_code, response.content, response.headers[CALLS]) == (204, b"", "999")
    assert client.get("/user/me", headers=headers).json()["code"] == "token_invalid"
    assert client.get("/user/me", headers=other).status_code == 200


# Calling ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["X-Auth-Token: {}", "Authorization: Bearer {}", "Authorization: bearer {}"])
def test_a_token_may_come_in_either_header(client: Client, header: str) -> None:
    user = UserFactory.create(username="ann", permissions=["upload", "search"])
    name, _, value = header.format(token_of(user)).partition(": ")
    response = client.get("/user/me", headers={name: value})
    answer = response.json()
    assert {key: answer[key] for key in ("user_id", "username", "permissions", "calls_remaining")} == {
        "user_id": str(user.pk),
        "username": "ann",
        "permissions": ["upload", "search"],
        "calls_remaining": 999,
    }
    assert response.headers[CALLS] == "999"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "not_authenticated"),
        ({"X-Auth-Token": "unknown"}, "token_invalid"),
        ({"X-Auth-Token": "two words"}, "token_invalid"),
        ({"X-Auth-Token": "é"}, "token_invalid"),
        ({"Authorization": "Bearer"}, "token_invalid"),
        ({"Authorization": "Basic YTpi"}, "token_invalid"),
    ],
)
def test_credentials_missing_or_malformed_are_said_so(client: Client, headers: dict[str, str], code: str) -> None:
    response = client.get("/user/me", headers=headers)
    assert (response.status_code, response.json()["code"]) == (401, code)
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="registry"'
    assert CALLS not in response.headers


@pytest.mark.parametrize(
    ("change", "code", "remaining"),
    [
        ({"calls_remaining": 0}, "token_spent", "0"),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "token_expired", None),
    ],
)
def test_a_token_at_its_end_says_which_end(
    client: Client, change: dict[str, Any], code: str, remaining: str | None
) -> None:
    headers = calling(UserFactory.create())
    Token.objects.update(**change)
    response = client.get("/user/me", headers=headers)
    assert (response.status_code, response.json()["code"], response.headers.get(CALLS)) == (401, code, remaining)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("get", "/user/me", None, 200),
        ("get", "/users", None, 403),
        ("put", "/user/me", None, 405),
        ("post", "/user", {}, 403),
        ("delete", "/user/00000000-0000-7000-8000-000000000000", None, 403),
    ],
)
def test_every_call_is_spent_whatever_comes_of_it(
    client: Client, method: str, path: str, body: dict[str, Any] | None, status: int
) -> None:
    response = client.generic(
        method.upper(), path, "{}" if body is not None else "", JSON, headers=calling(UserFactory.create())
    )
    assert (response.status_code, response.headers[CALLS]) == (status, "999")
    assert Token.objects.get().calls_remaining == 999


def test_a_missing_permission_is_named(client: Client) -> None:
    response = client.get("/users", headers=calling(UserFactory.create(permissions=["upload", "download", "search"])))
    assert (response.status_code, response.json()) == (
        403,
        {
            "detail": "This needs the permission 'admin', which an administrator can give you.",
            "code": "permission_denied",
        },
    )


def test_an_authenticated_call_costs_one_query(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries, settings: Settings
) -> None:
    settings.CALLS_PER_SECOND = 100
    headers = calling(UserFactory.create())
    with django_assert_num_queries(1):
        client.get("/user/me", headers=headers)


def test_a_call_over_the_rate_is_told_to_wait_and_spent_all_the_same(client: Client, settings: Settings) -> None:
    settings.CALLS_PER_SECOND = 3
    headers = calling(UserFactory.create())
    responses = [client.get("/user/me", headers=headers) for _ in range(8)]
    assert responses[0].headers["RateLimit-Limit"] == "3"
    assert responses[0].headers["RateLimit-Remaining"] == "2"
    refused = next(response for response in responses if response.status_code == 429)
    assert refused.json()["code"] == "rate_limited"
    assert {name: refused.headers[name] for name in ("Retry-After", "RateLimit-Remaining", "RateLimit-Reset")} == {
        "Retry-After": "1",
        "RateLimit-Remaining": "0",
        "RateLimit-Reset": "1",
    }
    assert responses[-1].headers[CALLS] == "992"


# Sessions -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def browser() -> Client:
    """A client that enforces CSRF as a real server does, signed in as an administrator."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(
        UserFactory.create(username="eve", permissions=["admin"]), "django.contrib.auth.backends.ModelBackend"
    )
    return client


def csrf(browser: Client) -> dict[str, str]:
    browser.cookies["csrftoken"] = "c" * 32
    return {"X-CSRFToken": "c" * 32}


def test_a_session_spends_no_calls_but_counts_towards_the_rate(browser: Client, settings: Settings) -> None:
    settings.CALLS_PER_SECOND = 50
    response = browser.get("/user/me")
    assert (response.status_code, response.json()["calls_remaining"]) == (200, None)
    assert (CALLS in response.headers, response.headers["RateLimit-Remaining"]) == (False, "49")


def test_a_session_needs_csrf_to_change_anything(browser: Client) -> None:
    path, body = f"/user/{UserFactory.create().pk}/permissions", '["upload"]'
    refused = browser.put(path, body, JSON)
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
    assert browser.put(path, body, JSON, headers=csrf(browser)).status_code == 200


def test_a_token_needs_no_csrf_even_beside_a_session(browser: Client) -> None:
    headers = calling(UserFactory.create(permissions=["admin"]))
    assert browser.put(f"/user/{UserFactory.create().pk}/permissions", "[]", JSON, headers=headers).status_code == 200


def test_a_session_can_be_ended(browser: Client) -> None:
    assert browser.delete("/authenticate", headers=csrf(browser)).status_code == 204
    assert browser.get("/user/me").status_code == 401


def test_deleting_oneself_ends_the_session(browser: Client) -> None:
    UserFactory.create(permissions=["admin"])
    me = browser.get("/user/me").json()["user_id"]
    assert browser.delete(f"/user/{me}", headers=csrf(browser)).status_code == 200
    assert browser.get("/user/me").status_code == 401


def test_the_browsable_pages_render(browser: Client) -> None:
    for path, status in [("/users", 200), ("/user/me", 200), ("/user", 405), ("/authenticate", 405)]:
        response = browser.get(path, headers={"Accept": "text/html"})
        assert (response.status_code, response.headers["Content-Type"]) == (status, "text/html; charset=utf-8")


def test_a_refusal_renders_as_a_page_and_is_spent_once(client: Client) -> None:
    headers = {**calling(UserFactory.create()), "Accept": "text/html"}
    response = client.get("/users", headers=headers)
    assert (response.status_code, response.headers[CALLS], Token.objects.get().calls_remaining) == (403, "999", 999)
    spent = client.get("/users", headers={"X-Auth-Token": "unknown", "Accept": "text/html"})
    assert spent.status_code == 401


# Users --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/user", "/user/register"])
def test_administrators_register_users(client: Client, administrator: User, path: str) -> None:
    body = {"username": "ann", "password": PASSWORD, "permissions": ["search", "upload"]}
    response = client.post(path, body, JSON, headers=calling(administrator))
    ann = User.objects.get(username="ann")
    assert (response.status_code, response.json()) == (
        201,
        {"user_id": str(ann.pk), "username": "ann", "permissions": ["upload", "search"]},
    )
    assert sign_in(client).status_code == 200


GOOD = {"username": "ann", "password": PASSWORD}


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["username", "password"]),
        ({**GOOD, "username": "a b"}, ["username"]),
        ({**GOOD, "username": "a" * 51}, ["username"]),
        ({**GOOD, "username": ["ann"]}, ["username"]),
        ({**GOOD, "username": None}, ["username"]),
        ({**GOOD, "password": "short"}, ["password"]),
        ({**GOOD, "password": "x" * 1001}, ["password"]),
        ({**GOOD, "permissions": ["root"]}, ["permissions.0"]),
        ({**GOOD, "permissions": "search"}, ["permissions"]),
        ({**GOOD, "permissions": [["search"]]}, ["permissions.0"]),
        ({**GOOD, "permission": ["search"], "is_admin": True}, ["is_admin", "permission"]),
        ([], ["non_field_errors"]),
        ('"ann"', ["non_field_errors"]),
    ],
)
def test_a_bad_registration_is_refused_field_by_field(
    client: Client, administrator: User, body: Any, fields: list[str]
) -> None:
    response = client.post("/user", body, JSON, headers=calling(administrator))
    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert list(response.json()["errors"]) == fields
    assert User.objects.count() == 1


def test_a_taken_name_is_a_conflict(client: Client, administrator: User) -> None:
    response = client.post("/user", {**GOOD, "username": "Admin"}, JSON, headers=calling(administrator))
    assert (response.status_code, response.json()["code"]) == (409, "name_taken")


@pytest.mark.parametrize("body", [["search", "admin"], {"permissions": ["admin", "search"]}])
def test_permissions_come_as_a_list_or_an_object(client: Client, administrator: User, body: Any) -> None:
    user = UserFactory.create()
    response = client.put(f"/user/{user.pk}/permissions", body, JSON, headers=calling(administrator))
    assert response.json() == {"message": "Permissions updated", "permissions": ["search", "admin"]}


def test_the_last_administrator_can_neither_step_down_nor_go(client: Client, administrator: User) -> None:
    headers, path = calling(administrator), f"/user/{administrator.pk}"
    responses = [client.put(f"{path}/permissions", [], JSON, headers=headers), client.delete(path, headers=headers)]
    assert [(response.status_code, response.json()["code"]) for response in responses] == [
        (409, "last_administrator")
    ] * 2


@pytest.mark.parametrize(
    ("who", "whom", "status"),
    [("ann", "ann", 200), ("ann", "bob", 403), ("admin", "bob", 200), ("admin", None, 404), ("ann", None, 403)],
)
def test_who_may_delete_whom(client: Client, administrator: User, who: str, whom: str | None, status: int) -> None:
    users = {
        "admin": administrator,
        "ann": UserFactory.create(username="ann"),
        "bob": UserFactory.create(username="bob"),
    }
    target = users[whom].pk if whom else uuid4()
    response = client.delete(f"/user/{target}", headers=calling(users[who]))
    assert response.status_code == status
    assert User.objects.filter(pk=target).exists() is (status == 403 and whom is not None)


def test_users_come_by_name_and_page(client: Client, administrator: User) -> None:
    for name in ("bob", "ann"):
        UserFactory.create(username=name)
    answer = client.get("/users?offset=1&limit=1", headers=calling(administrator)).json()
    assert [user["username"] for user in answer.pop("users")] == ["ann"]
    assert answer == {"total": 3, "offset": 1, "limit": 1}
    assert client.get("/users?limit=5000", headers=calling(administrator)).json()["limit"] == 100


@pytest.mark.parametrize("query", ["offset=-1", "limit=0", "limit=x", "offset=99999999999999999999", "limit="])
def test_a_bad_page_is_refused(client: Client, administrator: User, query: str) -> None:
    response = client.get(f"/users?{query}", headers=calling(administrator))
    assert (response.status_code, list(response.json()["errors"])) == (400, [query.partition("=")[0]])


@pytest.mark.parametrize("users", [1, 3])
def test_a_page_of_users_costs_three_queries(
    client: Client, administrator: User, django_assert_num_queries: DjangoAssertNumQueries, users: int
) -> None:
    UserFactory.create_batch(users)
    headers = calling(administrator)
    with django_assert_num_queries(3):
        assert client.get("/users", headers=headers).json()["total"] == users + 1


@pytest.mark.parametrize(("path", "status"), [("/user/me", 200), ("/users", 403), ("/user/none", 404)])
def test_what_callers_are_told_is_kept_by_no_cache(client: Client, path: str, status: int) -> None:
    response = client.get(path, headers=calling(UserFactory.create(permissions=["search"])))
    kept = None if status == 404 else "private, no-store"  # it says nothing of anyone
    assert (response.status_code, response.headers.get("Cache-Control")) == (status, kept)
