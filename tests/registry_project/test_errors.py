"""One language for every refusal, whoever refuses."""

import errno
import json
from collections.abc import Callable
from typing import Any

import pytest
from boto3.exceptions import S3UploadFailedError
from botocore.exceptions import ClientError, EndpointConnectionError
from django.core import exceptions as django_exceptions
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from psycopg.errors import ForeignKeyViolation, UniqueViolation
from pytest_django import Settings
from rest_framework import exceptions as rest

from accounts_app import errors
from accounts_app.api.authentication import CallRefused
from registry_project import errors as answers
from tests.factories.accounts import UserFactory, calling


def caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("exc", "status", "code"),
    [
        (errors.Refused("x"), 400, "invalid"),
        (errors.NotAuthenticated("x"), 401, "not_authenticated"),
        (errors.TokenSpent("x"), 401, "token_spent"),
        (CallRefused(errors.TokenExpired("x")), 401, "token_expired"),
        (errors.Forbidden("x"), 403, "permission_denied"),
        (errors.NotFound("x"), 404, "not_found"),
        (errors.LastAdministrator("x"), 409, "last_administrator"),
        (errors.TooLarge("x"), 413, "too_large"),
        (errors.TooManyRequests("x", retry_after=7), 429, "rate_limited"),
        (rest.NotAuthenticated(), 401, "not_authenticated"),
        (rest.AuthenticationFailed(), 401, "not_authenticated"),
        (rest.PermissionDenied(), 403, "permission_denied"),
        (rest.PermissionDenied("x", "csrf_failed"), 403, "csrf_failed"),
        (rest.NotFound(), 404, "not_found"),
        (rest.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (rest.NotAcceptable(), 406, "not_acceptable"),
        (rest.ParseError(), 400, "invalid"),
        (rest.UnsupportedMediaType("text/csv"), 415, "unsupported_media_type"),
        (rest.Throttled(), 429, "throttled"),
        (Http404(), 404, "not_found"),
        (django_exceptions.PermissionDenied(), 403, "permission_denied"),
        (django_exceptions.RequestDataTooBig(), 413, "too_large"),
        (django_exceptions.TooManyFieldsSent(), 400, "invalid"),
        (django_exceptions.TooManyFilesSent(), 400, "invalid"),
        (django_exceptions.SuspiciousOperation(), 400, "invalid"),
        (django_exceptions.DisallowedHost(), 400, "unknown_host"),
        (DataError("NUL"), 400, "invalid"),
        (caused(IntegrityError(), ForeignKeyViolation()), 409, "conflict"),
        (OperationalError("gone"), 503, "unavailable"),
        (InterfaceError("closed"), 503, "unavailable"),
        (EndpointConnectionError(endpoint_url="http://storage"), 503, "unavailable"),
        (ClientError({"Error": {"Code": "SlowDown"}}, "PutObject"), 503, "unavailable"),
        (S3UploadFailedError("refused"), 503, "unavailable"),
        (OSError(errno.ENOSPC, "No space left on device"), 507, "no_room"),
    ],
)
def test_every_refusal_has_its_status_and_word(exc: Exception, status: int, code: str) -> None:
    response = answers.answer(exc, {})
    assert response is not None
    assert (response.status_code, response.data["code"]) == (status, code)
    assert list(response.data) == ["detail", "code"]
    assert ("WWW-Authenticate" in response.headers) is (status == 401)


@pytest.mark.parametrize(
    "exc",
    [
        ValueError("bug"),
        OSError(errno.EACCES, "denied"),
        caused(IntegrityError(), UniqueViolation()),
        IntegrityError(),
        KeyError("x"),
    ],
)
def test_our_own_faults_are_not_hidden(exc: Exception) -> None:
    assert answers.answer(exc, {}) is None


@pytest.mark.parametrize(
    ("exc", "wait"),
    [
        (errors.TooManyRequests("x", retry_after=7), "7"),
        (CallRefused(errors.Locked("x", retry_after=900)), "900"),
        (rest.Throttled(1.2), "2"),
        (OperationalError(), "5"),
    ],
)
def test_who_has_to_wait_is_told_how_long(exc: Exception, wait: str) -> None:
    response = answers.answer(exc, {})
    assert response is not None
    assert response.headers["Retry-After"] == wait


