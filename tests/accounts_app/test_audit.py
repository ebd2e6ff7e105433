"""The audit trail: what is recorded, that it stays, and that what was done to it shows."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from accounts_app import services
from accounts_app.audit import Action, record
from accounts_app.chaining import link_entries, verify_trail
from accounts_app.domain.audit_chain import canonical
from accounts_app.errors import LastAdministrator
from accounts_app.models import AuditEntry, AuditLink, AuditUnlinked, User
from packages_app.services.delete import delete_package
from packages_app.services.hand_out import Caller, hand_out_package
from registry_project.resetting import reset_registry
from tests.factories.accounts import PASSWORD, UserFactory, calling
from tests.factories.packages import PackageFactory

pytestmark = pytest.mark.django_db


def trail() -> list[tuple[str, str, str]]:
    return list(AuditEntry.objects.order_by("id").values_list("actor", "action", "target"))


def printed(command: str, *arguments: str) -> str:
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def three_rows() -> None:
    for number in range(3):
        record(Action.SIGN_IN_FAILED, f"user {number}", address="192.0.2.1", tries=number)


# What is recorded ---------------------------------------------------------------------------------------------------


def test_sign_ins_are_recorded_at_both_doors(client: Client) -> None:
    user = UserFactory.create(permissions=["admin"])
    right, wrong = {"username": user.username, "password": PASSWORD}, {"username": "who\0", "password": "?"}
    client.post("/authenticate", right, content_type="application/json")
    client.post("/authenticate", right | {"password": "wrong"}, content_type="application/json")
    client.post("/admin/login/", right)
    client.post("/admin/logout/")
    client.post("/admin/login/", wrong | {"username": "nobody"})
    name, target = user.username, f"user {user.pk}"
    assert trail() == [
        (name, "signed_in", target),
        ("anonymous", "sign_in_failed", f"user {name}"),
        (name, "signed_in", target),
        (name, "signed_out", target),
        ("anonymous", "sign_in_failed", "user nobody"),
    ]
    assert set(AuditEntry.objects.values_list("address", flat=True)) == {"127.0.0.1"}
    assert "wrong" not in json.dumps(list(AuditEntry.objects.values_list("details", flat=True)))


def test_calls_are_recorded_with_who_called(client: Client) -> None:
    boss = UserFactory.create(permissions=["admin"])
    headers = calling(boss)
    made = client.post(
        "/user/register", {"username": "new", "password": PASSWORD}, content_type="application/json", headers=headers
    ).json()["user_id"]
    client.put(f"/user/{made}/permissions", ["upload"], content_type="application/json", headers=headers)
    client.delete(f"/user/{made}", headers=headers)
    client.delete("/authenticate", headers=headers)
    assert trail() == [
        (boss.username, "password_set", f"user {made}"),
        (boss.username, "user_registered", f"user {made}"),
        (boss.username, "permissions_changed", f"user {made}"),
        (boss.username, "user_deleted", f"user {made}"),
        (boss.username, "token_revoked", f"user {boss.pk}"),
    ]
    changed = AuditEntry.objects.get(action="permissions_changed")
    assert changed.details == {"username": "new", "before": ["search"], "after": ["upload"]}
    assert (changed.actor_id, changed.address) == (boss.pk, "127.0.0.1")


def test_nobody_asking_is_the_system() -> None:
    user = UserFactory.create()
    services.set_active(user_id=user.pk, active=False)
    services.change_password(user_id=user.pk, password="another long passphrase")
    assert trail() == [("system", "access_changed", f"user {user.pk}"), ("system", "password_set", f"user {user.pk}")]


def test_what_did_not_happen_is_not_recorded() -> None:
    boss = UserFactory.create(permissions=["admin"])
    with pytest.raises(LastAdministrator):
        services.delete_user(user_id=boss.pk, by=boss)
    assert trail() == []


def test_downloads_and_deletions_are_recorded() -> None:
    reader, package = UserFactory.create(permissions=["download"]), PackageFactory.create()
    hand_out_package(package_id=package.pk, caller=Caller(reader, "192.0.2.7", "curl"))
    delete_package(package_id=package.pk)
    target = f"package {package.pk}"
    assert trail() == [(reader.username, "download_granted", target), ("system", "package_deleted", target)]
    assert AuditEntry.objects.earliest("id").address == "192.0.2.7"


@pytest.mark.django_db(transaction=True)
def test_reset_leaves_the_trail_and_is_in_it() -> None:
    UserFactory.create(permissions=["admin"])
    UserFactory.create()
    PackageFactory.create()
    three_rows()
    reset_registry()
    assert [action for _, action, _ in trail()] == ["sign_in_failed"] * 3 + ["registry_reset"]
    assert AuditEntry.objects.latest("id").details == {"packages": 1, "users": 1}


@pytest.mark.parametrize("text", ["\0", "\ud800", "x" * 5_000, "'; DROP TABLE audit_entries; --"])
def test_anything_can_be_recorded(text: str) -> None:
    record(Action.SIGN_IN_FAILED, text, given={text: [text, uuid4()]})
    link_entries()
    assert (AuditEntry.objects.count(), verify_trail().fault) == (1, "")


# That it stays ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET actor = 'somebody else'",
        "DELETE FROM audit_entries",
        "UPDATE audit_links SET hash = ''",
        "DELETE FROM audit_links",
        "ALTER TABLE audit_entries ENABLE TRIGGER ALL; TRUNCATE audit_entries CASCADE",
        "ALTER TABLE audit_links ENABLE TRIGGER ALL; TRUNCATE audit_links",
    ],
)
def test_database_refuses_changes(statement: str) -> None:
    three_rows()
    link_entries()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(IntegrityError, match="only ever added to"), transaction.atomic():
            cursor.execute(statement)
    assert (AuditEntry.objects.count(), verify_trail().fault) == (3, "")


# That what was done to it shows -------------------------------------------------------------------------------------


def tampered(statement: str) -> None:
    """What the owner of the tables can do."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")  # no triggers
        cursor.execute(statement)
        cursor.execute("SET session_replication_role = DEFAULT")


