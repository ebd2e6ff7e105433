"""Sign-ins in the audit trail, by whichever door: Django tells of those to the admin site and the API alike.

These are Django's own signals because its sign-in pages are its own code; everything of ours records for itself.
"""

from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest

from accounts_app.addresses import client_address
from accounts_app.audit import Action, record
from accounts_app.models import User

_LONGEST_NAME = 150


def connect() -> None:
    user_logged_in.connect(_signed_in, dispatch_uid="audit")
    user_login_failed.connect(_failed, dispatch_uid="audit")
    user_logged_out.connect(_signed_out, dispatch_uid="audit")


def _signed_in(user: User, request: HttpRequest | None = None, **_: Any) -> None:
    record(Action.SIGNED_IN, _of(user), actor=user, address=_address(request), door=_door(request))


def _failed(credentials: dict[str, Any], request: HttpRequest | None = None, **_: Any) -> None:
    name = str(credentials.get("username", ""))[:_LONGEST_NAME]
    record(Action.SIGN_IN_FAILED, f"user {name}", address=_address(request), door=_door(request))


def _signed_out(user: User | None, request: HttpRequest | None = None, **_: Any) -> None:
    if user is not None:
        record(Action.SIGNED_OUT, _of(user), actor=user, address=_address(request))


def _of(user: User) -> str:
    return f"user {user.pk}"


def _address(request: HttpRequest | None) -> str | None:
    return client_address(request) if request is not None else None


def _door(request: HttpRequest | None) -> str:
    return request.path if request is not None else ""