@pytest.mark.parametrize(
    ("detail", "said", "by_field"),
    [
        ({"name": ["Too long."]}, "name: Too long.", {"name": ["Too long."]}),
        ({"non_field_errors": ["No."]}, "No.", {"non_field_errors": ["No."]}),
        (["No."], "No.", {"non_field_errors": ["No."]}),
        ({"scores": {1: ["Bad."]}}, "scores.1: Bad.", {"scores.1": ["Bad."]}),
        ({"a": [{"b": ["x", "y"]}, {}]}, "a.b: x.", {"a.b": ["x", "y"]}),
        ({}, "The request is invalid.", None),
    ],
)
def test_fields_are_named_in_the_sentence_and_listed(
    detail: Any, said: str, by_field: dict[str, list[str]] | None
) -> None:
    response = answers.answer(rest.ValidationError(detail), {})
    assert response is not None
    expected = {"detail": said, "code": "invalid"} | ({"errors": by_field} if by_field else {})
    assert (response.status_code, response.data) == (400, expected)


def test_a_refusal_of_ours_may_name_fields_too() -> None:
    response = answers.answer(errors.Refused("Weak.", errors={"password": ["Weak."]}), {})
    assert response is not None
    assert response.data == {"detail": "Weak.", "code": "invalid", "errors": {"password": ["Weak."]}}


HANDLERS: list[tuple[Callable[[HttpRequest], HttpResponse], int, str]] = [
    (lambda request: answers.bad_request(request, django_exceptions.SuspiciousOperation()), 400, "invalid"),
    (lambda request: answers.bad_request(request, django_exceptions.RequestDataTooBig()), 413, "too_large"),
    (
        lambda request: answers.permission_denied(request, django_exceptions.PermissionDenied()),
        403,
        "permission_denied",
    ),
    (lambda request: answers.page_not_found(request, Http404()), 404, "not_found"),
    (answers.server_error, 500, "internal_error"),
    (answers.csrf_failure, 403, "csrf_failed"),
]


@pytest.mark.parametrize(("handler", "status", "code"), HANDLERS)
def test_programs_get_json_from_the_server_itself(
    rf: RequestFactory, handler: Callable[[HttpRequest], HttpResponse], status: int, code: str
) -> None:
    response = handler(rf.get("/nowhere", headers={"Accept": "*/*"}))
    assert (response.status_code, json.loads(response.content)["code"]) == (status, code)


@pytest.mark.parametrize(("handler", "status", "code"), HANDLERS)
@pytest.mark.parametrize(("path", "accept"), [("/nowhere", "text/html,*/*"), ("/admin/nowhere", "*/*")])
def test_people_get_pages(
    rf: RequestFactory, handler: Callable[[HttpRequest], HttpResponse], status: int, code: str, path: str, accept: str
) -> None:
    response = handler(rf.get(path, headers={"Accept": accept}))
    assert (response.status_code in {status, 400}, response.headers["Content-Type"][:9]) == (True, "text/html")


def test_a_database_that_is_away_is_no_fault_of_the_server(rf: RequestFactory) -> None:
    try:
        raise OperationalError("gone")
    except OperationalError:
        response = answers.server_error(rf.get("/"))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")


