"""What the admin site's front page says, and what it costs."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts_app.audit import Action, record
from accounts_app.models import User
from packages_app.models import ConfusionFinding, Job
from registry_project import front_page
from tests.factories.accounts import UserFactory
from tests.factories.console import furnish
from tests.factories.packages import JobFactory, PackageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator() -> User:
    return UserFactory.create(permissions=["admin"])


@pytest.fixture
def site(administrator: User) -> Client:
    client = Client()
    client.force_login(administrator, "django.contrib.auth.backends.ModelBackend")
    return client


def shown(site: Client) -> str:
    answer = site.get("/admin/")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_an_empty_registry_says_so_in_every_card(administrator: User) -> None:
    client = Client()
    client.force_login(administrator, "django.contrib.auth.backends.ModelBackend")
    page = shown(client)
    for said in (
        "Nothing waits and nothing runs.",
        "No packages yet.",
        "No job has failed or been refused.",
        "Nothing waits for a decision.",
    ):
        assert said in page


def test_what_matters_is_shown_and_linked(site: Client, administrator: User) -> None:
    package = furnish(administrator)
    JobFactory.create(status="queued", created_at=timezone.now() - timedelta(minutes=5.5))
    JobFactory.create(status="running")
    page = shown(site)
    rejected, finding = Job.objects.get(status="rejected"), ConfusionFinding.objects.get()
    for said in (
        f'href="/admin/packages_app/job/{rejected.pk}/change/"',
        f'href="/admin/packages_app/confusionfinding/{finding.pk}/change/"',
        f"{package}: typo",
        "<dt>Waiting</dt><dd>1</dd>",
        "<dt>Running</dt><dd>1</dd>",
        "<dt>Oldest waits</dt><dd>5 minutes</dd>",
        "<dt>Packages</dt><dd>2</dd>",
        "from 192.0.2.7 at /authenticate",
        "from 192.0.2.8 at /authenticate",
        'href="/admin/packages_app/job/?stands=under_way"',
        'href="/admin/packages_app/job/?stands=unsuccessful"',
        'href="/admin/packages_app/confusionfinding/?state__exact=open"',
        'href="/admin/accounts_app/auditentry/?action=sign_in_failed"',
        "no worker has been heard of",
    ):
        assert said in page


def test_the_front_page_asks_as_often_for_few_as_for_many(site: Client, administrator: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            site.get("/admin/")
        return len(captured)

    furnish(administrator)
    few = queries()
    for _ in range(8):
        furnish(administrator)
    assert (queries(), few <= 16) == (few, True)


def test_sign_ins_are_the_newest_of_both_kinds(administrator: User) -> None:
    for number in range(10):
        record(Action.SIGNED_IN, f"user {administrator.pk}", actor=administrator, address="192.0.2.1")
        record(Action.SIGN_IN_FAILED, f"user stranger-{number}", address="192.0.2.2")
    told = [(attempt.name, attempt.succeeded) for attempt in front_page.recent_sign_ins()]
    name = administrator.username
    assert told == [
        ("stranger-9", False),
        (name, True),
        ("stranger-8", False),
        (name, True),
        ("stranger-7", False),
        (name, True),
    ]


def test_the_gravest_findings_come_first_and_decided_ones_do_not() -> None:
    package = PackageFactory.create()
    for severity, state in [("high", "open"), ("low", "open"), ("high", "dismissed"), ("medium", "open")]:
        ConfusionFinding.objects.create(package=package, suspicious_pattern=severity, severity=severity, state=state)
    waiting = front_page.findings_waiting()
    assert [finding.severity for finding in waiting.findings] == ["high", "medium", "low"]
    assert (waiting.count, waiting.more) == (3, False)


def test_findings_are_counted_to_a_cap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front_page, "_COUNTED", 2)
    package = PackageFactory.create()
    for _ in range(3):
        ConfusionFinding.objects.create(package=package, suspicious_pattern="typo", severity="low")
    assert (front_page.findings_waiting().count, front_page.findings_waiting().more) == (2, True)


@pytest.mark.parametrize(
    ("free", "total", "used"), [(25, 100, 0.75), (100, 100, 0.0), (0, 100, 1.0), (None, None, 0.0), (0, 0, 0.0)]
)
def test_the_share_of_the_disk_in_use(free: int | None, total: int | None, used: float) -> None:
    assert front_page.Storage(packages=1, bytes=1, free=free, total=total).share_used == used


@pytest.mark.django_db
def test_admin_pages_have_the_icon_of_the_others(client: Client) -> None:
    assert 'href="/static/registry_project/icon.svg"' in (client.get("/admin/login/").content.decode())
    ours, theirs = ("registry_project/static/registry_project/icon.svg", "frontend/src/app/icon.svg")
    assert (settings.BASE_DIR / ours).read_bytes() == (settings.BASE_DIR / theirs).read_bytes()
