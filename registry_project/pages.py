"""The pages of the web front end: one built document for every address that a person opens in a browser.

`GET /package/{id}` is the API's address too: who asks for a page by name gets the page, all others the API's answer.
"""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from csp.constants import NONCE, SELF
from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, ensure_csrf_cookie

from accounts_app.api.read_only import read_only
from packages_app.api.views import OnePackage
from packages_app.storage import objects

BUILT = Path(settings.BASE_DIR) / "frontend" / "dist" / "index.html"
_NONCE_PLACE = "nonce-goes-here"
_PAGE, _DATA = "text/html", "application/json"
_api_of_one_package = OnePackage.as_view()

#: What Unfold's admin, the API's documentation and REST framework's browsable pages need besides.
_LOOSER_PREFIXES = ("/admin/", "/api/docs/", "/api-auth/")
_LOOSER = {
    "script-src": [SELF, "'unsafe-inline'", "'unsafe-eval'"],
    "style-src": [SELF, "'unsafe-inline'"],
    "font-src": [SELF, "data:"],
}


class ContentPolicy(CSPMiddleware):
    """The strict policy of the settings everywhere, the looser one where pages of others' making need it."""

    def get_policy_parts(
        self,
        request: HttpRequest,
        response: HttpResponseBase,
        report_only: bool = False,  # noqa: FBT001, FBT002 - django-csp's signature
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        renderer: Any = getattr(response, "accepted_renderer", None)
        if request.path.startswith(_LOOSER_PREFIXES) or getattr(renderer, "format", "") == "api":
            parts.replace = _LOOSER
        elif getattr(request, "is_front_end", False):
            origin = objects().parts_origin  # large files go there straight from the upload page
            parts.update = {"style-src": [NONCE]} | ({"connect-src": [origin]} if origin else {})
        return parts


def wants_page(request: HttpRequest) -> bool:
    """Whether the sender would rather read a page than data, and didn't name another format."""
    return "format" not in request.GET and request.get_preferred_type([_DATA, _PAGE]) == _PAGE


@never_cache
@ensure_csrf_cookie
def page(request: HttpRequest, *, status: int = 200) -> HttpResponse:
    """The front end's document; where it isn't built, a page that says how to build it."""
    if not BUILT.is_file():
        return render(request, "registry_project/not_built.html", status=503)
    request.is_front_end = True  # type: ignore[attr-defined]  # for ContentPolicy
    document = BUILT.read_text(encoding="utf-8").replace(_NONCE_PLACE, str(getattr(request, "csp_nonce", "")))
    return HttpResponse(document, status=status)


@read_only
def front_end(request: HttpRequest) -> HttpResponse:
    """A page's address. A browser without any session is sent to sign in at once, and comes back afterwards.

    Whether a session still holds is found out by the page's own calls, so that it opens also without the database.
    """
    return page(request) if settings.SESSION_COOKIE_NAME in request.COOKIES else _to_sign_in(request)


@read_only
def sign_in(request: HttpRequest) -> HttpResponse:
    return page(request)


@read_only
def home(_request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect("/dashboard")


@csrf_exempt  # nosemgrep: unprotected-session - REST framework asks sessions for it itself
def package(request: HttpRequest, package_id: UUID) -> HttpResponseBase:
    """The page of a package for browsers, the API's answer for programs."""
    if request.method in {"GET", "HEAD"} and wants_page(request):
        return front_end(request)
    return _api_of_one_package(request, package_id=package_id)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    return HttpResponseRedirect(f"/login?{urlencode({'next': request.get_full_path()}, safe='/')}")
