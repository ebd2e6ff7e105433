"""What every refusal has: one sentence a person can act on, and a stable word for programs.

The kinds here say what sort of refusal it is; apps derive their own from them. registry_project.errors gives each kind
its HTTP status, so that no service knows about HTTP.
"""

from collections.abc import Mapping, Sequence


class Refused(Exception):
    """A request that can't be granted as it stands, for a reason its sender can do something about."""

    code: str = "invalid"

    def __init__(self, detail: str, *, errors: Mapping[str, Sequence[str]] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.errors = errors


class NotAuthenticated(Refused):
    code = "not_authenticated"


class Forbidden(Refused):
    code = "permission_denied"


class NotFound(Refused):
    code = "not_found"


class Conflict(Refused):
    code = "conflict"


class TooLarge(Refused):
    code = "too_large"


class TooManyRequests(Refused):
    """`retry_after`: whole seconds until the same request may succeed."""

    code = "rate_limited"

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class BadCredentials(NotAuthenticated):
    """The same for an unknown user, a wrong password and a deactivated user."""

    code = "bad_credentials"


class TokenInvalid(NotAuthenticated):
    code = "token_invalid"


class TokenExpired(NotAuthenticated):
    code = "token_expired"


class TokenSpent(NotAuthenticated):
    code = "token_spent"


class Locked(TooManyRequests):
    """Too many failed sign-ins of one name or from one address."""

    code = "locked"


class NameTaken(Conflict):
    code = "name_taken"


class LastAdministrator(Conflict):
    code = "last_administrator"