FIRST, MIDDLE = "(SELECT min(id) FROM audit_entries)", "(SELECT min(id) + 1 FROM audit_entries)"
LAST = "(SELECT max(id) FROM audit_entries)"


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (f"UPDATE audit_entries SET actor = 'x' WHERE id = {MIDDLE}", "Row 2 of the chain .* is not what was written"),
        (
            f"UPDATE audit_entries SET at = at + '1s' WHERE id = {FIRST}",
            "Row 1 of the chain .* is not what was written",
        ),
        (f"DELETE FROM audit_entries WHERE id = {MIDDLE}", "Row 2 of the chain is missing"),
        ("DELETE FROM audit_links WHERE position = 2", "Row 2 of the chain is missing"),
        (f"DELETE FROM audit_entries WHERE id = {LAST}", "Row 3 of the chain is missing"),
        ("DELETE FROM audit_entries; DELETE FROM audit_links", "Row 1 of the chain is missing, and so are .* row 3"),
        (
            f"DELETE FROM audit_entries WHERE id = {LAST}; DELETE FROM audit_links WHERE position = 3",
            "Row 3 .* missing",
        ),
        ("DELETE FROM audit_links WHERE position = 3", "Row 3 of the chain is missing"),
        (
            "DELETE FROM audit_links WHERE position = 3; UPDATE audit_end SET position = 2",
            "The link of entry [0-9]+ was taken away",
        ),
        (
            "UPDATE audit_links SET position = position + 100 WHERE position < 3; "
            "UPDATE audit_links SET position = 103 - position WHERE position > 100",
            "Row 1 of the chain .* is not what was written",
        ),
        ("UPDATE audit_links SET hash = previous WHERE position = 3", "Row 3 of the chain .* is not what was written"),
    ],
)
def test_tampering_shows(statement: str, fault: str) -> None:
    three_rows()
    link_entries()
    tampered(statement)
    with pytest.raises(CommandError, match=fault):
        call_command("verify_audit")


def test_missing_end_shows_to_those_who_noted_the_head() -> None:
    three_rows()
    link_entries()
    head = verify_trail().head
    assert f"whole: 3 rows, head {head}" in printed("verify_audit", "--head", head)
    tampered("DELETE FROM audit_links WHERE position = 3; UPDATE audit_end SET position = 2")
    tampered("DELETE FROM audit_entries WHERE id = (SELECT max(id) FROM audit_entries)")
    assert "whole: 2 rows" in printed("verify_audit")
    with pytest.raises(CommandError, match="is not in the chain"):
        call_command("verify_audit", "--head", head)


def test_rows_not_linked_yet_are_counted() -> None:
    assert "whole: 0 rows" in printed("verify_audit")
    three_rows()
    assert (AuditUnlinked.objects.count(), verify_trail().unlinked) == (3, 3)
    assert "3 newer rows wait" in printed("verify_audit")
    assert (link_entries(), link_entries()) == (3, 0)
    record(Action.SIGNED_OUT)
    assert link_entries() == 1
    assert list(AuditLink.objects.order_by("position").values_list("position", flat=True)) == [1, 2, 3, 4]
    assert (verify_trail().linked, verify_trail().unlinked) == (4, 0)


def test_export_can_be_checked_by_others() -> None:
    three_rows()
    link_entries()
    previous = "0" * 64
    lines = [json.loads(line) for line in printed("export_audit").splitlines()]
    for line in lines:
        previous = sha256(f"{previous}\n{canonical(line['row'])}".encode()).hexdigest()
        assert line["hash"] == previous
    assert [line["row"]["details"] for line in lines] == [{"tries": 0}, {"tries": 1}, {"tries": 2}]


@pytest.mark.django_db(transaction=True)
def test_many_writers_and_linkers_make_one_chain() -> None:
    def write(number: int) -> None:
        with transaction.atomic():
            record(Action.SIGN_IN_FAILED, f"user {number}")

    def run(work: Callable[[], object]) -> object:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        jobs: list[Any] = [pool.submit(run, lambda number=number: write(number)) for number in range(40)]  # type: ignore[misc]
        jobs += [pool.submit(run, link_entries) for _ in range(6)]
        for job in jobs:
            job.result()
    link_entries()
    found = verify_trail()
    assert (found.linked, found.unlinked, found.fault) == (40, 0, "")


def test_trail_is_looked_at_in_the_admin_site(client: Client) -> None:
    three_rows()
    entry = AuditEntry.objects.earliest("id")
    boss: User = UserFactory.create(permissions=["admin"])
    client.force_login(boss, "django.contrib.auth.backends.ModelBackend")
    listed = reverse("admin:accounts_app_auditentry_changelist")
    page = client.get(listed, {"action": "sign_in_failed", "q": '"user 2"'})
    assert (page.status_code, page.context["cl"].queryset.count()) == (200, 1)
    one = reverse("admin:accounts_app_auditentry_change", args=[entry.pk])
    assert (client.get(one).status_code, client.post(one, {"actor": "x"}).status_code) == (200, 403)
    assert client.post(reverse("admin:accounts_app_auditentry_delete", args=[entry.pk])).status_code == 403
    assert client.get(reverse("admin:accounts_app_auditentry_add")).status_code == 403
