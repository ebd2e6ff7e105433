"""The pipeline's ingest, with a source of this test's own and deaths at the worst moments."""

import errno
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db.models.functions import Now
from pytest_django import Settings

from accounts_app.models import User
from demo.models import base
from packages_app.domain.reference import Reference
from packages_app.models import Job, Origin, Package, Waiver
from packages_app.services import fetch
from packages_app.services.ingest import accept_ingest
from packages_app.services.jobs import retry_job
from packages_app.services.sweep import sweep
from packages_app.sources.contract import LocalFile, Progress, Provenance, RemoteFile, Resolved, Tell, Unreachable
from packages_app.storage import objects
from registry_project import pipeline
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
GOOD = base("1.1.0")
GOOD_README = GOOD["README.md"]
POOR_README = b"---\nlicense: apache-2.0\n---\nA model.\n"
ELSEWHERE = ("bus_factor", "responsive_maintainer", "pull_request", "reviewedness", "reproducibility", "net_score")
WAIVED = dict.fromkeys(ELSEWHERE, "There is no record of this package outside the test.")
URL = "pkg:huggingface/org/model"


class Folder:
    """A source of one model that is written down here; `revisions` are what its reference means, one after the other."""

    def __init__(self, files: dict[str, bytes], revisions: Sequence[str] = ("1" * 40,)) -> None:
        self.files = files
        self.revisions = list(revisions)
        self.asked: list[str | None] = []
        self.fetched = 0

    def resolve(self, reference: Reference) -> Resolved:
        self.asked.append(reference.wanted)
        revision = reference.wanted or (self.revisions.pop(0) if len(self.revisions) > 1 else self.revisions[0])
        files = tuple(RemoteFile(path, len(content)) for path, content in self.files.items())
        return Resolved(reference.name, revision[:12], Provenance("huggingface", reference.name, revision), files)

    def fetch(self, resolved: Resolved, into: Path, tell: Tell) -> Sequence[LocalFile]:
        self.fetched += 1
        into.mkdir(exist_ok=True)
        files = []
        for number, (path, content) in enumerate(self.files.items()):
            (into / str(number)).write_bytes(content)
            files.append(LocalFile(path, into / str(number)))
            tell(Progress(number, len(resolved.files), 0, 0))
        return files


class PowerCut(BaseException):
    """Nothing of the worker survives this."""


def cut(*_: object, **__: object) -> None:
    raise PowerCut


@pytest.fixture
def administrator() -> User:
    user: User = UserFactory.create(permissions=["admin"])
    return user


@pytest.fixture
def source(monkeypatch: pytest.MonkeyPatch) -> Folder:
    source = Folder(dict(GOOD))
    monkeypatch.setattr(fetch, "source_of", lambda *_: source)
    return source


def run(job: Job) -> Job:
    pipeline.run(str(job.pk))
    job.refresh_from_db()
    return job


def run_again_after_death(job: Job) -> Job:
    Job.objects.filter(pk=job.pk).update(lease_until=Now())
    return run(job)


def stored() -> list[str]:
    return sorted(found.key for found in objects().walk("org/model/"))


def test_what_passes_is_published_with_origin_and_waivers(administrator: User, source: Folder) -> None:
    job = run(accept_ingest(owner=administrator, url=URL, waived=WAIVED))
    package = Package.objects.get()
    assert (job.status, job.package, job.failed_metrics) == (Job.Status.SUCCEEDED, package, [])
    assert (package.status, package.name, package.version, package.uploader) == (
        Package.Status.READY,
        "org/model",
        "1" * 12,
        administrator,
    )
    assert str(Origin.objects.get(package=package)) == f"huggingface org/model {'1' * 40}"
    assert dict(Waiver.objects.values_list("metric", "reason")) == WAIVED
    assert not objects().exists(Job.objects.get(pk=job.pk).staging_key)


@pytest.mark.parametrize(
    "dies_in", ["fetch_archive", "_passing", "reserve_ingested", "store_objects", "publish_package", "record_parents"]
)
def test_worker_may_die_anywhere(
    administrator: User, source: Folder, monkeypatch: pytest.MonkeyPatch, dies_in: str
) -> None:
    job = accept_ingest(owner=administrator, url=URL, waived=WAIVED)

    with monkeypatch.context() as patch:
        patch.setattr(pipeline, dies_in, cut)
        with pytest.raises(PowerCut):
            pipeline.run(str(job.pk))
    assert not Package.objects.filter(status=Package.Status.READY).exists()
    job = run_again_after_death(job)
    assert (job.status, job.attempts) == (Job.Status.SUCCEEDED, 2)
    assert source.fetched == 1
    assert Package.objects.get().status == Package.Status.READY
    assert Waiver.objects.count() == len(WAIVED)
    assert not objects().exists(Job.objects.get(pk=job.pk).staging_key)


def test_branch_that_moves_meanwhile_is_the_same_revision_after_death(
    administrator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Folder(dict(GOOD), ["1" * 40, "2" * 40])
    monkeypatch.setattr(fetch, "source_of", lambda *_: source)
    job = accept_ingest(owner=administrator, url=URL, waived=WAIVED)
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "_passing", cut)
        with pytest.raises(PowerCut):
            pipeline.run(str(job.pk))
    assert run_again_after_death(job).status == Job.Status.SUCCEEDED
    assert source.asked == [None, "1" * 40]


