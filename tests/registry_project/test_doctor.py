"""What the doctor finds in a damaged registry, says about it, and repairs."""

import hashlib
import io
import json
import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models.functions import Now
from django_q.conf import Conf
from django_q.models import OrmQ
from pytest_django import Settings

from packages_app.models import File, Job, Package, Worker
from packages_app.services.accept import Arrival, Labels, accept_upload
from packages_app.services.policies import set_policy
from packages_app.services.sweep import sweep
from packages_app.storage import objects
from registry_project import queueing
from registry_project.doctor import host
from registry_project.models import OutboxTask
from registry_project.pipeline import run
from tests.factories.accounts import UserFactory
from tests.factories.archives import model_package
from tests.factories.packages import JobFactory, PackageFactory
from tests.servers.aws import aws

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "org/model"


@pytest.fixture(autouse=True)
def own_directories(settings: Settings, tmp_path: Path) -> None:
    settings.UPLOADS_DIR, settings.SPOOL_DIR = tmp_path / "uploads", tmp_path / "spool"
    for found in list(objects().walk()):
        objects().delete(found.key)
    sweep()  # a worker lives


@pytest.fixture
def package(tmp_path: Path) -> Package:
    """A published one, with three objects."""
    data = model_package(NAME, "1.0.0")
    path = tmp_path / "package.zip"
    path.write_bytes(data)
    arrival = Arrival(path, len(data), hashlib.sha256(data).hexdigest())
    job = accept_upload(owner=UserFactory.create(permissions=["upload"]), arrival=arrival, labels=Labels())
    run(str(job.pk))
    OrmQ.objects.all().delete()
    return Package.objects.get()


def examined(*options: str) -> tuple[int, list[dict[str, Any]]]:
    """Exit status and findings, but for what it says of this machine."""
    out = io.StringIO()
    status = 0
    try:
        call_command("doctor", "--json", *options, stdout=out)
    except SystemExit as leaving:
        status = int(str(leaving.code))
    findings = json.loads(out.getvalue())["findings"]
    return status, [found for found in findings if found["check"] not in {"disk", "settings", "clock"}]


