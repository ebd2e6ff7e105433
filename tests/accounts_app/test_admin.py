"""The admin site: the same rules as the API, said above the page."""

from io import StringIO

import pytest
from axes.models import AccessAttempt
from django.contrib.messages import get_messages
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts_app.audit import Action, record
from accounts_app.chaining import link_entries
from accounts_app.models import AuditEntry, Token, User
from tests.factories.accounts import PASSWORD, UserFactory, token_of

pytestmark = pytest.mark.django_db
USERS, TOKENS = "admin:accounts_app_user", "admin:accounts_app_token"


@pytest.fixture
def eve() -> User:
    return UserFactory.create(username="eve", permissions=["admin"])


@pytest.fixture
def site(client: Client, eve: User) -> Client:
    client.force_login(eve, "django.contrib.auth.backends.ModelBackend")
    return client


def said(response: object) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]  # type: ignore[attr-defined]


LAST = ["This is the last administrator: give another user the permission 'admin' first."]


@pytest.mark.parametrize("permissions", [["upload", "download", "search"], []])
def test_only_administrators_come_in(client: Client, permissions: list[str]) -> None:
    client.force_login(UserFactory.create(permissions=permissions), "django.contrib.auth.backends.ModelBackend")
    assert client.get(reverse(f"{USERS}_changelist")).status_code == 302


def test_a_user_can_be_registered(site: Client) -> None:
    form = {"username": "ann", "password1": PASSWORD, "password2": PASSWORD, "permissions": ["search", "upload"]}
    assert site.get(reverse(f"{USERS}_add")).status_code == 200
    response = site.post(reverse(f"{USERS}_add"), form)
    ann = User.objects.get(username="ann")
    assert (response.status_code, response.headers["Location"]) == (302, reverse(f"{USERS}_change", args=[ann.pk]))
    assert (ann.permissions, ann.check_password(PASSWORD)) == (["upload", "search"], True)


@pytest.mark.parametrize(
    "change", [{"username": "EVE"}, {"username": "a b"}, {"password1": "short", "password2": "short"}]
)
def test_a_bad_registration_shows_the_form_again(site: Client, change: dict[str, str]) -> None:
    form = {"username": "ann", "password1": PASSWORD, "password2": PASSWORD, "permissions": ["search"], **change}
    response = site.post(reverse(f"{USERS}_add"), form)
    assert (response.status_code, User.objects.count()) == (200, 1)


def inline(user: User) -> dict[str, object]:
    return {"tokens-TOTAL_FORMS": 0, "tokens-INITIAL_FORMS": 0}


def test_permissions_are_checkboxes(site: Client) -> None:
    user = UserFactory.create()
    token_of(user)
    page, token = reverse(f"{USERS}_change", args=[user.pk]), Token.objects.get()
    text = site.get(page).content.decode()
    assert text.count('name="permissions"') == 4
    assert token.token_hash not in text
    response = site.post(page, {"permissions": ["download", "admin"], "is_active": "on", **inline(user)})
    user.refresh_from_db()
    assert (response.status_code, user.permissions) == (302, ["download", "admin"])


@pytest.mark.parametrize("form", [{"permissions": ["search"], "is_active": "on"}, {"permissions": ["admin"]}])
def test_the_last_administrator_stays_one(site: Client, eve: User, form: dict[str, object]) -> None:
    page = reverse(f"{USERS}_change", args=[eve.pk])
    response = site.post(page, {**form, **inline(eve)})
    eve.refresh_from_db()
    assert (response.status_code, response.headers["Location"], said(response)) == (302, page, LAST)
    assert eve.is_administrator


def test_the_last_administrator_cannot_be_deleted_from_their_page(site: Client, eve: User) -> None:
    response = site.post(reverse(f"{USERS}_delete", args=[eve.pk]), {"post": "yes"})
    assert (response.status_code, said(response), User.objects.count()) == (302, LAST, 1)


def test_users_are_deleted_in_bulk_all_or_none(site: Client, eve: User) -> None:
    users = [UserFactory.create(), UserFactory.create()]
    form = {"action": "delete_selected", "post": "yes", "_selected_action": [user.pk for user in [*users, eve]]}
    refused = site.post(reverse(f"{USERS}_changelist"), form)
    assert (refused.status_code, said(refused), User.objects.count()) == (302, LAST, 3)
    site.post(reverse(f"{USERS}_changelist"), {**form, "_selected_action": [user.pk for user in users]})
    assert list(User.objects.all()) == [eve]


def test_a_password_can_be_set_and_revokes_the_tokens(site: Client) -> None:
    user = UserFactory.create()
    token_of(user)
    page = reverse("admin:auth_user_password_change", args=[user.pk])
    assert site.get(page).status_code == 200
    form = {"password1": "another long passphrase", "password2": "another long passphrase"}
    assert site.post(page, form).status_code == 302
    user.refresh_from_db()
    assert (user.check_password("another long passphrase"), Token.objects.count()) == (True, 0)