@pytest.mark.parametrize(
    ("changed", "readme", "waived", "status", "failed"),
    [
        ({}, GOOD_README, ELSEWHERE, "succeeded", []),
        ({}, GOOD_README, ELSEWHERE[:-2], "unavailable", ["reproducibility", "net_score"]),
        ({}, POOR_README, ELSEWHERE, "rejected", ["ramp_up"]),
        ({}, POOR_README, (*ELSEWHERE, "ramp_up"), "succeeded", []),
        ({"GATE_THRESHOLD": 0.0}, POOR_README, ELSEWHERE, "succeeded", []),
        ({"GATE_STRICT": True}, GOOD_README, ELSEWHERE, "rejected", ["tree_score"]),
    ],
)
def test_gate_is_as_the_operator_sets_it(
    administrator: User,
    source: Folder,
    settings: Settings,
    changed: dict[str, Any],
    readme: bytes,
    waived: Sequence[str],
    status: str,
    failed: list[str],
) -> None:
    source.files["README.md"] = readme
    for name, value in changed.items():
        setattr(settings, name, value)
    job = run(accept_ingest(owner=administrator, url=URL, waived=dict.fromkeys(waived, "For the test.")))
    assert (job.status, job.failed_metrics, len(job.scores or {})) == (status, failed, 11)
    assert (Package.objects.exists(), stored() != []) == (status == "succeeded", status == "succeeded")


def test_source_that_is_away_is_retried_without_fetching_twice(
    administrator: User, source: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = accept_ingest(owner=administrator, url=URL, waived=WAIVED)
    with monkeypatch.context() as patch:
        patch.setattr(source, "resolve", lambda _: (_ for _ in ()).throw(Unreachable("It is away.", "source_busy")))
        job = run(job)
    assert (job.status, job.error_code, job.error_detail) == (Job.Status.UNAVAILABLE, "source_busy", "It is away.")
    retry_job(job_id=job.pk)
    assert run(job).status == Job.Status.SUCCEEDED
    assert source.fetched == 1


@pytest.mark.parametrize("step", ["resolve", "fetch"])
def test_full_disk_is_told_and_retried(
    administrator: User, source: Folder, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    job = accept_ingest(owner=administrator, url=URL, waived=WAIVED)
    with monkeypatch.context() as patch:
        patch.setattr(source, step, lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left on device")))
        job = run(job)
    assert (job.status, job.error_code, stored()) == (Job.Status.UNAVAILABLE, "disk_full", [])
    retry_job(job_id=job.pk)
    assert run(job).status == Job.Status.SUCCEEDED


def test_ingest_waits_for_another_job_at_work_on_the_same(administrator: User, source: Folder) -> None:
    first = run(accept_ingest(owner=administrator, url=URL, waived=WAIVED))
    Package.objects.update(status=Package.Status.PENDING)
    Job.objects.update(status=Job.Status.RUNNING, lease_until=Now() + timedelta(hours=1))
    second = run(accept_ingest(owner=administrator, url=URL, waived=WAIVED))
    assert (second.status, second.stage, second.attempts) == (Job.Status.QUEUED, "waiting for another job", 0)
    assert sweep() == 0  # its pause is not over
    Package.objects.update(status=Package.Status.READY)
    assert (run(second).status, second.package) == (Job.Status.SUCCEEDED, first.package)


def test_ingest_does_not_wait_for_a_job_that_failed(administrator: User, source: Folder) -> None:
    first = run(accept_ingest(owner=administrator, url=URL, waived=WAIVED))
    Package.objects.update(status=Package.Status.PENDING)
    Job.objects.update(status=Job.Status.FAILED)
    second = run(accept_ingest(owner=administrator, url=URL, waived=WAIVED))
    assert (second.status, second.error_code) == (Job.Status.UNAVAILABLE, "package_pending")
    Package.objects.update(status=Package.Status.READY)
    retry_job(job_id=second.pk)
    assert run(second).package == first.package


def test_two_ingests_of_one_package_at_once_both_end_with_it(
    administrator: User, source: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (accept_ingest(owner=administrator, url=URL, waived=WAIVED) for _ in range(2))
    passing = pipeline._passing

    def overtaken(*told: Any) -> Any:
        monkeypatch.setattr(pipeline, "_passing", passing)
        assert run(second).status == Job.Status.SUCCEEDED
        return passing(*told)

    monkeypatch.setattr(pipeline, "_passing", overtaken)
    assert (run(first).status, first.package) == (Job.Status.SUCCEEDED, second.package)
    assert Package.objects.count() == 1
    assert list(objects().walk("staging/")) == []


def test_command_that_is_interrupted_leaves_the_job(
    administrator: User, source: Folder, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        call_command("ingest", URL, wait=True, username=administrator.username)
    assert "they go on" in capsys.readouterr().err
    assert Job.objects.get().status == Job.Status.QUEUED


@pytest.mark.parametrize("path", ["../a", "a\\b", "con.txt"])
def test_bad_paths_fail_for_good(administrator: User, source: Folder, path: str) -> None:
    source.files[path] = b"x"
    job = run(accept_ingest(owner=administrator, url=URL, waived=WAIVED))
    assert (job.status, job.error_code, stored()) == (Job.Status.FAILED, "bad_path", [])


@pytest.fixture(autouse=True)
def _no_objects() -> None:
    for found in list(objects().walk()):
        objects().delete(found.key)
