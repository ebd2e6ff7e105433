"""One language for every refusal: `{"detail": …, "code": …}`, with the fields' `errors` where there are any.

Services raise what accounts_app.errors knows; here each kind meets its HTTP status, REST framework's and Django's own
exceptions are said in the same words, and the server's handlers for what no view answers do likewise.
"""

import errno
import logging
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from math import ceil
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.core import exceptions as django_exceptions
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.shortcuts import render
from django.views import defaults
from django.views.csrf import csrf_failure as django_csrf_failure
from psycopg.errors import ForeignKeyViolation
from rest_framework import exceptions as rest
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts_app import errors
from accounts_app.api.authentication import CallRefused
from registry_project import pages

log = logging.getLogger(__name__)

AWAY = "The database can't be reached at the moment. Try again in a few seconds."
CHANGED = "Something this request refers to was removed at the same moment. Look again, then try again."
STORAGE_AWAY = "The storage of packages can't be reached at the moment. Try again in a few seconds."
FULL = "The registry's disk is full; ask its operator to make room, then try again."
UNSTORABLE = "A value holds something that can't be stored, such as a NUL character or a number out of range."
NO_PAGE = "There is nothing at this address. GET /api/docs/ lists what there is."
BROKEN = "The registry failed to answer; this is a fault of ours, and it was written to the log."
UNKNOWN_CALLER = "Send a token in the header X-Auth-Token; POST /authenticate gives one for a username and password."
OTHER_HOST = (
    "This registry does not answer to the host that was asked for; its operator names those it answers to in "
    "REGISTRY_ALLOWED_HOSTS."
)
CSRF = "The CSRF token is missing or wrong. Reload the page and send the form again."

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
#: The most particular kind first, as far as one derives from another.
STATUSES: Mapping[type[errors.Refused], int] = {
    errors.NotAuthenticated: HTTPStatus.UNAUTHORIZED,
    errors.Forbidden: HTTPStatus.FORBIDDEN,
    errors.NotFound: HTTPStatus.NOT_FOUND,
    errors.Conflict: HTTPStatus.CONFLICT,
    errors.TooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    errors.TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    errors.Refused: HTTPStatus.BAD_REQUEST,
}


@dataclass(frozen=True)
class Problem:
    """What is answered instead of what was asked for."""

    status: int
    detail: str
    code: str
    errors: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        return {"detail": self.detail, "code": self.code} | ({"errors": self.errors} if self.errors else {})


def answer(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """REST framework's exception handler. None, so that the exception goes on, for what is a fault of ours."""
    if isinstance(exc, rest.UnsupportedMediaType) and "view" in context:
        taken = " or ".join(parser.media_type for parser in context["view"].parser_classes)
        exc = rest.UnsupportedMediaType("", f"Send the body with the Content-Type {taken}; nothing else is read here.")
    problem = problem_of(exc)
    if problem is None:
        return None
    set_rollback()
    headers = dict(problem.headers)
    if problem.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="registry"'
    return Response(problem.body, problem.status, headers=headers)


def problem_of(exc: BaseException) -> Problem | None:
    """What to answer to an exception; None if it is nobody's doing but ours."""
    if isinstance(exc, CallRefused):
        return _refused(exc.refused)
    if isinstance(exc, errors.Refused):
        return _refused(exc)
    if isinstance(exc, rest.APIException):
        return _rest(exc)
    return _django(exc)


def _refused(refused: errors.Refused) -> Problem:
    status = next(status for kind, status in STATUSES.items() if isinstance(refused, kind))
    wait = {"Retry-After": str(refused.retry_after)} if isinstance(refused, errors.TooManyRequests) else {}
    return Problem(status, refused.detail, refused.code, refused.errors, wait)


def _rest(exc: rest.APIException) -> Problem:
    if isinstance(exc, rest.ValidationError):
        return _invalid(exc)
    if isinstance(exc, rest.NotAuthenticated):
        exc = rest.NotAuthenticated(UNKNOWN_CALLER)
    wait = getattr(exc, "wait", None)  # of Throttled
    headers = {} if wait is None else {"Retry-After": str(ceil(wait))}
    code = {"authentication_failed": "not_authenticated", "parse_error": "invalid"}
    said = exc.get_codes()
    return Problem(exc.status_code, str(exc.detail), code.get(str(said), str(said)), None, headers)


def _invalid(exc: rest.ValidationError) -> Problem:
    """Field by field, nested ones as `outer.inner`; the first of them in the sentence."""
    by_field: dict[str, list[str]] = {}
    _gather(exc.detail, "", by_field)
    name, first = next(iter(by_field.items()), ("", ["The request is invalid."]))
    said = first[0] if name in {"", "non_field_errors"} else f"{name}: {first[0]}"
    said = said if said.endswith((".", "…")) else f"{said}."  # not all of Django's end as sentences do
    return Problem(HTTPStatus.BAD_REQUEST, said, "invalid", by_field)


def _gather(detail: Any, path: str, into: dict[str, list[str]]) -> None:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            _gather(inner, f"{path}.{name}" if path else str(name), into)
    elif isinstance(detail, list):
        for inner in detail:
            _gather(inner, path, into)
    else:
        into.setdefault(path or "non_field_errors", []).append(str(detail))


def _django(exc: BaseException) -> Problem | None:
    """The same for what Django and the database raise."""
    match exc:
        case Http404():
            return Problem(HTTPStatus.NOT_FOUND, "There is no such thing.", "not_found")
        case django_exceptions.PermissionDenied():
            return Problem(HTTPStatus.FORBIDDEN, "You may not do this.", "permission_denied")
        case django_exceptions.RequestDataTooBig():
            limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
            said = f"The body is too large: without files it may have at most {limit:,} bytes."
            return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, said, "too_large")
        case django_exceptions.DisallowedHost():
            return Problem(HTTPStatus.BAD_REQUEST, OTHER_HOST, "unknown_host")
        case django_exceptions.TooManyFieldsSent() | django_exceptions.TooManyFilesSent():
            return Problem(
                HTTPStatus.BAD_REQUEST, "The form has more fields or files than are read at once.", "invalid"
            )
        case django_exceptions.SuspiciousOperation() | MultiPartParserError() | django_exceptions.BadRequest():
            return Problem(HTTPStatus.BAD_REQUEST, "The request isn't well-formed.", "invalid")
        case UnreadablePostError():
            return Problem(HTTPStatus.BAD_REQUEST, "The body ended before its declared length.", "invalid")
        case DataError() | UnicodeEncodeError():
            log.info("Unstorable value: %s", exc)
            return Problem(HTTPStatus.BAD_REQUEST, UNSTORABLE, "invalid")
        case IntegrityError() if isinstance(exc.__cause__, ForeignKeyViolation):
            log.warning("A row went while it was being referred to: %s", exc)
            return Problem(HTTPStatus.CONFLICT, CHANGED, "conflict")
    return _away(exc)


