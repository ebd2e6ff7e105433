"""What follows from a new password."""

from typing import Any

from accounts_app.audit import Action, record
from accounts_app.models import Token, User


class TokensEndWithPassword:
    """Revokes a user's tokens whenever their password changes, wherever that happens.

    Django tells its password validators of every change (admin, own change, command line) but not of a mere rehash.
    """

    def validate(self, password: str, user: Any = None) -> None:
        """Any password will do: this one looks at what happens afterwards."""

    def get_help_text(self) -> str:
        return "A new password ends every session and revokes every token got with the old one."

    def password_changed(self, password: str, user: User) -> None:  # noqa: ARG002 - Django passes it
        ended, _ = Token.objects.filter(user_id=user.pk).delete()
        record(Action.PASSWORD_SET, f"user {user.pk}", username=user.username, tokens_ended=ended)
