"""What changes accounts. Each call is one transaction; what a rule depends on is locked, then looked at again."""

from collections.abc import Iterable
from uuid import UUID

from axes.utils import reset as forget_failed_sign_ins
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Lower

from accounts_app.audit import Action, record
from accounts_app.errors import Conflict, Forbidden, LastAdministrator, NameTaken, NotFound, Refused
from accounts_app.models import USERNAME_RULE, Permission, Token, User, first_permissions
from accounts_app.queries import administrator_to_keep, administrators, user_with

LAST_ADMINISTRATOR = "This is the last administrator: give another user the permission 'admin' first."
_FIRST_START = (
    7_302_011  # any number, the same for every process: whoever holds its lock may make the first administrator
)


def register_user(*, username: str, password: str, permissions: Iterable[str] | None = None) -> User:
    """A new user with `permissions` (default: search). Raises NameTaken; Refused for a bad name or password."""
    user = User(username=username, permissions=in_order(first_permissions() if permissions is None else permissions))
    _check_name(user)
    check_password_strength(password, user)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            record(Action.USER_REGISTERED, f"user {user.pk}", username=username, permissions=user.permissions)
    except IntegrityError as error:
        raise _name_taken(username) from error
    return user


def change_permissions(*, user_id: UUID, permissions: Iterable[str]) -> User:
    """The user with exactly `permissions`. Raises NotFound, LastAdministrator."""
    wanted = in_order(permissions)
    with transaction.atomic():
        user = _locked(user_id, stays_administrator=Permission.ADMIN in wanted)
        before, user.permissions = user.permissions, wanted
        user.save(update_fields=["permissions"])
        record(Action.PERMISSIONS_CHANGED, f"user {user.pk}", username=user.username, before=before, after=wanted)
    return user


def set_active(*, user_id: UUID, active: bool) -> User:
    """The user, let in or kept out. Raises NotFound, LastAdministrator."""
    with transaction.atomic():
        user = _locked(user_id, stays_administrator=active)
        user.is_active = active
        user.save(update_fields=["is_active"])
        record(Action.ACCESS_CHANGED, f"user {user.pk}", username=user.username, active=active)
    return user


def change_password(*, user_id: UUID, password: str) -> User:
    """The user with a new password; sessions and tokens got with the old one end. Raises NotFound, Refused if weak."""
    user = user_with(user_id)
    check_password_strength(password, user)
    user.set_password(password)
    with transaction.atomic():
        user.save(update_fields=["password"])  # accounts_app.passwords revokes the tokens
    return user


def delete_user(*, user_id: UUID, by: User) -> None:
    """Removes the user and their tokens; their packages stay. Raises Forbidden, NotFound, LastAdministrator."""
    if by.pk != user_id and not by.is_administrator:
        raise Forbidden("Only administrators can delete somebody else's account.")
    try:
        with transaction.atomic():
            user = _locked(user_id, stays_administrator=False)
            record(Action.USER_DELETED, f"user {user_id}", actor=by, username=user.username)
            user.delete()
    except IntegrityError as error:
        raise Conflict("Something of this user's was being written at the same moment. Try again.") from error


def revoke_token(*, token_id: UUID) -> None:
    """Ends the token at once. Raises NotFound."""
    with transaction.atomic():
        token = Token.objects.select_for_update().select_related("user").filter(pk=token_id).first()
        if token is None:
            raise NotFound("There is no such token; it may have been revoked already.")
        token.delete()
        record(Action.TOKEN_REVOKED, f"user {token.user_id}", username=token.user.username, token=str(token))


def revoke_tokens_of(*, user_id: UUID) -> int:
    """Ends all of the user's tokens at once; how many. Raises NotFound."""
    with transaction.atomic():
        user = _locked(user_id, stays_administrator=True)
        count, _ = user.tokens.all().delete()
        if count:
            record(Action.TOKEN_REVOKED, f"user {user.pk}", username=user.username, tokens=count)
    return count


def unlock_sign_in(*, username: str, address: str | None) -> None:
    """Forgets the failures of this name from this address, so that a lock after them ends."""
    with transaction.atomic():
        forget_failed_sign_ins(username=username, ip=address)
        record(Action.SIGN_IN_UNLOCKED, f"user {username}", address_unlocked=address)


def ensure_first_administrator(*, username: str, password: str) -> bool:
    """Makes the first administrator unless there is one; whether it had to. Safe against two starts at once.

    The password is the operator's own choice and isn't judged. A user of that name becomes administrator as they are.
    """
    if administrators().exists():
        return False
    user = User(username=username, permissions=[Permission.ADMIN.value])
    _check_name(user, may_exist=True)
    user.set_password(password)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_FIRST_START])
        if administrators().exists():
            return False
        if not User.objects.filter(username=username).update(permissions=user.permissions, is_active=True):
            user.save(force_insert=True)
        record(Action.PERMISSIONS_CHANGED, f"user {username}", username=username, after=user.permissions)
    return True


def keep_only_administrator(*, username: str) -> int:
    """Removes every user but the administrator `username` (or, where there is none of that name, the longest-standing
    administrator), all sessions and all locks after failed sign-ins; how many users went. Their tokens stay valid."""
    with transaction.atomic():
        list(administrators().select_for_update())
        kept = administrator_to_keep(username)
        if kept is None:
            raise Conflict("There is no administrator who could stay. Make one with `manage.py createsuperuser`.")
        others = User.objects.exclude(pk=kept.pk)
        count = others.count()
        others.delete()
        Session.objects.all().delete()
        forget_failed_sign_ins()
    return count


def in_order(permissions: Iterable[str]) -> list[str]:
    """The permissions, each once, in the order they are always shown in. Raises Refused for an unknown one."""
    wanted = set(permissions)
    unknown = sorted(wanted.difference(Permission.values))
    if unknown:
        known = ", ".join(Permission.values)
        said = f"There is no permission {', '.join(map(repr, unknown))}. The permissions are {known}."
        raise Refused(said, errors={"permissions": [said]})
    return [permission for permission in Permission.values if permission in wanted]


def check_password_strength(password: str, user: User) -> None:
    """Raises Refused with each reason why `password` is too weak for `user`."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise Refused(
            "The password is too weak: " + " ".join(error.messages), errors={"password": error.messages}
        ) from None


def _check_name(user: User, *, may_exist: bool = False) -> None:
    try:
        user.clean_fields(exclude=["id", "password", "permissions", "created_at"])
    except ValidationError as error:
        raise Refused(USERNAME_RULE, errors=error.message_dict) from None
    if not may_exist and User.objects.alias(lower=Lower("username")).filter(lower=user.username.lower()).exists():
        raise _name_taken(user.username)


def _name_taken(username: str) -> NameTaken:
    return NameTaken(f"The username {username!r} is taken (upper and lower case count as the same). Choose another.")


def _locked(user_id: UUID, *, stays_administrator: bool) -> User:
    """The user, locked. Where they may stop being an administrator all administrators are locked first, in one order,
    so that two who leave at once see each other. Raises NotFound, LastAdministrator."""
    if not stays_administrator:
        held = {user.pk for user in administrators().select_for_update()}
        if held == {user_id}:
            raise LastAdministrator(LAST_ADMINISTRATOR)
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise NotFound(f"There is no user with the id {user_id}.")
    return user
