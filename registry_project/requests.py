"""One line of log and one observation for every request: id, user, path, status, milliseconds."""

import logging
import re
import time
from collections.abc import Callable
from uuid import uuid4

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from prometheus_client import Histogram

log = logging.getLogger("registry.requests")

_GIVEN_ID = re.compile(r"[\w.:-]{1,64}", re.ASCII)
SECONDS = Histogram(
    "registry_request_seconds",
    "Time to answer a request.",
    ["method", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60),
)
#: Asked every few seconds by whoever watches; their lines would hide the others.
_PROBES = frozenset({"/health/live", "/health", "/metrics"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestLog:
    """The outermost middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        given = request.headers.get("X-Request-ID", "")
        request_id = given if _GIVEN_ID.fullmatch(given) else uuid4().hex
        request.META["registry.request_id"] = request_id
        response = _refuse_unframed(request) or self.get_response(request)
        response.headers["X-Request-ID"] = request_id
        seconds = time.perf_counter() - started
        route = request.resolver_match.route if request.resolver_match else "unmatched"
        method = request.method if request.method in _METHODS else "other"
        SECONDS.labels(method, route, response.status_code).observe(seconds)
        log.log(
            logging.DEBUG if request.path in _PROBES else logging.INFO,
            "request",
            extra={
                "id": request_id,
                "user": _known_user(request),
                "method": method,
                "path": request.path,
                "status": response.status_code,
                "ms": round(seconds * 1000, 2),
            },
        )
        return response


def _refuse_unframed(request: HttpRequest) -> HttpResponseBase | None:
    """WSGI gives a body of unannounced length as an empty one; say so rather than misread it."""
    if "chunked" not in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        return None
    detail = "Send the body with a Content-Length; chunked requests are not taken."
    return JsonResponse({"detail": detail, "code": "length_required"}, status=411)


def _known_user(request: HttpRequest) -> str | None:
    """Who asked, where the request found out: looking up a session's user only to log it would cost a query."""
    user = request.__dict__.get("_cached_user") or request.__dict__.get("user")
    return getattr(user, "username", None) or None if type(user).__name__ == "User" else None
