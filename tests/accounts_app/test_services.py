"""The rules of accounts, against PostgreSQL."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from pytest_django import Settings

from accounts_app import services
from accounts_app.errors import Conflict, Forbidden, LastAdministrator, NameTaken, NotFound, Refused
from accounts_app.models import Permission, Token, User
from accounts_app.queries import administrators
from accounts_app.signing_in import issue_token
from tests.factories.accounts import PASSWORD, UserFactory, token_of


def outcomes(calls: list[Callable[[], Any]]) -> Counter[str]:
    """How many of the calls, made at once, ended how."""

    def outcome(call: Callable[[], Any]) -> str:
        try:
            call()
        except Refused as refused:
            return refused.code
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(8) as threads:
        return Counter(threads.map(outcome, calls))


@pytest.mark.django_db
def test_a_registered_user_has_what_was_asked_for() -> None:
    user = services.register_user(username="ann@example.org", password=PASSWORD, permissions=["search", "upload"])
    kept = User.objects.get(pk=user.pk)
    assert (kept.username, kept.permissions, kept.is_active) == ("ann@example.org", ["upload", "search"], True)
    assert kept.check_password(PASSWORD)


@pytest.mark.django_db
@pytest.mark.parametrize("permissions", [[], None])
def test_permissions_default_to_search_but_may_be_none(permissions: list[str] | None) -> None:
    user = services.register_user(username="ann", password=PASSWORD, permissions=permissions)
    assert user.permissions == (["search"] if permissions is None else [])


@pytest.mark.django_db
def test_passwords_are_kept_by_bcrypt_and_long_ones_in_full(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = settings.PASSWORD_HASHERS[1:]
    long = "correct horse battery staple " * 4
    user = services.register_user(username="ann", password=long + "a")
    assert user.password.startswith("bcrypt_sha256$$2b$12$")
    assert [user.check_password(long + "a"), user.check_password(long + "b")] == [True, False]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "password", "fields"),
    [
        ("", PASSWORD, ["username"]),
        ("a b", PASSWORD, ["username"]),
        ("ann\n", PASSWORD, ["username"]),
        ("änn", PASSWORD, ["username"]),
        ("a" * 51, PASSWORD, ["username"]),
        ("ann", "short", ["password"]),
        ("ann", "password123", ["password"]),
        ("annabella", "annabella1", ["password"]),
    ],
)
def test_bad_names_and_weak_passwords_are_refused(name: str, password: str, fields: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        services.register_user(username=name, password=password)
    assert (refused.value.code, list(refused.value.errors or {})) == ("invalid", fields)
    assert not User.objects.exists()


@pytest.mark.django_db
def test_unknown_permissions_are_refused_by_name() -> None:
    with pytest.raises(Refused) as refused:
        services.in_order(["search", "root"])
    assert refused.value.detail == (
        "There is no permission 'root'. The permissions are upload, download, search, admin."
    )


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["ann", "ANN"])
def test_a_name_is_taken_in_any_case(name: str) -> None:
    UserFactory.create(username="Ann")
    with pytest.raises(NameTaken):
        services.register_user(username=name, password=PASSWORD)


@pytest.mark.django_db(transaction=True)
def test_forty_registrations_of_one_name_make_one_user() -> None:
    call = partial(services.register_user, username="ann", password=PASSWORD)
    assert outcomes([call] * 40) == {"done": 1, "name_taken": 39}
    assert User.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("bad", [{"username": "a b"}, {"permissions": ["root"]}])
def test_the_database_itself_keeps_names_and_permissions_sound(bad: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(**{"username": "ann", "password": "", **bad})


@pytest.mark.django_db
def test_permissions_are_replaced() -> None:
    user = UserFactory.create()
    services.change_permissions(user_id=user.pk, permissions=["admin", "download", "download"])
    user.refresh_from_db()
    assert user.permissions == ["download", "admin"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda user: services.change_permissions(user_id=user.pk, permissions=["search"]), id="demote"),
        pytest.param(lambda user: services.set_active(user_id=user.pk, active=False), id="deactivate"),
        pytest.param(lambda user: services.delete_user(user_id=user.pk, by=user), id="delete"),
    ],
)
def test_the_last_administrator_stays(change: Callable[[User], Any]) -> None:
    last = UserFactory.create(permissions=["admin"])
    UserFactory.create(permissions=["admin"], is_active=False)
    with pytest.raises(LastAdministrator):
        change(last)
    last.refresh_from_db()
    assert last.is_administrator


@pytest.mark.django_db
def test_what_keeps_the_last_administrator_is_allowed() -> None:
    last = UserFactory.create(permissions=["admin"])
    services.change_permissions(user_id=last.pk, permissions=["admin", "search"])
    services.set_active(user_id=last.pk, active=True)
    services.delete_user(user_id=UserFactory.create().pk, by=last)
    assert list(User.objects.all()) == [last]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_administrators_who_remove_each_other_at_once_leave_one(round_: int) -> None:
    first, second = UserFactory.create(permissions=["admin"]), UserFactory.create(permissions=["admin"])
    calls: list[Callable[[], Any]] = [
        partial(services.delete_user, user_id=first.pk, by=second),
        partial(services.change_permissions, user_id=second.pk, permissions=[]),
    ]
    assert outcomes(calls) == {"done": 1, "last_administrator": 1}
    assert administrators().count() == 1


@pytest.mark.django_db
def test_deleting_a_user_takes_their_tokens() -> None:
    user = UserFactory.create()
    token_of(user)
    services.delete_user(user_id=user.pk, by=user)
    assert (User.objects.count(), Token.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_deleting_somebody_else_needs_an_administrator() -> None:
    with pytest.raises(Forbidden):
        services.delete_user(user_id=UserFactory.create().pk, by=UserFactory.create(permissions=["upload", "search"]))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        lambda by: services.delete_user(user_id=uuid4(), by=by),
        lambda _: services.change_permissions(user_id=uuid4(), permissions=[]),
        lambda _: services.change_password(user_id=uuid4(), password=PASSWORD),
        lambda _: services.revoke_token(token_id=uuid4()),
    ],
)
def test_what_is_not_there_is_not_found(change: Callable[[User], Any]) -> None:
    with pytest.raises(NotFound):
        change(UserFactory.create(permissions=["admin"]))


@pytest.mark.django_db
def test_a_new_password_revokes_the_tokens_of_its_user_alone() -> None:
    user, other = UserFactory.create(), UserFactory.create()
    token_of(user), token_of(other)
    services.change_password(user_id=user.pk, password="another long passphrase")
    assert [token.user for token in Token.objects.all()] == [other]


@pytest.mark.django_db
def test_a_rehash_of_the_same_password_revokes_nothing(settings: Settings) -> None:
    user = UserFactory.create()
    token_of(user)
    settings.PASSWORD_HASHERS = settings.PASSWORD_HASHERS[1:] + settings.PASSWORD_HASHERS[:1]
    assert user.check_password(PASSWORD)
    assert user.password.startswith("bcrypt_sha256$")
    assert Token.objects.count() == 1


@pytest.mark.django_db
def test_the_first_administrator_is_made_once() -> None:
    made = [services.ensure_first_administrator(username="admin", password=word) for word in ("weak", "other")]
    assert made == [True, False]
    assert User.objects.get().check_password("weak")


@pytest.mark.django_db
def test_where_somebody_administers_no_first_administrator_is_made() -> None:
    UserFactory.create(permissions=["admin"], username="eve")
    assert services.ensure_first_administrator(username="admin", password=PASSWORD) is False


@pytest.mark.django_db
def test_without_any_administrator_the_user_of_that_name_becomes_one() -> None:
    user = UserFactory.create(username="admin", is_active=False)
    assert services.ensure_first_administrator(username="admin", password="unused") is True
    user.refresh_from_db()
    assert (user.is_administrator, user.check_password(PASSWORD)) == (True, True)


@pytest.mark.django_db(transaction=True)
def test_two_starts_at_once_make_one_administrator() -> None:
    call = partial(services.ensure_first_administrator, username="admin", password=PASSWORD)
    assert outcomes([call] * 8) == {"done": 8}
    assert User.objects.count() == 1


@pytest.mark.django_db
def test_a_reset_keeps_the_default_administrator_and_their_tokens() -> None:
    kept, other = UserFactory.create(username="admin", permissions=["admin"]), UserFactory.create(permissions=["admin"])
    token_of(kept), token_of(other), UserFactory.create()
    Session.objects.create(session_key="x", session_data="", expire_date=timezone.now())
    assert services.keep_only_administrator(username="admin") == 2
    assert list(User.objects.all()) == [kept]
    assert [Token.objects.get().user, Session.objects.count()] == [kept, 0]


@pytest.mark.django_db
def test_a_reset_without_the_default_administrator_keeps_the_longest_standing_one() -> None:
    eldest = UserFactory.create(permissions=["admin"])
    UserFactory.create(permissions=["admin"]), UserFactory.create(username="admin")
    assert services.keep_only_administrator(username="admin") == 2
    assert list(User.objects.all()) == [eldest]


@pytest.mark.django_db
def test_a_reset_that_would_leave_nobody_is_refused() -> None:
    UserFactory.create()
    with pytest.raises(Conflict):
        services.keep_only_administrator(username="admin")


@pytest.mark.django_db
def test_tokens_expired_long_ago_are_forgotten_at_the_next_sign_in() -> None:
    user = UserFactory.create()
    token_of(user), token_of(user)
    old, recent = Token.objects.order_by("id")
    now = timezone.now()
    Token.objects.filter(pk=old.pk).update(expires_at=now - timedelta(days=2))
    Token.objects.filter(pk=recent.pk).update(expires_at=now - timedelta(hours=1))
    issue_token(user_id=user.pk)
    assert (Token.objects.count(), Token.objects.filter(pk=old.pk).exists()) == (2, False)


@pytest.mark.parametrize(
    ("held", "asked", "answer"),
    [
        ([], "search", False),
        (["search"], "search", True),
        (["search"], "upload", False),
        (["admin"], "upload", True),
        (["admin"], "admin", True),
        (["upload", "download", "search"], "admin", False),
    ],
)
def test_admin_implies_the_rest(held: list[str], asked: str, answer: bool) -> None:
    user = User(username="ann", permissions=held)
    assert user.may(Permission(asked)) is answer
    user.is_active = False
    assert user.may(asked) is False
