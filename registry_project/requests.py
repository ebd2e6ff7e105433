"""One line of log and one observation for every request: id, user, path, status, milliseconds."""

import logging
import re
import time
from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase

from accounts_app.request_ids import known_as
from registry_project.watching.activity import note_request
from registry_project.watching.numbers import REQUEST_SECONDS, REQUESTS_FAILED, REQUESTS_REFUSED
from registry_project.watching.telling import tell

log = logging.getLogger("registry.requests")

LENGTH_REQUIRED = "length_required"
UNFRAMED = "Send the body with a Content-Length; chunked requests are not taken."

_GIVEN_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)
#: Asked every few seconds by whoever watches; they would hide the others, so their lines are for DEBUG and nothing is counted.
_PROBES = frozenset({"/health/live", "/health", "/metrics"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_UNMATCHED = "unmatched"
#: Every page of the admin site counts as one endpoint: there are a hundred of them, for few people.
_ADMIN = "/admin/"


class RequestLog:
    """The outermost middleware. The id is that of the header X-Request-ID, which the gateway sets to its own."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _GIVEN_ID.fullmatch(given) else uuid4().hex
        with known_as(request_id):
            response = _refuse_unframed(request) or self.get_response(request)
            response.headers["X-Request-ID"] = request_id
            _observe(request, response.status_code, time.perf_counter() - started)
        return response


def _observe(request: HttpRequest, status: int, seconds: float) -> None:
    method = str(request.method) if request.method in _METHODS else "other"
    route, is_probe = _route(request), request.path in _PROBES
    if not is_probe:
        _count(method, route, status, seconds)
    said = {"user": _known_user(request), "method": method, "path": _path(request), "route": route, "status": status}
    log.log(logging.DEBUG if is_probe else logging.INFO, "request", extra=said | {"ms": round(seconds * 1000, 2)})


def _count(method: str, route: str, status: int, seconds: float) -> None:
    tell(REQUEST_SECONDS, seconds, method=method, route=route, status=str(status))
    failed = status >= 500
    if failed:
        tell(REQUESTS_FAILED, route=route)
    elif status >= 400:
        tell(REQUESTS_REFUSED, route=route)
    if failed or route != _UNMATCHED:  # static files and what strangers guess would hide the rest
        note_request(seconds, failed=failed)


def _route(request: HttpRequest) -> str:
    """The endpoint: a path with its parameters' names, of which there are few."""
    if request.resolver_match is None:
        return _UNMATCHED
    route = f"/{request.resolver_match.route}"
    return _ADMIN if route.startswith(_ADMIN) else route


def _path(request: HttpRequest) -> str:
    """The path without the grant of a signed URL, with which any reader of the log could fetch what it hands out."""
    grant = request.resolver_match.kwargs.get("grant") if request.resolver_match else None
    return request.path.replace(str(grant), "…") if grant else request.path


def _refuse_unframed(request: HttpRequest) -> HttpResponseBase | None:
    """WSGI gives a body of unannounced length as an empty one; say so rather than misread it."""
    if "chunked" not in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        return None
    headers = {"X-Content-Type-Options": "nosniff"}  # which nobody further in will add
    return JsonResponse({"detail": UNFRAMED, "code": LENGTH_REQUIRED}, status=411, headers=headers)


def _known_user(request: HttpRequest) -> str | None:
    """Who asked, where the request found out: looking up a session's user only to log it would cost a query."""
    user = request.__dict__.get("_cached_user") or request.__dict__.get("user")
    return getattr(user, "username", None) or None if type(user).__name__ == "User" else None
