"""Spending a token's calls and counting every user's rate, each in one statement on the database's clock.

Both run in autocommit, before any transaction of the request: inside one, the row's lock would queue the user's other
calls until it ends. Their commits don't wait for the disk (a crash may give back the last few calls), other commits do.

The rate is a sliding window of two counters: the calls of this second and, weighted by how much of it the last second
still overlaps, those of the second before. The row's second may be one ahead of a statement that waited for its lock.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from accounts_app.errors import TokenExpired, TokenInvalid, TokenSpent, TooManyRequests
from accounts_app.models import Token, User

SIGN_IN_AGAIN = "Get a new one with POST /authenticate."

_RELAXED = "relaxed AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))"
_SPENT = """
spent AS (
    UPDATE accounts_app_token AS token SET calls_remaining = token.calls_remaining - 1
    FROM accounts_app_user AS owner, relaxed
    WHERE token.token_hash = %(token_hash)s AND token.calls_remaining > 0 AND token.expires_at > statement_timestamp()
      AND owner.id = token.user_id AND owner.is_active
    RETURNING token.id AS token_id, token.calls_remaining, token.expires_at, token.user_id,
              owner.username, owner.permissions
)"""
_SESSION = "spent AS (SELECT %(user_id)s::uuid AS user_id FROM relaxed)"
_SAME_SECOND = "rate.second - excluded.second IN (0, 1)"
_CALLS = f"CASE WHEN {_SAME_SECOND} THEN rate.calls ELSE 0 END"
_CALLS_BEFORE = f"""CASE WHEN {_SAME_SECOND} THEN rate.calls_before
             WHEN rate.second = excluded.second - 1 THEN rate.calls ELSE 0 END"""
_OVERLAP = "(1 - extract(epoch FROM statement_timestamp()) %% 1)"
_COUNTED = f"""
counted AS (
    INSERT INTO accounts_app_callrate AS rate (user_id, second, calls, calls_before)
    SELECT user_id, floor(extract(epoch FROM statement_timestamp())), 1, 0 FROM spent WHERE %(limit)s > 0
    ON CONFLICT (user_id) DO UPDATE SET
        second = CASE WHEN {_SAME_SECOND} THEN rate.second ELSE excluded.second END,
        calls = {_CALLS} + 1,
        calls_before = {_CALLS_BEFORE}
    WHERE {_CALLS} + 1 + ({_CALLS_BEFORE}) * {_OVERLAP} <= %(limit)s
    RETURNING floor(%(limit)s - calls - calls_before * {_OVERLAP})::int AS rate_remaining
)"""  # noqa: S608 # nosec B608 - made of the constants above
_OF_TOKEN = f"""WITH {_RELAXED}, {_SPENT}, {_COUNTED}
SELECT spent.calls_remaining, rate_remaining, expires_at, token_id, user_id, username, permissions
FROM spent LEFT JOIN counted ON true"""  # noqa: S608 # nosec B608 - likewise
_OF_SESSION = f"""WITH {_RELAXED}, {_SESSION}, {_COUNTED}
SELECT rate_remaining FROM spent LEFT JOIN counted ON true"""  # noqa: S608 # nosec B608 - likewise


@dataclass(frozen=True)
class Rate:
    """How fast a user may call: `limit` calls a second, of which `remaining` are left now; None: too fast already."""

    limit: int
    remaining: int | None

    def check(self) -> None:
        """Raises TooManyRequests. The window is a second long, so a second later there is room again."""
        if self.limit and self.remaining is None:
            said = f"You may make {self.limit} calls a second, over all your tokens. Wait a second, then go on."
            raise TooManyRequests(said, retry_after=1)


@dataclass(frozen=True)
class SpentCall:
    """One call of a token, spent: by whom, what is left, and how fast they call.

    `user` holds id, username and permissions; its other fields are read when asked for.
    """

    token_id: UUID
    user: User
    calls_remaining: int
    expires_at: datetime
    rate: Rate


def hash_of(token: str) -> str:
    """What is kept of a token."""
    return sha256(token.encode()).hexdigest()


def spend_call(token: str) -> SpentCall:
    """Spends one call of `token`. A call over the rate is spent but not counted into the window: see `rate`.

    Raises TokenInvalid, TokenExpired, TokenSpent.
    """
    limit: int = settings.CALLS_PER_SECOND
    with connection.cursor() as cursor:
        cursor.execute(_OF_TOKEN, {"token_hash": hash_of(token), "limit": limit})
        row = cursor.fetchone()
    if row is None:
        raise _refusal(token)
    calls_remaining, rate_remaining, expires_at, token_id, *owner = row
    user = User.from_db(connection.alias, ["id", "username", "permissions", "is_active"], [*owner, True])
    return SpentCall(token_id, user, calls_remaining, expires_at, Rate(limit, rate_remaining))


def count_call(user_id: UUID) -> Rate:
    """Counts one call of a user that spends no token's."""
    limit: int = settings.CALLS_PER_SECOND
    if not limit:
        return Rate(0, None)
    with connection.cursor() as cursor:
        cursor.execute(_OF_SESSION, {"user_id": user_id, "limit": limit})
        (remaining,) = cursor.fetchone()
    return Rate(limit, remaining)


def _refusal(token: str) -> TokenInvalid | TokenExpired | TokenSpent:
    """Why nothing of `token` could be spent."""
    found = Token.objects.filter(token_hash=hash_of(token), user__is_active=True)
    held = found.annotate(now=Now()).values_list("expires_at", "now").first()
    if held is None:
        return TokenInvalid(f"This token isn't one of ours, or was revoked. {SIGN_IN_AGAIN}")
    if held[0] <= held[1]:
        return TokenExpired(f"This token expired at {held[0]:%Y-%m-%d %H:%M} UTC. {SIGN_IN_AGAIN}")
    return TokenSpent(f"All calls of this token are spent. {SIGN_IN_AGAIN}")
