"""What every answer to a known caller says about their remaining calls, whatever the answer is, and to caches."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts_app.calls import Rate

_NOTED = "_call_headers"


def note_call(request: HttpRequest, *, rate: Rate | None, calls_remaining: int | None) -> None:
    """Remembers on the request what its answer will say; None leaves a header out."""
    headers = {} if calls_remaining is None else {"X-Calls-Remaining": str(calls_remaining)}
    if rate is not None and rate.limit:
        headers |= {
            "RateLimit-Limit": str(rate.limit),
            "RateLimit-Remaining": str(rate.remaining or 0),
            "RateLimit-Reset": "1",
        }
    setattr(request, _NOTED, headers)


class CallHeaders:
    """Middleware that puts the headers noted on the request onto its answer, which is for that caller alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in getattr(request, _NOTED, {}).items():
            response.headers[name] = value
        if hasattr(request, _NOTED):
            response.headers.setdefault("Cache-Control", "private, no-store")  # signed URLs, addresses, who did what
        return response