def test_ones_own_new_password_keeps_this_session_and_ends_the_others(site: Client, eve: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(eve, "django.contrib.auth.backends.ModelBackend")
    new = {"password1": "another long passphrase", "password2": "another long passphrase"}
    site.post(reverse("admin:auth_user_password_change", args=[eve.pk]), new)
    assert [client.get(reverse("admin:index")).status_code for client in (site, elsewhere)] == [200, 302]


def test_tokens_can_be_looked_at_and_revoked_but_not_read(site: Client) -> None:
    user = UserFactory.create()
    token_of(user), token_of(user)
    kept, revoked = Token.objects.order_by("id")
    for page in (reverse(f"{TOKENS}_changelist"), reverse(f"{TOKENS}_change", args=[kept.pk])):
        response = site.get(page)
        assert (response.status_code, kept.token_hash in response.content.decode()) == (200, False)
    assert site.get(reverse(f"{TOKENS}_add")).status_code == 403
    chosen = {"action": "revoke", "_selected_action": [revoked.pk]}
    assert "refused at once" in site.post(reverse(f"{TOKENS}_changelist"), chosen).content.decode()
    assert Token.objects.count() == 2
    response = site.post(reverse(f"{TOKENS}_changelist"), {**chosen, "confirmed": "yes"})
    assert said(response) == ["The tokens are revoked."]
    assert site.post(reverse(f"{TOKENS}_delete", args=[kept.pk]), {"post": "yes"}).status_code == 302
    assert not Token.objects.exists()


@pytest.mark.parametrize(
    ("query", "names"),
    [("", ["ann", "bob", "eve"]), ("?permission=upload", ["bob"]), ("?q=AN", ["ann"]), ("?is_active__exact=0", [])],
)
def test_users_are_searched_and_filtered(site: Client, query: str, names: list[str]) -> None:
    UserFactory.create(username="ann"), UserFactory.create(username="bob", permissions=["upload"])
    response = site.get(reverse(f"{USERS}_changelist") + query)
    assert [user.username for user in response.context["cl"].result_list] == names


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("page", [USERS, TOKENS])
def test_lists_cost_the_same_queries_for_any_number(
    site: Client, django_assert_num_queries: DjangoAssertNumQueries, page: str, count: int
) -> None:
    for _ in range(count):
        token_of(UserFactory.create())
    with django_assert_num_queries(4):  # the session, its user, how many, and which
        site.get(reverse(f"{page}_changelist"))


def test_all_tokens_of_a_user_are_revoked_from_their_page(site: Client) -> None:
    user, other = UserFactory.create(), UserFactory.create()
    token_of(user), token_of(user), token_of(other)
    page = reverse(f"{USERS}_revoke_all_tokens", args=[user.pk])
    assert "refused at once" in site.get(page).content.decode()
    assert said(site.post(page)) == ["Tokens revoked: 2."]
    assert list(Token.objects.values_list("user", flat=True)) == [other.pk]


def test_all_tokens_of_chosen_users_are_revoked(site: Client) -> None:
    users = [UserFactory.create(), UserFactory.create()]
    for user in users:
        token_of(user)
    form = {"action": "revoke_tokens", "_selected_action": [user.pk for user in users], "confirmed": "yes"}
    assert said(site.post(reverse(f"{USERS}_changelist"), form)) == ["Tokens revoked: 2."]
    assert not Token.objects.exists()


def test_a_locked_name_is_let_in_again(site: Client, client: Client) -> None:
    user, elsewhere = UserFactory.create(permissions=["admin"]), Client()
    for _ in range(5):
        elsewhere.post(reverse("admin:login"), {"username": user.username, "password": "wrong"})
    right = {"username": user.username, "password": PASSWORD}
    assert elsewhere.post(reverse("admin:login"), right).status_code == 429
    attempt = AccessAttempt.objects.get()
    form = {"action": "unlock", "_selected_action": [attempt.pk], "confirmed": "yes"}
    site.post(reverse("admin:axes_accessattempt_changelist"), form)
    assert elsewhere.post(reverse("admin:login"), right).status_code == 302
    assert list(AuditEntry.objects.filter(action="sign_in_unlocked").values_list("target", flat=True)) == [
        f"user {user.username}"
    ]


def test_the_trail_is_exported_as_the_command_does(site: Client, eve: User) -> None:
    site.post(reverse("admin:accounts_app_user_revoke_all_tokens", args=[eve.pk]))
    record(Action.SIGNED_OUT, f"user {eve.pk}", actor=eve)
    link_entries()
    written = StringIO()
    call_command("export_audit", stdout=written)
    response = site.get(reverse("admin:accounts_app_auditentry_export"))
    assert b"".join(response.streaming_content).decode() == written.getvalue() != ""  # type: ignore[attr-defined]


def test_repeated_failures_lock_the_sign_in_page(client: Client, eve: User) -> None:
    page, wrong = reverse("admin:login"), {"username": "eve", "password": "wrong"}
    statuses = [client.post(page, wrong).status_code for _ in range(5)]
    locked = client.post(page, {"username": "eve", "password": PASSWORD})
    assert (statuses, locked.status_code) == ([200, 200, 200, 200, 429], 429)
    assert "Try again in 15 minutes." in locked.content.decode()
    assert locked.headers["Retry-After"] == "900"


def test_signing_in_works_and_is_noted(client: Client, eve: User) -> None:
    response = client.post(reverse("admin:login"), {"username": "eve", "password": PASSWORD})
    eve.refresh_from_db()
    assert (response.status_code, eve.last_login is not None) == (302, True)
