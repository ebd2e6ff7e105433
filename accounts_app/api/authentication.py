"""Who calls: a program by its token, or a person by their browser's session."""

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.request import Request

from accounts_app.api.headers import note_call
from accounts_app.calls import Rate, SpentCall, count_call, spend_call
from accounts_app.errors import Refused, TokenInvalid, TokenSpent
from accounts_app.models import User

_MALFORMED = "Send the token as 'X-Auth-Token: <token>' or as 'Authorization: Bearer <token>', and nothing else there."


class CallRefused(APIException):
    """A refusal of accounts_app.errors while finding out who calls.

    REST framework settles who the caller is (nobody) only after an exception of its own, and would ask again, and spend
    again, when it renders any other one.
    """

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.detail, refused.code)
        self.refused = refused


class TokenAuthentication(BaseAuthentication):
    """Spends one call of the token in `X-Auth-Token` or `Authorization: Bearer`; request.auth is the SpentCall."""

    def authenticate(self, request: Request) -> tuple[User, SpentCall] | None:
        http_request = request._request  # noqa: SLF001 - its one way to the request beneath
        try:
            token = _token_of(http_request)
            if token is None:
                return None
            call = spend_call(token)
            note_call(http_request, rate=call.rate, calls_remaining=call.calls_remaining)
            call.rate.check()
        except TokenSpent as refused:
            note_call(http_request, rate=None, calls_remaining=0)
            raise CallRefused(refused) from None
        except Refused as refused:
            raise CallRefused(refused) from None
        return call.user, call

    def authenticate_header(self, _request: Request) -> str:
        return 'Bearer realm="registry"'


class BrowserSession(SessionAuthentication):
    """A session of Django's, with CSRF enforced. It spends no calls but counts towards the user's rate."""

    def authenticate(self, request: Request) -> tuple[User, None] | None:
        found = super().authenticate(request)
        if found is None:
            return None
        rate: Rate = count_call(found[0].pk)
        note_call(request._request, rate=rate, calls_remaining=None)  # noqa: SLF001 - as above
        try:
            rate.check()
        except Refused as refused:
            raise CallRefused(refused) from None
        return found[0], None

    def enforce_csrf(self, request: Request) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as denied:
            said = "The session's CSRF token is missing or wrong. Send the csrftoken cookie's value as X-CSRFToken."
            raise PermissionDenied(said, "csrf_failed") from denied


def _token_of(request: HttpRequest) -> str | None:
    """The token sent, or None if there is none. Raises TokenInvalid where one was meant but can't be read."""
    token = request.headers.get("X-Auth-Token", "").strip()
    scheme, _, bearer = request.headers.get("Authorization", "").strip().partition(" ")
    if not token and not scheme:
        return None
    if not token and scheme.lower() == "bearer":
        token = bearer.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise TokenInvalid(_MALFORMED)
    return token
