"""Who comes in where: every endpoint with every role, by token and by session; and what every answer carries."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as live_settings
from django.core import signing
from django.http import HttpResponseBase
from django.test import Client, RequestFactory, override_settings
from pytest_django import Settings

from accounts_app.models import User
from packages_app.api.files import serve_object
from packages_app.models import ConfusionFinding
from packages_app.storage import objects, read_grant
from tests.factories.accounts import PASSWORD, UserFactory, calling
from tests.factories.packages import JobFactory, PackageFactory
from tests.registry_project.endpoints import ADMIN, ANYONE, NEEDED, SIGNED_IN, endpoints, path_of

pytestmark = pytest.mark.django_db

ROLES: dict[str, list[str] | None] = {
    "anonymous": None,
    "nothing": [],
    "upload": ["upload"],
    "download": ["download"],
    "search": ["search"],
    "admin": ["admin"],
}


@pytest.fixture(autouse=True)
def quick(settings: Settings, tmp_path: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    settings.CALLS_PER_SECOND = 0


@pytest.fixture
def ids() -> dict[str, object]:
    package = PackageFactory.create()
    finding = ConfusionFinding.objects.create(package=package, suspicious_pattern="typo", severity="low")
    return {
        "package_id": package.pk,
        "job_id": JobFactory.create().pk,
        "upload_id": UUID(int=0),
        "user_id": UserFactory.create().pk,
        "finding_id": finding.pk,
    }


def test_every_endpoint_has_said_what_it_needs() -> None:
    assert sorted(set(endpoints())) == sorted(NEEDED)


def callers(role: str) -> Iterator[tuple[str, Client, dict[str, str], User | None]]:
    """A client for each kind of credentials, what headers it sends, and who calls."""
    permissions = ROLES[role]
    if permissions is None:
        yield "none", Client(), {}, None
        return
    user = UserFactory.create(permissions=permissions)
    yield "token", Client(), calling(user), user
    yield "bearer", Client(), {"Authorization": f"Bearer {calling(user)['X-Auth-Token']}"}, user
    session = Client(enforce_csrf_checks=True)
    session.force_login(user, "django.contrib.auth.backends.ModelBackend")
    session.cookies["csrftoken"] = "a" * 32
    yield "session", session, {"X-CSRFToken": "a" * 32}, user


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "route"), sorted(NEEDED), ids=str)
def test_roles_come_in_where_they_may(method: str, route: str, role: str, ids: dict[str, object]) -> None:
    needed = NEEDED[method, route]
    permissions = ROLES[role]
    for kind, client, headers, _ in callers(role):
        body = (b"--x--", "multipart/form-data; boundary=x") if route == "package" else (b"{}", "application/json")
        client.raise_request_exception = False
        answer = client.generic(method, path_of(route, ids), *body, headers=headers)
        if needed == ANYONE:
            assert answer.status_code not in {401} or route == "authenticate", (kind, answer)
        elif permissions is None:
            assert (answer.status_code, code_of(answer)) == (401, "not_authenticated"), kind
        elif needed == SIGNED_IN or needed in permissions or ADMIN in permissions:
            assert answer.status_code not in {401}, (kind, answer)
            assert code_of(answer) != "csrf_failed"
            if needed != SIGNED_IN:
                assert answer.status_code != 403, (kind, answer)
        else:
            assert (answer.status_code, code_of(answer)) == (403, "permission_denied"), kind


@pytest.mark.parametrize(("method", "route"), sorted(NEEDED), ids=str)
def test_session_without_its_token_changes_nothing(method: str, route: str, ids: dict[str, object]) -> None:
    if method == "GET" or NEEDED[method, route] == ANYONE:
        return
    client = Client(enforce_csrf_checks=True)
    client.force_login(UserFactory.create(permissions=["admin"]), "django.contrib.auth.backends.ModelBackend")
    answer = client.generic(method, path_of(route, ids), "{}", content_type="application/json")
    assert (answer.status_code, code_of(answer)) == (403, "csrf_failed")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/package/{package_id}/download-history"),
        ("GET", "/package/{package_id}/policy"),
        ("PUT", "/package/{package_id}/policy"),
        ("DELETE", "/package/{package_id}/policy"),
        ("POST", "/package/{package_id}/policy/try"),
        ("GET", "/job/{job_id}"),
        ("DELETE", "/user/{user_id}"),
    ],
)
@pytest.mark.parametrize("permissions", [[], ["upload", "download", "search"]])
def test_what_is_somebody_elses_stays_theirs(
    method: str, path: str, permissions: list[str], ids: dict[str, object], client: Client
) -> None:
    stranger = UserFactory.create(permissions=permissions)
    answer = client.generic(method, path.format(**ids), headers=calling(stranger))
    assert answer.status_code in {403, 404}
    assert User.objects.filter(pk=str(ids["user_id"])).exists()


def code_of(answer: HttpResponseBase) -> str | None:
    if answer.headers.get("Content-Type") != "application/json" or answer.streaming:
        return None
    said = answer.json()  # type: ignore[attr-defined]  # the test client's own
    return said.get("code") if isinstance(said, dict) else None


# What every answer carries ------------------------------------------------------------------------------------------

PATHS = [
    "/health/live", "/health", "/packages", "/user/me", "/nowhere", "/admin/", "/admin/login/", "/api/schema/", "/api/docs/",
    "/objects/x/y", "/static/nowhere.js", "/metrics", "/authenticate", "/api-auth/login/",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_every_answer_carries_its_headers(client: Client, path: str, accept: str) -> None:
    answer = client.get(path, headers={"Accept": accept, "Origin": "https://evil.example"})
    carried = {name: answer.headers.get(name) for name in EXPECTED_HEADERS}
    assert carried == EXPECTED_HEADERS
    assert [name for name in answer.headers if name.lower().startswith("access-control-")] == []
    assert "Strict-Transport-Security" not in answer.headers


EXPECTED_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


@pytest.mark.parametrize("path", PATHS)
def test_tls_is_remembered(path: str) -> None:
    with override_settings(SECURE_HSTS_SECONDS=31_536_000, SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https")):
        answer = Client().get(path, headers={"X-Forwarded-Proto": "https"})
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil.example", "x\\y", "*"])
def test_hosts_are_checked(client: Client, path: str, host: str) -> None:
    answer = client.get(path, headers={"Host": host})
    assert answer.status_code == 400, answer
    assert host not in str(answer.content)


@pytest.mark.parametrize("method", ["OPTIONS", "GET", "POST"])
def test_other_origins_are_let_read_nothing(client: Client, method: str) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"} | calling(
        UserFactory.create()
    )
    answer = client.generic(method, "/packages", "{}", content_type="application/json", headers=headers)
    assert [name for name in answer.headers if name.lower().startswith("access-control-")] == []


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PATCH", "PROPFIND"])
@pytest.mark.parametrize("path", ["/packages", "/user/me", "/health/live", "/metrics", "/objects/x/y"])
def test_other_methods_are_refused(client: Client, method: str, path: str) -> None:
    boss = UserFactory.create(permissions=["admin"])
    assert client.generic(method, path, headers=calling(boss)).status_code == 405


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["/", "/login", "/dashboard", "/health/live", "/metrics", "/objects/x/y"])
def test_what_only_reads_says_so(method: str, path: str) -> None:
    answer = Client(enforce_csrf_checks=True).generic(method, path)
    assert (answer.status_code, answer.headers["Allow"], answer.json()["code"]) == (
        405,
        "GET, HEAD",
        "method_not_allowed",
    )


@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
def test_the_documentation_is_read_only_too(client: Client, method: str) -> None:
    assert client.generic(method, "/api/docs/").status_code == 405


# Signed URLs and passwords ------------------------------------------------------------------------------------------


def test_signed_url_is_bound_to_its_object_method_and_time(settings: Settings, tmp_path: Any) -> None:
    settings.OBJECTS_DIR = tmp_path
    (tmp_path / "a.zip").write_bytes(b"whole")
    url = objects().signed_url("a.zip", filename="a.zip", sha256="0" * 64)
    grant = url.split("/")[2]
    statuses = {}
    for method in ("get", "head", "post", "put", "delete", "patch"):
        with closing(serve_object(getattr(RequestFactory(), method)(url), grant, "a.zip")) as answer:
            statuses[method] = answer.status_code
    assert statuses == {"get": 200, "head": 200, "post": 405, "put": 405, "delete": 405, "patch": 405}
    payload, stamp, signature = grant.split(":")
    salt = "packages_app.storage.signed_url"
    other = signing.dumps({"key": "b.zip", "filename": "a.zip", "sha256": ""}, salt=salt)
    forged = {
        "another object": f"{other.split(':')[0]}:{stamp}:{signature}",
        "another time": f"{payload}:{stamp[:-1]}{'x' if stamp[-1] != 'x' else 'y'}:{signature}",
        "no signature": f"{payload}:{stamp}:",
        "half a signature": f"{payload}:{stamp}:{signature[:20]}",
        "another purpose": signing.dumps({"key": "a.zip", "filename": "a.zip", "sha256": ""}, salt="something else"),
        "another secret": signing.dumps({"key": "a.zip", "filename": "a.zip", "sha256": ""}, key="guessed", salt=salt),
        "another version's": signing.dumps({"key": "a.zip", "sha256": ""}, salt=salt),
        "nothing": "",
    }
    assert {why: read_grant(text) for why, text in forged.items()} == dict.fromkeys(forged)
    assert read_grant(grant) is not None
    settings.URL_LIFETIME_SECONDS = -1
    assert read_grant(grant) is None


def test_new_password_ends_sessions_and_tokens(client: Client) -> None:
    user = UserFactory.create(permissions=["search"])
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    headers = calling(user)
    assert (client.get("/user/me").status_code, Client().get("/user/me", headers=headers).status_code) == (200, 200)
    changed = User.objects.get(pk=user.pk)
    changed.set_password("another long passphrase")
    changed.save()
    assert (client.get("/user/me").status_code, Client().get("/user/me", headers=headers).status_code) == (401, 401)
    again = {"username": user.username, "password": PASSWORD}
    assert Client().post("/authenticate", again, content_type="application/json").status_code == 401


def test_cookies_are_out_of_reach() -> None:
    assert live_settings.SESSION_COOKIE_HTTPONLY
    assert live_settings.SESSION_COOKIE_SAMESITE == "Lax"
    assert live_settings.CSRF_COOKIE_SAMESITE == "Lax"
    assert live_settings.SESSION_COOKIE_SECURE == live_settings.CSRF_COOKIE_SECURE == live_settings.BEHIND_TLS