def _away(exc: BaseException) -> Problem | None:
    """What the registry stands on isn't there: database, storage, room on the disk."""
    match exc:
        case OperationalError() | InterfaceError():
            log.error("The database didn't answer: %s", exc)
            return Problem(HTTPStatus.SERVICE_UNAVAILABLE, AWAY, "unavailable", None, {"Retry-After": "5"})
        case BotoCoreError() | ClientError() | Boto3Error():
            log.error("The storage didn't answer: %s", exc)
            return Problem(HTTPStatus.SERVICE_UNAVAILABLE, STORAGE_AWAY, "unavailable", None, {"Retry-After": "5"})
        case OSError() if exc.errno in _NO_ROOM:
            log.error("The disk is full: %s", exc)
            return Problem(HTTPStatus.INSUFFICIENT_STORAGE, FULL, "no_room")
    return None


# What no view of the API answers ------------------------------------------------------------------------------------


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _wants_page(request) and not isinstance(exception, django_exceptions.DisallowedHost):
        return defaults.bad_request(request, exception)
    return _json(problem_of(exception) or Problem(HTTPStatus.BAD_REQUEST, "The request isn't well-formed.", "invalid"))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _wants_page(request):
        return defaults.permission_denied(request, exception)
    return _json(Problem(HTTPStatus.FORBIDDEN, "You may not do this.", "permission_denied"))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if _wants_page(request):
        is_ours = not request.path.startswith(("/admin/", settings.STATIC_URL))
        return (
            pages.page(request, status=HTTPStatus.NOT_FOUND) if is_ours else defaults.page_not_found(request, exception)
        )
    return _json(Problem(HTTPStatus.NOT_FOUND, NO_PAGE, "not_found"))


def server_error(request: HttpRequest) -> HttpResponse:
    """Also called while Django handles the exception: a database that is away is no fault of this server."""
    raised = sys.exc_info()[1]
    problem = problem_of(raised) if raised else None
    if _wants_page(request) and problem is None:
        return defaults.server_error(request)
    return _json(problem or Problem(HTTPStatus.INTERNAL_SERVER_ERROR, BROKEN, "internal_error"))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if _wants_page(request):
        return django_csrf_failure(request, reason)
    return _json(Problem(HTTPStatus.FORBIDDEN, CSRF, "csrf_failed"))


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, _credentials: Mapping[str, Any] | None = None
) -> HttpResponse:
    """What django-axes shows after repeated failed sign-ins: the API's own answer, or a page for the admin site."""
    if response is not None and response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return response
    wait = int(settings.AXES_COOLOFF_TIME.total_seconds())
    page = render(request, "accounts_app/locked.html", {"minutes": -(-wait // 60)}, status=HTTPStatus.TOO_MANY_REQUESTS)
    page.headers["Retry-After"] = str(wait)
    return page


def _json(problem: Problem) -> JsonResponse:
    return JsonResponse(problem.body, status=problem.status, headers=dict(problem.headers))


def _wants_page(request: HttpRequest) -> bool:
    """Whether a person looks at the answer: the admin site, or a browser that asks for a page by name."""
    return request.path.startswith("/admin/") or "text/html" in request.headers.get("Accept", "")
