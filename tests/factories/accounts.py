"""Users as tests need them, made through the model alone."""

from typing import Any

import factory

from accounts_app.models import User
from accounts_app.signing_in import issue_token

PASSWORD = "a long enough passphrase"


class UserFactory(factory.django.DjangoModelFactory[User]):
    """A user who may search; `UserFactory(permissions=["admin"])` for more."""

    class Meta:
        model = User

    username = factory.Sequence(lambda number: f"user-{number}")
    permissions = ["search"]

    @classmethod
    def _create(cls, model_class: type[User], *args: Any, **kwargs: Any) -> User:
        return model_class.objects.create_user(*args, **{"password": PASSWORD, **kwargs})


def token_of(user: User) -> str:
    """A fresh token of this user's."""
    return issue_token(user_id=user.pk).token


def calling(user: User) -> dict[str, str]:
    """What Django's test client takes to call as this user: `client.get(path, headers=calling(user))`."""
    return {"X-Auth-Token": token_of(user)}
