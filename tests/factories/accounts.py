"""Users as tests need them, made through the model alone."""

from functools import cache
from typing import Any

from django.contrib.auth.hashers import get_hasher, make_password
from factory.declarations import Sequence
from factory.django import DjangoModelFactory

from accounts_app.models import User
from accounts_app.signing_in import issue_token

PASSWORD = "a long enough passphrase"


class UserFactory(DjangoModelFactory[User]):
    """A user who may search; `UserFactory.create(permissions=["admin"])` for more."""

    class Meta:
        model = User

    username = Sequence(lambda number: f"user-{number}")  # type: ignore[no-untyped-call]  # factory-boy leaves it untyped
    permissions = ["search"]

    @classmethod
    def _create(cls, model_class: type[User], *_args: Any, password: str = PASSWORD, **fields: Any) -> User:
        user = model_class(**fields, password=_hashed(password, get_hasher().algorithm))
        user.save(force_insert=True)
        return user


@cache
def _hashed(password: str, algorithm: str) -> str:
    """Hashing is slow on purpose; once a password is enough for tests."""
    return make_password(password, hasher=algorithm)


def token_of(user: User) -> str:
    """A fresh token of this user's."""
    return issue_token(user_id=user.pk).token


def calling(user: User) -> dict[str, str]:
    """What Django's test client takes to call as this user: `client.get(path, headers=calling(user))`."""
    return {"X-Auth-Token": token_of(user)}
