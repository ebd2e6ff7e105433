"""Spending a token's calls and counting every user's rate, each in one statement on the database's clock.

The statements call functions of the database, made by this app's migrations, which say how the rate is counted. Both
run in autocommit, before any transaction of the request: inside one, the row's lock would queue the user's other calls
until it ends. Their commits don't wait for the disk (a crash may give back the last few calls).
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now
from django.dispatch import Signal

from accounts_app.errors import TokenExpired, TokenInvalid, TokenSpent, TooManyRequests
from accounts_app.models import Token, User

#: Sent for every call of a token that is spent, for whoever counts.
call_spent = Signal()
SIGN_IN_AGAIN = "Get a new one with POST /authenticate."


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
        cursor.execute("SELECT * FROM accounts_spend_call(%s, %s)", [hash_of(token), limit])
        row = cursor.fetchone()
    if row is None:
        raise _refusal(token)
    call_spent.send_robust(Token)
    token_id, calls_remaining, expires_at, rate_remaining, *owner = row
    user = User.from_db(connection.alias, ["id", "username", "permissions", "is_active"], [*owner, True])
    return SpentCall(token_id, user, calls_remaining, expires_at, Rate(limit, rate_remaining))


def count_call(user_id: UUID) -> Rate:
    """Counts one call of a user that spends no token's."""
    limit: int = settings.CALLS_PER_SECOND
    if not limit:
        return Rate(0, None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT accounts_count_call(%s, %s)", [user_id, limit])
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
