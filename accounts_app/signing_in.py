"""From a name and password to a token or a browser's session."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from uuid import UUID

from django.conf import settings
from django.contrib.auth import authenticate as credentials_belong_to
from django.contrib.auth import login
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone

from accounts_app.addresses import client_address
from accounts_app.calls import hash_of
from accounts_app.errors import BadCredentials, Locked
from accounts_app.models import Token, User
from accounts_app.queries import last_failed_sign_in

#: How long an expired token is remembered, so that its holder is told "expired" and not "unknown".
_REMEMBERED = timedelta(days=1)
_WRONG = "No active user has this username and password."


@dataclass(frozen=True)
class IssuedToken:
    """A new token in the clear: this is the only time it is seen."""

    token: str
    calls_remaining: int
    expires_at: datetime


def authenticate(*, request: HttpRequest, username: str, password: str) -> IssuedToken:
    """A new token for the user of this name and password. Raises as `known_user` does."""
    user = known_user(request=request, username=username, password=password)
    with transaction.atomic():
        issued = issue_token(user_id=user.pk)
        user_logged_in.send(sender=type(user), request=request, user=user)  # notes the time, forgets the failures
    return issued


def open_session(*, request: HttpRequest, username: str, password: str) -> User:
    """Signs the browser that sent `request` in, with a new session and a new CSRF token. Raises as `known_user` does."""
    user = known_user(request=request, username=username, password=password)
    login(request, user)
    return user


def known_user(*, request: HttpRequest, username: str, password: str) -> User:
    """The active user of this name and password.

    Unknown names, wrong passwords and deactivated users take the same time and get the same answer.
    Raises BadCredentials; Locked after repeated failures of the name or from the request's address (see `locking`).
    """
    user = credentials_belong_to(request, username=username, password=password)
    if isinstance(user, User):
        return user
    if getattr(request, "axes_locked_out", False):
        wait = seconds_locked(username=username, address=client_address(request))
        said = f"Too many failed sign-ins of this name or from your address. Try again in {ceil(wait / 60)} minutes."
        raise Locked(said, retry_after=wait)
    raise BadCredentials(_WRONG)


def issue_token(*, user_id: UUID) -> IssuedToken:
    """A new token of this user's. Raises BadCredentials if they went or were deactivated meanwhile."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).filter(pk=user_id, is_active=True).first()
        if user is None:
            raise BadCredentials(_WRONG)
        user.tokens.filter(expires_at__lt=Now() - _REMEMBERED).delete()
        made = Token.objects.create(
            user=user,
            token_hash=hash_of(token),
            calls_remaining=settings.TOKEN_CALLS,
            expires_at=Now() + settings.TOKEN_LIFETIME,
        )
        made.refresh_from_db(fields=["expires_at"])
    return IssuedToken(token, made.calls_remaining, made.expires_at)


def seconds_locked(*, username: str, address: str) -> int:
    """Whole seconds, at least one, until this name may try again from this address."""
    since = last_failed_sign_in(username=username, address=address) or timezone.now()
    return max(1, ceil((since + settings.AXES_COOLOFF_TIME - timezone.now()).total_seconds()))