# Through the whole server -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("{", "application/json", 400),
        (b"\xff", "application/json", 400),
        ("NaN", "application/json", 400),
        ("[" * 100_000, "application/json", 400),
        ("9" * 5000, "application/json", 400),
        ('{"username": "\\u0000", "password": "x"}', "application/json", 400),
        ('{"username": "\\ud800", "password": "x"}', "application/json", 400),
        ('{"username": "a", "username": "b", "password": "x"}', "application/json", 400),
        ('\ufeff{"username": "a", "password": "x"}', "application/json", 400),
        ('{"\\ud800": 1}', "application/json", 400),
        ('{"\\u0000": 1}', "application/json", 400),
        ("a,b", "text/csv", 415),
        ("x", "multipart/form-data", 400),
        ("x", "multipart/form-data; boundary=y", 400),
        ("username=%00&password=x", "application/x-www-form-urlencoded", 400),
        ("&".join(f"a{number}=1" for number in range(200)), "application/x-www-form-urlencoded", 400),
        ("", "application/json", 400),
    ],
)
@pytest.mark.django_db
def test_bad_bodies_are_the_callers_error(client: Client, body: str | bytes, content_type: str, status: int) -> None:
    response = client.generic("POST", "/authenticate", body, content_type)
    assert (response.status_code, set(response.json()) >= {"detail", "code"}) == (status, True)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("body", "content_type", "said"),
    [
        ('{"a": 1, "b": [{"c": 1, "c": 2}]}', "application/json", "The JSON has the key 'c' twice in one object."),
        ("9" * 5000, "application/json", "A number in the JSON has too many digits."),
        ("[-Infinity]", "application/json", "The JSON holds -Infinity, which is no number of JSON's."),
        (b"\xff", "application/json", "The body is not text in UTF-8."),
        (
            "\ufeff{}",
            "application/json",
            "The body is not JSON, or not one document of it: it begins with a byte order mark.",
        ),
        (
            "x",
            "multipart/form-data",
            "The form can't be read; send multipart/form-data whose boundary is the one named in the Content-Type.",
        ),
    ],
)
def test_what_is_wrong_with_a_body_is_said_in_plain_words(
    client: Client, body: str | bytes, content_type: str, said: str
) -> None:
    assert client.generic("POST", "/authenticate", body, content_type).json()["detail"] == said


def test_a_host_that_is_not_ours_is_named_as_the_reason(client: Client) -> None:
    for accept in ("*/*", "text/html"):
        response = client.get("/", headers={"Host": "evil.example", "Accept": accept})
        assert (response.status_code, response.json()["code"]) == (400, "unknown_host")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "content_type", "taken"),
    [
        ("/packages", "text/csv", "application/json or application/x-www-form-urlencoded or multipart/form-data"),
        ("/packages", "", "application/json or application/x-www-form-urlencoded or multipart/form-data"),
        ("/package", "application/json", "multipart/form-data"),
    ],
)
def test_who_sends_what_is_not_read_is_told_what_is(client: Client, path: str, content_type: str, taken: str) -> None:
    boss = UserFactory.create(permissions=["admin"])
    response = client.generic("POST", path, "a,b", content_type, headers=calling(boss))
    said = f"Send the body with the Content-Type {taken}; nothing else is read here."
    assert (response.status_code, response.json()["detail"]) == (415, said)


@pytest.mark.django_db
def test_who_sends_no_token_is_told_where_there_are_some(client: Client) -> None:
    said = "Send a token in the header X-Auth-Token; POST /authenticate gives one for a username and password."
    assert client.get("/user/me").json() == {"detail": said, "code": "not_authenticated"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "content_type", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=y"]
)
def test_bodies_that_are_too_large_are_not_read(client: Client, settings: Settings, content_type: str) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    response = client.generic("POST", "/authenticate", '"' + "x" * 100 + '"', content_type)
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


@pytest.mark.django_db
def test_forms_work_as_json_does_but_take_no_files(client: Client) -> None:
    headers = calling(UserFactory.create(permissions=["admin"]))
    form = {"username": "ann", "password": "a long enough passphrase", "permissions": ["search", "upload"]}
    refused = client.post("/user", {**form, "file": SimpleUploadedFile("x.zip", b"x" * 100)}, headers=headers)
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["file"])
    response = client.post("/user", form, headers=headers)
    assert (response.status_code, response.json()["permissions"]) == (201, ["upload", "search"])


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/nowhere", "/user/not-a-uuid", "/user/123/permissions"])
def test_an_address_without_anything_answers_in_json(client: Client, path: str) -> None:
    response = client.get(path)
    assert (response.status_code, response.json()) == (404, {"detail": answers.NO_PAGE, "code": "not_found"})
