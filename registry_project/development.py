"""Only with DJANGO_DEBUG: axe-core on every page as one works on it, by django-axe, which has no sign-in of its own.

Its own table of URLs isn't used: it would hand out the files of the working directory.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import path
from django_axe.reports.views import report, reset, store

app_name = "django_axe"
urlpatterns = [
    path("report/", report, name="report"),
    path("store/", store, name="store"),
    path("reset/", reset, name="reset"),
]
_END = b"</body>"


class PageChecks:
    """Middleware that puts django-axe's script at the end of every HTML page but django-axe's own report."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        is_page = isinstance(response, HttpResponse) and response.headers.get("Content-Type", "").startswith(
            "text/html"
        )
        if is_page and isinstance(response, HttpResponse) and not request.path.startswith("/django_axe/"):
            start, end, rest = response.content.rpartition(_END)
            if end:
                script = render_to_string("django_axe/script.html", request=request).encode()
                response.content = start + script + end + rest
        return response
