"""Jobs: claimed once, lost when silent, ended once; what the sweeper sets right."""

import os
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import OperationalError, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone
from django_q.models import OrmQ
from pytest_django import Settings

from accounts_app.models import AuditEntry
from accounts_app.request_ids import NameRequest, known_as
from packages_app.errors import JobNotFound, JobNotRetryable
from packages_app.models import File, Job, Package, RetiredVersion, Worker
from packages_app.queries.work import queue_state
from packages_app.services.delete import delete_package, discard_objects, refuse_package
from packages_app.services.jobs import (
    Claim,
    LeaseLost,
    claim_job,
    enqueue,
    job_ended,
    keeping_lease,
    put_back,
    queue_rescore,
    retry_job,
)
from packages_app.services.sweep import sweep, sweep_leftovers
from packages_app.storage import LocalObjects, objects
from tests.factories.packages import JobFactory, PackageFactory

pytestmark = pytest.mark.django_db(transaction=True)
PAST = timedelta(seconds=-1)


@pytest.fixture(autouse=True)
def no_old_objects() -> None:
    """What earlier tests made look old; the objects of tests that run beside these are new."""
    for found in list(objects().walk()):
        if time.time() - found.modified.timestamp() > 3000:
            objects().delete(found.key)


def queued_job(**more: object) -> Job:
    return JobFactory.create(package=PackageFactory.create(status="pending"), name="a", version="1", **more)


def claimed(**more: object) -> Claim:
    claim = claim_job(queued_job(**more).pk)
    assert claim is not None
    return claim


def let_lease_run_out(claim: Claim) -> None:
    Job.objects.filter(pk=claim.job.pk).update(lease_until=Now() + PAST)


def test_job_is_claimed_once() -> None:
    job = queued_job()
    claim = claim_job(job.pk)
    assert claim is not None
    assert (claim.job.status, claim.fence, claim.job.attempts) == ("running", 1, 1)
    assert claim_job(job.pk) is None


@pytest.mark.parametrize("status", ["succeeded", "failed", "rejected", "unavailable"])
def test_job_that_is_over_is_not_claimed(status: str) -> None:
    assert claim_job(queued_job(status=status).pk) is None


def test_unknown_job_is_not_claimed() -> None:
    assert claim_job(uuid4()) is None


def test_silent_worker_loses_its_job_to_the_next() -> None:
    first = claimed()
    let_lease_run_out(first)
    second = claim_job(first.job.pk)
    assert second is not None
    assert second.fence == 2
    for attempt in (first.renew, lambda: first.report("late", 0.5), first.finish, first.lock):
        with pytest.raises(LeaseLost), transaction.atomic():
            attempt()
    with transaction.atomic():
        second.finish()
    assert Job.objects.get(pk=first.job.pk).status == "succeeded"


def told_of(claim: Claim) -> tuple[str, float]:
    job = Job.objects.get(pk=claim.job.pk)
    return job.stage, job.progress


def test_what_is_reported_is_told_by_who_keeps_the_lease() -> None:
    claim = claimed()
    claim.report("reading", 0.1)
    claim.report("writing", 7)
    assert told_of(claim) == ("", 0)
    with keeping_lease(claim):
        deadline = time.monotonic() + 20
        while claim.has_news and time.monotonic() < deadline:
            time.sleep(0.01)
    assert told_of(claim) == ("writing", 1)


def test_a_job_that_ends_before_its_stage_was_told_ends_with_it() -> None:
    claim = claimed()
    claim.report("reading", 0.1)
    claim.end(Job.Status.FAILED)
    assert told_of(claim) == ("reading", 0.1)


def test_lease_is_kept_while_one_step_takes_long(settings: Settings) -> None:
    settings.JOB_LEASE = timedelta(seconds=1)
    claim = claimed()
    with keeping_lease(claim):
        time.sleep(2)
        assert claim_job(claim.job.pk) is None


