"""Every endpoint there is, from the URL table itself, and what each needs: one line an endpoint and method.

A new endpoint, or a new method of one, has to be entered here before the tests pass.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

#: What an endpoint needs: nothing, a known caller, or one permission (which `admin` implies).
ANYONE, SIGNED_IN = "anyone", "signed in"
UPLOAD, DOWNLOAD, SEARCH, ADMIN = "upload", "download", "search", "admin"

NEEDED: Mapping[tuple[str, str], str] = {
    ("POST", "authenticate"): ANYONE,
    ("DELETE", "authenticate"): SIGNED_IN,
    ("POST", "user"): ADMIN,
    ("POST", "user/register"): ADMIN,
    ("GET", "user/me"): SIGNED_IN,
    ("GET", "users"): ADMIN,
    ("DELETE", "user/<uuid:user_id>"): SIGNED_IN,
    ("PUT", "user/<uuid:user_id>/permissions"): ADMIN,
    ("POST", "package"): UPLOAD,
    ("POST", "package/ingest"): UPLOAD,
    ("POST", "uploads"): UPLOAD,
    ("GET", "uploads/<uuid:upload_id>"): UPLOAD,
    ("DELETE", "uploads/<uuid:upload_id>"): UPLOAD,
    ("PUT", "uploads/<uuid:upload_id>/parts/<int:number>"): ANYONE,
    ("POST", "uploads/<uuid:upload_id>/complete"): UPLOAD,
    ("GET", "package/<uuid:package_id>"): DOWNLOAD,
    ("DELETE", "package/<uuid:package_id>"): ADMIN,
    ("GET", "package/<uuid:package_id>/weights"): DOWNLOAD,
    ("PUT", "package/<uuid:package_id>/rate"): SEARCH,
    ("GET", "package/<uuid:package_id>/download-history"): SIGNED_IN,
    ("GET", "package/<uuid:package_id>/audit"): ADMIN,
    ("GET", "package/<uuid:package_id>/metadata"): SEARCH,
    ("GET", "package/<uuid:package_id>/metrics"): SEARCH,
    ("GET", "package/<uuid:package_id>/lineage"): SEARCH,
    ("POST", "packages"): SEARCH,
    ("GET", "package/<uuid:package_id>/rate"): SEARCH,
    ("GET", "package/<uuid:package_id>/policy"): SIGNED_IN,
    ("PUT", "package/<uuid:package_id>/policy"): SIGNED_IN,
    ("DELETE", "package/<uuid:package_id>/policy"): SIGNED_IN,
    ("POST", "package/<uuid:package_id>/policy/try"): SIGNED_IN,
    ("GET", "jobs"): SIGNED_IN,
    ("POST", "session"): ANYONE,
    ("DELETE", "session"): SIGNED_IN,
    ("GET", "audits"): ADMIN,
    ("PUT", "audits/<uuid:finding_id>"): ADMIN,
    ("GET", "job/<uuid:job_id>"): SIGNED_IN,
    ("GET", "stats"): SEARCH,
    ("DELETE", "reset"): ADMIN,
    ("GET", "health"): ANYONE,
    ("GET", "health/live"): ANYONE,
    ("GET", "metrics"): ANYONE,
    ("GET", "objects/<str:grant>/<str:filename>"): ANYONE,
    ("GET", ""): ANYONE,
    ("GET", "login"): ANYONE,
    ("GET", "dashboard"): ANYONE,
    ("GET", "search"): ANYONE,
    ("GET", "upload"): ANYONE,
    ("GET", "api/schema/"): ANYONE,
    ("GET", "api/docs/"): ANYONE,
    ("GET", "api-auth/login/"): ANYONE,
    ("POST", "api-auth/login/"): ANYONE,
    ("POST", "api-auth/logout/"): ANYONE,
}
#: Functions, and classes of other people's, say nothing of their methods; what they answer to is said here.
METHODS_OF = {
    "": ["GET"],
    "login": ["GET"],
    "dashboard": ["GET"],
    "search": ["GET"],
    "upload": ["GET"],
    "package/<uuid:package_id>": ["GET", "DELETE"],
    "health/live": ["GET"],
    "metrics": ["GET"],
    "objects/<str:grant>/<str:filename>": ["GET"],
    "api-auth/login/": ["GET", "POST"],
    "api-auth/logout/": ["POST"],
}


def endpoints() -> Iterator[tuple[str, str]]:
    """(method, route) of everything outside the admin site, which admits administrators only."""
    for route, view in _routes(get_resolver().url_patterns, ""):
        declared = getattr(view, "cls", None)
        methods = METHODS_OF.get(route) or [
            name.upper() for name in ("get", "post", "put", "patch", "delete") if hasattr(declared, name)
        ]
        yield from ((method, route) for method in methods or ["?"])


def path_of(route: str, ids: Mapping[str, object]) -> str:
    for placeholder, value in ids.items():
        route = route.replace(f"<uuid:{placeholder}>", str(value))
    return "/" + route.replace("<str:grant>", "changed").replace("<str:filename>", "file").replace("<int:number>", "1")


def _routes(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if route.startswith("admin/"):
            continue
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        else:
            yield route, pattern.callback
