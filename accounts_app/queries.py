"""What is read about accounts."""

from datetime import datetime
from uuid import UUID

from axes.models import AccessAttempt
from django.db.models import Max, QuerySet

from accounts_app.errors import NotFound
from accounts_app.models import Permission, User


def administrators() -> QuerySet[User]:
    """Those who can administer: the permission and an active account, longest-standing first."""
    return User.objects.filter(permissions__contains=[Permission.ADMIN.value], is_active=True).order_by("id")


def administrator_to_keep(username: str) -> User | None:
    """Who stays when everybody else goes: the administrator of this name, or else the longest-standing one."""
    held = list(administrators())
    return next((user for user in held if user.username == username), held[0] if held else None)


def users_by_name() -> QuerySet[User]:
    return User.objects.order_by("username")


def user_with(user_id: UUID) -> User:
    """The user with this id. Raises NotFound."""
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFound(f"There is no user with the id {user_id}.")
    return user


def last_failed_sign_in(*, username: str, address: str) -> datetime | None:
    """When this name last failed to sign in from this address, as far as that is still remembered."""
    attempts = AccessAttempt.objects.filter(username=username, ip_address=address or None)
    last: datetime | None = attempts.aggregate(last=Max("attempt_time"))["last"]
    return last