def told(findings: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [(found["check"], found["subject"], found["detail"]) for found in findings]


def stored(package: Package, name: str) -> Path:
    path: Path = Path(objects().path(f"{package.prefix}/{name}"))  # type: ignore[attr-defined]  # local ones have paths
    return path


def test_sound_registry_has_nothing_wrong(package: Package) -> None:
    assert examined("--deep")[1] == []


def spoil(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.unlink()  # the archive shares its bytes with nobody any more
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("damage", "options", "detail"),
    [
        (Path.unlink, (), "it is gone"),
        (lambda path: path.write_bytes(b"short"), (), "it has 5 bytes instead of 96"),
        (spoil, ("--deep",), "its bytes have another SHA-256 than when they were stored"),
    ],
)
def test_damaged_weights_are_written_again(
    package: Package, damage: Callable[[Path], object], options: tuple[str, ...], detail: str
) -> None:
    weights = stored(package, "model.safetensors")
    before = weights.read_bytes()
    detail = detail.replace("96", str(len(before)))
    damage(weights)
    status, findings = examined(*options)
    assert (status, told(findings)) == (1, [("objects", f"{package.prefix}/model.safetensors", detail)])
    assert findings[0]["advice"] == "Write it again from the package's archive."
    _, findings = examined("--repair", *options)
    assert [found["is_repaired"] for found in findings] == [True]
    assert (weights.read_bytes(), examined("--deep")[1]) == (before, [])


def test_lost_policy_is_written_again(package: Package) -> None:
    source = "function validateDownload() { return { approved: true }; }"
    assert package.uploader is not None
    set_policy(package=package, source=source, by=package.uploader)
    stored(package, "js_policy.js").unlink()
    status, findings = examined()
    assert (status, told(findings)) == (1, [("objects", package.policy_key, "it is gone")])
    examined("--repair")
    assert (stored(package, "js_policy.js").read_text(), examined("--deep")[1]) == (source, [])


@pytest.mark.parametrize(("damage", "options"), [(Path.unlink, ()), (spoil, ("--deep",))])
def test_damaged_archive_needs_a_backup(
    package: Package, damage: Callable[[Path], object], options: tuple[str, ...]
) -> None:
    damage(stored(package, "package.zip"))
    status, findings = examined("--repair", *options)
    assert (status, [(found["subject"], found["is_repaired"]) for found in findings]) == (
        1,
        [(package.object_key, False)],
    )
    assert findings[0]["advice"].startswith("Put the object back from a backup")
    assert Package.objects.count() == 1


def old_object(key: str) -> None:
    objects().write(key, [b"bytes"])
    os.utime(objects().path(key), (0, 0))  # type: ignore[attr-defined]  # local ones have paths


def test_orphans_are_removed_and_young_ones_left(package: Package) -> None:
    old_object("org/gone/1.0.0/package.zip")
    objects().write("staging/young", [b"bytes"])
    status, findings = examined()
    assert (status, told(findings)) == (1, [("objects", "org/gone/1.0.0/package.zip", "no row names it")])
    examined("--repair")
    assert examined()[1] == []
    assert objects().exists("staging/young")


def test_storage_of_another_registry_is_left_alone() -> None:
    for number in range(11):
        old_object(f"org/other/{number}.0.0/package.zip")
    status, findings = examined("--repair")
    assert (status, len(findings), {found["is_repaired"] for found in findings}) == (1, 11, {False})
    assert "Make sure that this database belongs to this storage" in findings[0]["advice"]


def test_silent_workers_are_told() -> None:
    Worker.objects.update(seen_at=Now() - timedelta(minutes=5))
    status, findings = examined()
    assert (status, [found["check"] for found in findings]) == (1, ["workers"])


LATE = Now() - timedelta(minutes=5)


@pytest.mark.parametrize(
    ("fields", "detail", "after"),
    [
        ({"status": "running", "lease_until": LATE}, "its worker went away and nobody took it over", "queued"),
        ({"status": "running"}, "it runs without a lease", "queued"),
        ({"status": "queued", "created_at": LATE}, "it waits but the queue is empty", "queued"),
        ({"status": "failed", "error_detail": "The disk was full."}, "The disk was full.", "queued"),
    ],
)
def test_stuck_jobs_are_queued_again(fields: dict[str, Any], detail: str, after: str) -> None:
    job = JobFactory.create(package=PackageFactory.create(status="pending"))
    Job.objects.filter(pk=job.pk).update(**fields)
    status, findings = examined()
    assert (status, told(findings)) == (1, [("jobs", str(job.pk), detail)])
    examined("--repair")
    job.refresh_from_db()
    assert (job.status, examined()[1]) == (after, [])


def test_old_outbox_is_told_and_sent(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    OutboxTask.objects.create(body="task")
    assert examined()[1] == []
    OutboxTask.objects.update(created_at=LATE)
    status, findings = examined()
    detail = "tasks not yet sent to the queue: 1, the first of them since 300 seconds"
    assert (status, told(findings)) == (1, [("queue", "outbox", detail)])
    with aws() as services:
        services.queues["jobs"] = []
        for name, value in services.environment.items():
            monkeypatch.setenv(name, value)
        settings.SQS_QUEUE = "jobs"
        monkeypatch.setattr(Conf, "SQS", {"aws_region": "", "receive_message_wait_time_seconds": 3})
        services.away.add("GetQueueAttributes")
        assert [(found["check"], found["subject"]) for found in examined()[1]] == [
            ("queue", "jobs"),
            ("queue", "outbox"),
        ]
        services.away.clear()
        examined("--repair")
        assert services.queues["jobs"] == ["task"]
    queueing._client.cache_clear()
    queueing._queue_url.cache_clear()
    settings.SQS_QUEUE = ""
    assert examined()[1] == []


def test_outbox_of_a_queue_that_is_no_more_is_forgotten() -> None:
    OutboxTask.objects.create(body="task")
    OutboxTask.objects.update(created_at=LATE)
    examined("--repair")
    assert (OutboxTask.objects.count(), examined()[1]) == (0, [])


def test_reservation_without_a_job_is_freed() -> None:
    PackageFactory.create(name="org/held", status="pending")
    status, findings = examined()
    assert (status, told(findings)) == (1, [("jobs", "org/held 1.0.0", "it is pending and has no job")])
    examined("--repair")
    assert (Package.objects.count(), examined()[1]) == (0, [])


def test_wrong_clock_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert list(host.clock()) == []
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3600)
    (found,) = host.clock()
    assert found.detail == "it is 3600 seconds ahead of the database's"


def test_readable_secret_is_closed(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    secret = tmp_path / "secret_key"
    secret.write_text("secret")
    secret.chmod(0o644)
    found = [found for found in host.configuration() if found.subject == str(secret)]
    assert [one.detail for one in found] == ["others than its owner may read it"]
    assert found[0].repair is not None
    found[0].repair()
    assert secret.stat().st_mode & 0o777 == 0o600


def test_files_without_objects_of_their_own_are_no_loss(package: Package) -> None:
    assert File.objects.filter(package=package, object_key__isnull=True).exists()
    assert examined()[1] == []
