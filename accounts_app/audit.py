"""The audit trail: who did what, in the transaction that did it, so that neither stands without the other.

Writing is one insert without any lock, since a download must not wait for another's commit: rows are linked into their
chain a few seconds later, by accounts_app.chaining. Who acts, and from where, is taken from the request under way unless
it is said; outside of one it is the system itself.
"""

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, cast

from django.db import connection, models
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from psycopg.types.json import Jsonb

from accounts_app.addresses import client_address
from accounts_app.models import User

#: Who acts where nobody asked: the worker, the sweeper, a command.
SYSTEM = "system"
ANONYMOUS = "anonymous"

_WRITE = """
INSERT INTO audit_entries (actor, actor_id, action, target, details, address) VALUES (%s, %s, %s, %s, %s, %s)
"""
_request: ContextVar[HttpRequest | None] = ContextVar("audited_request", default=None)


class Action(models.TextChoices):
    """What is recorded; the words are stable."""

    SIGNED_IN = "signed_in"
    SIGN_IN_FAILED = "sign_in_failed"
    SIGN_IN_UNLOCKED = "sign_in_unlocked"
    SIGNED_OUT = "signed_out"
    USER_REGISTERED = "user_registered"
    USER_DELETED = "user_deleted"
    ACCESS_CHANGED = "access_changed"
    PERMISSIONS_CHANGED = "permissions_changed"
    PASSWORD_SET = "password_set"  # noqa: S105  # nosec B105 # a word for what happened
    TOKEN_REVOKED = "token_revoked"  # noqa: S105  # nosec B105 # as above
    PACKAGE_UPLOADED = "package_uploaded"
    INGEST_REQUESTED = "ingest_requested"
    JOB_ENDED = "job_ended"
    SENSITIVITY_CHANGED = "sensitivity_changed"
    POLICY_CHANGED = "policy_changed"
    POLICY_VERDICT = "policy_verdict"
    REQUIREMENT_WAIVED = "requirement_waived"
    DOWNLOAD_GRANTED = "download_granted"
    DOWNLOAD_REFUSED = "download_refused"
    FINDING_DECIDED = "finding_decided"
    PACKAGE_DELETED = "package_deleted"
    REGISTRY_RESET = "registry_reset"


class RequestUnderWay:
    """Middleware that lets `record` know who asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        before = _request.set(request)
        try:
            return self.get_response(request)
        finally:
            _request.reset(before)


def record(
    action: Action, target: str = "", *, actor: User | None = None, address: str | None = None, **details: Any
) -> None:
    """Add a row to the trail, in the transaction under way. `target` is written `package <id>`, `user <id>` and so on;
    `details` are what JSON knows."""
    request = _request.get()
    if actor is None and request is not None:
        asking = getattr(request, "user", None)
        actor = asking if isinstance(asking, User) else None
    if address is None and request is not None:
        address = client_address(request)
    name = actor.username if actor else ANONYMOUS if request is not None else SYSTEM
    row = [name, actor.pk if actor else None, action.value, _storable(target)[:400], Jsonb(_storable(details))]
    with connection.cursor() as cursor:  # not by the model: every download waits for this
        cursor.execute(_WRITE, cast(Any, [*row, address or None]))


def _storable(value: Any) -> Any:
    """What PostgreSQL can keep of a value: no NUL, no lone surrogates."""
    if isinstance(value, str):
        return value.replace("\0", "�").encode(errors="replace").decode()
    if isinstance(value, dict):
        return {_storable(key): _storable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(inner) for inner in value]
    return value if isinstance(value, int | float | None) else str(value)