def test_lines_of_the_leases_keeper_have_the_ids_of_its_job(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.JOB_LEASE = timedelta(seconds=0.2)
    caplog.handler.addFilter(NameRequest())
    claim = claimed()
    with known_as("r1", job=str(claim.job.pk)):
        Job.objects.filter(pk=claim.job.pk).update(fence=F("fence") + 1)
        with keeping_lease(claim):
            assert claim.lost.wait(20)
    (line,) = [vars(record) for record in caplog.records if "was lost" in record.message]
    assert (line["threadName"], line["request_id"], line["job"]) == (
        f"lease {claim.job.pk}",
        "r1",
        str(claim.job.pk),
    )


def test_a_job_keeps_the_id_of_the_request_that_asked_for_it() -> None:
    package = PackageFactory.create()
    with known_as("r1"):
        asked = queue_rescore(package, recollect=True)
    later = queue_rescore(package, recollect=True)
    assert [job.request_id for job in (asked, later)] == ["r1", ""]
    assert [Job.objects.get(pk=job.pk).request_id for job in (asked, later)] == ["r1", ""]


@pytest.fixture
def told() -> Iterator[list[str]]:
    """The statuses of the ends that were told."""
    statuses: list[str] = []

    def listen(status: Job.Status, **_: object) -> None:
        statuses.append(status.value)

    job_ended.connect(listen)
    yield statuses
    job_ended.disconnect(listen)


def test_a_jobs_end_is_told_once_it_stands(told: list[str]) -> None:
    claim = claimed()
    with transaction.atomic():
        claim.finish()
        assert told == []
    assert told == ["succeeded"]


def test_an_end_that_is_taken_back_is_not_told(told: list[str]) -> None:
    claim = claimed()
    with transaction.atomic():
        claim.finish()
        transaction.set_rollback(True)
    claim.end(Job.Status.FAILED)
    assert told == ["failed"]


def test_passing_failure_is_tried_again_after_a_pause_and_then_given_up(settings: Settings) -> None:
    settings.JOB_ATTEMPTS = 2
    job = queued_job()
    claim = claim_job(job.pk)
    assert claim is not None
    assert put_back(claim, detail="The disk was full.")
    assert sweep() == 0
    Job.objects.filter(pk=job.pk).update(lease_until=Now() + PAST)
    assert sweep() == 1
    again = claim_job(job.pk)
    assert again is not None
    assert not put_back(again, detail="The disk was full.")
    job.refresh_from_db()
    assert (job.status, job.error_code, job.package is not None) == ("failed", "internal", True)
    assert job.error_detail.startswith("The disk was full. It was tried 2 times")


def test_sweep_queues_what_lost_its_worker_and_says_it_lives() -> None:
    claim = claimed()
    assert sweep() == 0
    let_lease_run_out(claim)
    before = OrmQ.objects.count()
    assert sweep() == 1
    assert sweep() == 0
    assert OrmQ.objects.count() == before + 1
    assert Worker.objects.count() == 1
    assert (queue_state().queued, queue_state().silent_seconds is not None) == (1, True)


def waiting_for(job: Job) -> float:
    """Seconds until the sweeper looks after the job again."""
    until = Job.objects.get(pk=job.pk).lease_until
    assert until is not None
    return (until - timezone.now()).total_seconds()


def test_job_whose_message_was_lost_is_queued_again_less_and_less_often(settings: Settings) -> None:
    settings.JOB_LEASE = timedelta(seconds=20)
    job = queued_job()
    with transaction.atomic():
        enqueue(job)
    assert round(waiting_for(job), -1) == 60
    for waited in (61, 600, 86_400):
        Job.objects.filter(pk=job.pk).update(queued_at=Now() - timedelta(seconds=waited), lease_until=Now() + PAST)
        before = OrmQ.objects.count()
        assert (sweep(), sweep(), OrmQ.objects.count()) == (1, 0, before + 1)
        assert round(waiting_for(job), -1) == round(waited, -1)
    assert claim_job(job.pk) is not None  # whichever message comes first


def test_job_that_kills_its_workers_ends(settings: Settings) -> None:
    settings.JOB_ATTEMPTS = 2
    job = queued_job()
    for queued in (1, 0):
        claim = claim_job(job.pk)
        assert claim is not None
        let_lease_run_out(claim)
        assert sweep() == queued
    job.refresh_from_db()
    assert (job.status, job.error_code, job.attempts) == ("failed", "worker_died", 2)
    assert AuditEntry.objects.filter(action="job_ended", details__job=str(job.pk)).count() == 1
    assert claim_job(job.pk) is None
    assert retry_job(job_id=job.pk).status == "queued"


def test_stray_message_claims_no_job_that_is_to_be_given_up(settings: Settings) -> None:
    settings.JOB_ATTEMPTS = 1
    claim = claimed()
    let_lease_run_out(claim)
    assert claim_job(claim.job.pk) is None


def test_lease_is_kept_over_a_database_that_was_away(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.JOB_LEASE = timedelta(seconds=2)
    claim = claimed()
    renew, failures = Claim.renew, iter([OperationalError("away")])

    def fail_once(claim: Claim) -> None:
        for failure in failures:
            raise failure
        renew(claim)

    monkeypatch.setattr(Claim, "renew", fail_once)
    with keeping_lease(claim):
        time.sleep(3)
        assert claim_job(claim.job.pk) is None


@pytest.mark.parametrize(
    ("status", "retryable"), [("failed", True), ("unavailable", True), ("succeeded", False), ("running", False)]
)
def test_only_jobs_that_failed_can_be_retried(status: str, *, retryable: bool) -> None:
    job = queued_job(status=status, error_code="internal", attempts=5)
    if not retryable:
        with pytest.raises(JobNotRetryable):
            retry_job(job_id=job.pk)
        return
    retried = retry_job(job_id=job.pk)
    assert (retried.status, retried.attempts, retried.error_code) == ("queued", 0, "")
    assert claim_job(job.pk) is not None


def test_job_whose_package_was_refused_cannot_be_retried() -> None:
    with pytest.raises(JobNotRetryable):
        retry_job(job_id=JobFactory.create(status="failed").pk)
    with pytest.raises(JobNotFound):
        retry_job(job_id=uuid4())


def stored(key: str) -> str:
    objects().write(key, [b"bytes"])
    return key


def aged(key: str, settings: Settings) -> str:
    path = settings.OBJECTS_DIR / stored(key)
    old = time.time() - 7200
    os.utime(path, (old, old))
    return key


def test_refused_package_leaves_only_its_job() -> None:
    key = stored(f"staging/{uuid4()}")
    claim = claimed(staging_key=key)
    refuse_package(claim, detail="It is broken.", code="corrupt_file")
    job = Job.objects.get(pk=claim.job.pk)
    assert (job.status, job.package, job.error_detail) == ("failed", None, "It is broken.")
    assert not objects().exists(key)
    assert not Package.objects.exists()
    assert not RetiredVersion.objects.exists()


def test_deleting_takes_rows_objects_and_running_jobs() -> None:
    package = PackageFactory.create(name="org/gone", version="1.0.0")
    keys = [stored(package.object_key), stored(f"{package.prefix}/model.bin")]
    File.objects.create(
        package=package, path="model.bin", size=5, sha256="a" * 64, offset=0, compressed_size=5, compression="stored",
        object_key=keys[1],
    )  # fmt: skip
    job = queue_rescore(package, recollect=True)
    claim = claim_job(job.pk)
    assert claim is not None
    delete_package(package_id=package.pk)
    assert [key for key in keys if objects().exists(key)] == []
    job.refresh_from_db()
    assert (job.status, job.error_code) == ("failed", "package_deleted")
    with pytest.raises(LeaseLost), transaction.atomic():
        claim.finish()


def test_leftovers_go_and_everything_else_stays(settings: Settings, tmp_path: Path) -> None:
    settings.SPOOL_DIR = tmp_path
    package = PackageFactory.create(name="org/kept", version="1.0.0")
    File.objects.create(
        package=package, path="w.bin", size=5, sha256="a" * 64, offset=0, compressed_size=5, compression="stored",
        object_key="org/kept/1.0.0/w.bin",
    )  # fmt: skip
    staged = f"staging/{uuid4()}"
    queued_job(staging_key=staged)
    kept = [aged(key, settings) for key in (package.object_key, "org/kept/1.0.0/w.bin", staged)]
    kept.append(stored(f"staging/{uuid4()}"))  # an upload under way, whose row is still to come
    orphans = [
        aged(key, settings) for key in (f"staging/{uuid4()}", "org/gone/1.0.0/package.zip", "org/kept/1.0.0/x.bin")
    ]
    # Of a job that is over, though it still names what it staged; and of one that has yet to write its rows.
    ready, pending = PackageFactory.create(name="org/done"), PackageFactory.create(name="org/new", status="pending")
    done = JobFactory.create(package=ready, status="succeeded", staging_key=f"staging/{uuid4()}")
    orphans.append(aged(done.staging_key, settings))
    kept.append(aged(f"{pending.prefix}/model.bin", settings))
    part = tmp_path / "part"
    part.write_bytes(b"half")
    os.utime(part, (0, 0))
    assert sweep_leftovers() == len(orphans) + 1
    assert [key for key in kept if not objects().exists(key)] == []
    assert [key for key in orphans if objects().exists(key)] == []


@pytest.mark.parametrize("hours", [-1, 1])
def test_wrong_clock_of_a_host_makes_no_object_old(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, hours: int
) -> None:
    young, old = stored(f"staging/{uuid4()}"), aged(f"staging/{uuid4()}", settings)
    real: Callable[[], float] = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3600 * hours)
    sweep_leftovers()
    assert (objects().exists(young), objects().exists(old)) == (True, False)


def refuse(*_: object) -> None:
    raise OSError("The storage is away.")


def test_what_the_storage_refuses_to_delete_is_left_to_the_sweeper(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = PackageFactory.create(name="org/stuck", version="1.0.0")
    key = aged(package.object_key, settings)
    with monkeypatch.context() as away:
        away.setattr(LocalObjects, "delete", refuse)
        delete_package(package_id=package.pk)
    assert (Package.objects.exists(), objects().exists(key)) == (False, True)
    sweep_leftovers()
    assert not objects().exists(key)


def test_objects_of_a_package_that_came_back_are_not_discarded() -> None:
    package = PackageFactory.create(name="org/back", version="1.0.0", status="pending")
    keys = [stored(package.object_key), stored(f"{package.prefix}/model.bin"), stored("org/gone/1.0.0/package.zip")]
    discard_objects(keys)
    assert [objects().exists(key) for key in keys] == [True, True, False]


def test_reservation_of_a_long_failed_job_is_freed() -> None:
    job = queued_job(status="failed", error_code="internal")
    Job.objects.filter(pk=job.pk).update(finished_at=timezone.now() - timedelta(days=8))
    assert sweep_leftovers() == 1
    assert not Package.objects.exists()


def test_wrong_clock_of_a_worker_changes_no_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    real: Callable[[], float] = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3600)
    claim = claimed()
    until = Job.objects.get(pk=claim.job.pk).lease_until
    assert until is not None
    assert until.timestamp() < real() + 60
