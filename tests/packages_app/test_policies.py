"""A package's policy: set, asked, suspended, removed, and the rows that are written before anything is handed out."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.db import DatabaseError
from django.db.models import Model

from accounts_app.models import AuditEntry, User
from packages_app.errors import PolicyNotFound, PolicyRejected, PolicyUnfit
from packages_app.models import Download, Package, Policy, PolicyVerdict, Tally
from packages_app.sandbox import host
from packages_app.services import ask_policy
from packages_app.services.delete import object_keys
from packages_app.services.hand_out import Caller, hand_out_package
from packages_app.services.policies import read_policy, remove_policy, set_policy, store_policy
from packages_app.services.sweep import _sweep_batch
from packages_app.services.try_policy import Trial, try_policy
from packages_app.storage import StoredObject, objects
from tests.factories.accounts import UserFactory
from tests.factories.packages import PackageFactory
from tests.factories.policies import AT_NIGHT, ENDLESS, SAME_ORGANISATION, guarded_package

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def patient(settings: LazySettings) -> None:
    settings.POLICY_SECONDS, settings.POLICY_TIMEOUTS = 1, 2


@pytest.fixture(scope="module", autouse=True)
def no_process_left() -> Any:
    yield
    host.close()


def person(username: str, *permissions: str) -> User:
    return UserFactory.create(username=username, permissions=list(permissions) or ["download"])


def fetch(package: Package, user: User) -> str:
    """The reason of a refusal; empty where a URL was handed out."""
    try:
        hand_out_package(package_id=package.pk, caller=Caller(user, "192.0.2.1", "tests"))
    except PolicyRejected as refused:
        return refused.detail
    return ""


def test_policy_decides_over_everybody_and_every_verdict_is_kept() -> None:
    package = guarded_package(uploader=person("acme.ann", "upload", "download"))
    assert [fetch(package, person("acme.bob")), fetch(package, person("other.eve"))] == [
        "",
        f"{package.name} is for acme alone.",
    ]
    assert fetch(package, person("root", "admin")) == f"{package.name} is for acme alone."

    kept = PolicyVerdict.objects.filter(package=package).order_by("id")
    assert list(kept.values_list("downloader", "uploader", "code", "reason", "download__outcome")) == [
        ("acme.bob", "acme.ann", "approved", "", "approved"),
        ("other.eve", "acme.ann", "rejected", f"{package.name} is for acme alone.", "refused"),
        ("root", "acme.ann", "rejected", f"{package.name} is for acme alone.", "refused"),
    ]
    first = kept[0]
    policy = Policy.objects.get(package=package)
    assert (first.policy_sha256, first.timezone, first.model_name, first.zip_path) == (
        policy.sha256,
        "UTC",
        package.name,
        package.object_key,
    )
    assert first.duration_ms > 0
    assert first.lockdown["seccomp"] == "held"
    assert Tally.objects.get(package=package).downloads == 1
    trail = AuditEntry.objects.filter(target=f"package {package.pk}").order_by("id")
    assert list(trail.values_list("action", flat=True)) == [
        "policy_changed", "policy_verdict", "download_granted", "policy_verdict", "download_refused",
        "policy_verdict", "download_refused",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("permissions", "is_uploader", "refused"),
    [(["download"], False, True), (["download"], True, False), (["admin"], False, False)],
)
def test_without_a_policy_only_uploader_and_administrators_may(
    permissions: list[str], is_uploader: bool, refused: bool
) -> None:
    user = UserFactory.create(permissions=permissions)
    package = PackageFactory.create(is_sensitive=True, uploader=user if is_uploader else None)
    assert bool(fetch(package, user)) == refused
    assert PolicyVerdict.objects.count() == 0


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("function validateDownload() { throw new Error('no data') }", "The policy failed: no data."),
        (
            "function validateDownload() { return { approved: 1 } }",
            "The policy must return `approved` as true or false",
        ),
        ("nonsense(", "The policy can't be parsed"),
    ],
)
def test_policy_that_fails_lets_nobody_through(source: str, says: str) -> None:
    package = guarded_package(source)
    refusal = fetch(package, UserFactory.create(permissions=["admin"]))
    assert "could not decide" in refusal
    assert says in refusal


def test_sandbox_that_can_not_be_had_refuses(settings: LazySettings, tmp_path: Any) -> None:
    (tmp_path / "open").mkdir(mode=0o755)
    settings.POLICY_ENGINE_DIR = tmp_path / "open"
    package = guarded_package()
    assert fetch(package, UserFactory.create()) == "Policies can't be run on this server; tell an administrator."
    assert list(PolicyVerdict.objects.values_list("code", flat=True)) == ["sandbox_error"]


def test_no_row_no_approval(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(self: Model, *_args: Any, **_options: Any) -> None:
        raise DatabaseError("the disk is full")

    package = guarded_package(uploader=person("acme.ann"))
    monkeypatch.setattr(PolicyVerdict, "save", fails)
    with pytest.raises(DatabaseError):
        fetch(package, person("acme.bob"))
    assert Download.objects.count() == 0
    assert Tally.objects.get(package=package).downloads == 0


def test_policy_that_changes_meanwhile_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    package, answers = guarded_package(uploader=person("acme.ann")), []

    def slowly(*asked: Any) -> Any:
        answers.append(host.evaluate(*asked))
        if len(answers) == 1:
            Policy.objects.filter(package=package).update(source=AT_NIGHT, sha256="b" * 64, timezone="Etc/GMT+11")
        return answers[-1]

    monkeypatch.setattr(ask_policy, "evaluate", slowly)
    fetch(package, person("acme.bob"))
    assert len(answers) == 2
    assert list(PolicyVerdict.objects.values_list("policy_sha256", "timezone")) == [("b" * 64, "Etc/GMT+11")]


def test_policy_that_takes_too_long_again_and_again_is_suspended() -> None:
    package, user = guarded_package(ENDLESS), UserFactory.create()
    assert [("took too long" in fetch(package, user)), "took too long" in fetch(package, user)] == [True, True]
    assert "is suspended" in fetch(package, user)
    assert PolicyVerdict.objects.count() == 2
    policy = Policy.objects.get(package=package)
    assert (policy.timeouts, policy.suspended_at is not None) == (2, True)

    set_policy(package=package, source="var validateDownload = () => ({approved: true})", by=user)
    assert fetch(package, user) == ""


def test_a_verdict_ends_a_row_of_timeouts() -> None:
    package = guarded_package("function validateDownload(m, u, d) { while (d === 'slow'); return {approved: true}; }")
    slow, quick = person("slow"), person("quick")
    for user in (slow, quick, slow):
        fetch(package, user)
    policy = Policy.objects.get(package=package)
    assert (policy.timeouts, policy.suspended_at) == (1, None)


def test_set_policy_makes_sensitive_and_is_stored_beside_the_package() -> None:
    package, user = PackageFactory.create(name=f"org/{uuid4()}"), UserFactory.create()
    policy = set_policy(package=package, source=SAME_ORGANISATION, by=user, timezone="Asia/Tokyo")
    package.refresh_from_db()
    assert (package.is_sensitive, policy.updated_by, policy.timezone) == (True, user, "Asia/Tokyo")
    with objects().opened(package.policy_key) as file:
        assert file.read() == SAME_ORGANISATION.encode()
    assert package.policy_key in object_keys(package)

    changed = set_policy(package=package, source=AT_NIGHT, by=user)
    assert (changed.source, changed.timezone) == (AT_NIGHT, "Asia/Tokyo")

    remove_policy(package=package)
    assert not objects().exists(package.policy_key)
    package.refresh_from_db()
    assert package.is_sensitive
    with pytest.raises(PolicyNotFound):
        remove_policy(package=package)


def test_sweeper_keeps_the_objects_of_policies_alone() -> None:
    guarded, free = guarded_package(name=f"org/{uuid4()}"), PackageFactory.create(name=f"org/{uuid4()}")
    long_ago = datetime.now(UTC) - timedelta(days=1)
    for package in (guarded, free):
        objects().write(package.policy_key, [b"// policy"])
    assert _sweep_batch([StoredObject(package.policy_key, 9, long_ago) for package in (guarded, free)]) == 1
    assert [objects().exists(package.policy_key) for package in (guarded, free)] == [True, False]


def test_store_policy_does_nothing_without_one() -> None:
    package = PackageFactory.create()
    store_policy(package)
    assert not objects().exists(package.policy_key)


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("function (", "syntax_error"),
        ("var x = '\0'", "syntax_error"),
        ("var validate = 1", "no_function"),
        ("function validateDownload() { return fetch('x') }", "policy_error"),
        ("async function validateDownload() {}", "policy_error"),
        ("for (;;);", "timeout"),
        ("/" * 70_000, "too_large"),
    ],
)
def test_policy_that_can_not_work_is_refused(source: str, code: str) -> None:
    package = PackageFactory.create()
    with pytest.raises(PolicyUnfit) as refused:
        set_policy(package=package, source=source, by=UserFactory.create())
    assert (refused.value.code, Policy.objects.count()) == (code, 0)
    assert refused.value.detail
    assert refused.value.errors == {"source": [refused.value.detail]}


def test_unknown_zone_is_refused() -> None:
    with pytest.raises(PolicyUnfit, match="Mars/Olympus is not known"):
        set_policy(package=PackageFactory.create(), source=AT_NIGHT, by=UserFactory.create(), timezone="Mars/Olympus")


@pytest.mark.parametrize(
    ("data", "code"), [(b"\xff\xfe", "syntax_error"), (b" " * (64 * 1024 + 1), "too_large"), (b" " * 64 * 1024, None)]
)
def test_file_is_read_as_bounded_text(data: bytes, code: str | None) -> None:
    if code is None:
        assert read_policy(io.BytesIO(data)) == data.decode()
        return
    with pytest.raises(PolicyUnfit) as refused:
        read_policy(io.BytesIO(data))
    assert refused.value.code == code


def test_trial_takes_what_a_download_would_bring_unless_told_otherwise() -> None:
    says = "function validateDownload(...all) { return {approved: false, reason: all.join(' | ')}; }"
    package = guarded_package(uploader=person("acme.ann"))
    usual = try_policy(package=package, trial=Trial(source=says), caller="bob").verdict
    assert usual.reason == f"{package.name} | acme.ann | bob | {package.object_key}"
    made_up = Trial(source=says, model_name="m", uploader="", downloader="d", zip_path="z")
    assert try_policy(package=package, trial=made_up, caller="bob").verdict.reason == "m | | d | z"
    assert PolicyVerdict.objects.count() == 0


@pytest.mark.parametrize(
    ("now", "zone", "approved"),
    [
        (datetime(2025, 7, 1, 23, tzinfo=UTC), None, False),
        (datetime(2025, 7, 1, 23, tzinfo=UTC), "Europe/Berlin", True),
        (datetime(2025, 7, 1, 3, tzinfo=UTC), None, True),
    ],
)
def test_trial_has_a_time_of_its_own(now: datetime, zone: str | None, approved: bool) -> None:
    package = guarded_package(AT_NIGHT)
    assert try_policy(package=package, trial=Trial(now=now, timezone=zone), caller="bob").verdict.approved == approved


@pytest.mark.parametrize(
    ("trial", "field"),
    [
        (Trial(timezone="nowhere"), "timezone"),
        (Trial(now=datetime(1969, 12, 31, tzinfo=UTC)), "now"),
        (Trial(now=datetime(2262, 1, 1, tzinfo=UTC)), "now"),
    ],
)
def test_trial_that_no_policy_can_be_told_is_refused(trial: Trial, field: str) -> None:
    with pytest.raises(PolicyUnfit) as refused:
        try_policy(package=guarded_package(AT_NIGHT), trial=trial, caller="bob")
    assert list(refused.value.errors or {}) == [field]


def test_history_is_decided_at_the_time_of_each_download() -> None:
    package = guarded_package(AT_NIGHT)
    user = UserFactory.create()
    for hour, outcome in ((1, "approved"), (12, "approved"), (3, "refused")):
        Download.objects.create(
            package=package,
            user=user,
            kind="full",
            outcome=outcome,
            timestamp=datetime(2025, 7, 1, hour, tzinfo=UTC),
        )
    history = try_policy(package=package, trial=Trial(history=True), caller="bob").history
    assert history is not None
    assert (history.total, history.considered, history.refused) == (3, 3, 1)
    assert [(one.download.timestamp.hour, one.verdict.code) for one in history.decisions] == [
        (3, "approved"),
        (12, "rejected"),
        (1, "approved"),
    ]


def test_history_of_a_slow_policy_is_cut_short() -> None:
    package = guarded_package(ENDLESS)
    for _ in range(20):
        Download.objects.create(package=package, kind="full", outcome="approved")
    history = try_policy(package=package, trial=Trial(history=True), caller="bob").history
    assert history is not None
    assert 0 < history.considered < 6
    assert history.total == 20
