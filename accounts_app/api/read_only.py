"""Views outside REST framework that only read: whatever else is asked of them is refused as the API refuses it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

_METHODS = "GET, HEAD"
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


def read_only(view: View) -> View:
    """`view` for GET and HEAD; 405 for the others, not a refusal for want of a CSRF token that would not help either."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method in {"GET", "HEAD"}:
            return view(request, *args, **kwargs)
        refusal = {"detail": f"This address answers {_METHODS} only.", "code": "method_not_allowed"}
        return JsonResponse(refusal, status=405, headers={"Allow": _METHODS})

    return cast(View, csrf_exempt(answer))  # nosemgrep: unprotected-session - nothing is changed here
