"""The life of a job: queued with its transaction, claimed under a lease, fenced, ended once.

All times are the database's: a worker whose clock is wrong holds a lease no longer than the others.
"""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import DurationField, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Greatest, Now
from django.dispatch import Signal
from django_q.tasks import async_task

from accounts_app.audit import Action, record
from accounts_app.models import User
from accounts_app.request_ids import carried
from packages_app.errors import JobNotFound, JobNotRetryable
from packages_app.models import Job, Package

log = logging.getLogger(__name__)

_SECONDS_BETWEEN_REPORTS = 0.5
_PAUSE_FOR_ANOTHER = timedelta(seconds=5)
#: Sent with the `job` and its final `status`, for whoever counts, once that is committed.
job_ended = Signal()


class Occupied(Exception):
    """What the job needs is another job's until that is over."""


class LeaseLost(Exception):
    """Another worker has the job now; whatever this one still does must not take effect."""


def enqueue(job: Job) -> None:
    """Queue a job. Joins the transaction under way, so that job and queue row stand or fall together.

    A worker that takes tasks ahead may die before it claims their jobs, so a job that nobody claims is queued again.
    """
    Job.objects.filter(pk=job.pk).update(queued_at=Now(), lease_until=Now() + _untaken())
    _deliver(job)


def enqueue_again(job: Job) -> None:
    """Queue a job that has waited too long, and wait for it as long again as it has, so that a long queue doesn't fill
    with copies. Joins the transaction under way."""
    waited = Coalesce(Now() - F("queued_at"), Value(_untaken()), output_field=DurationField())
    Job.objects.filter(pk=job.pk).update(lease_until=Now() + Greatest(waited, Value(_untaken())))
    _deliver(job)


def _deliver(job: Job) -> None:
    async_task(f"{settings.PIPELINE}.run", str(job.pk), task_name=str(job)[:100])


def _untaken() -> timedelta:
    """How long a queued job may wait before its message counts as lost."""
    return 3 * settings.JOB_LEASE


@dataclass
class Claim:
    """A worker's hold on a job: the job as claimed, and the fence that proves the hold."""

    job: Job
    fence: int
    lost: threading.Event = field(default_factory=threading.Event)
    over: threading.Event = field(default_factory=threading.Event)
    #: What was reported and is not yet in the row.
    _news: dict[str, Any] = field(default_factory=dict)

    @property
    def held(self) -> QuerySet[Job]:
        """The job's row, as long as it is this worker's."""
        return Job.objects.filter(pk=self.job.pk, fence=self.fence, status=Job.Status.RUNNING)

    def report(self, stage: str, progress: float, activity: str = "") -> None:
        """Say the stage, how far the job is (0-1) and, in words, what it is at. Who keeps the lease tells watchers twice a
        second: telling them here, a short job would wait longer for the disk than it works. Raises LeaseLost."""
        if self.lost.is_set():
            raise LeaseLost(str(self.job.pk))
        self._news = {"stage": stage, "progress": min(max(progress, 0.0), 1.0), "activity": activity}

    @property
    def has_news(self) -> bool:
        """Whether anything was reported that watchers weren't told."""
        return bool(self._news)

    def renew(self) -> None:
        """Renew the lease, and tell what was reported. Raises LeaseLost."""
        self._renew()

    def _renew(self, **changes: Any) -> None:
        news = self._news
        if self.lost.is_set() or not self.held.update(lease_until=Now() + settings.JOB_LEASE, **news | changes):
            self.lost.set()
            raise LeaseLost(str(self.job.pk))
        if self._news is news:  # where the database was away, they are told the next time
            self._news = {}

    def lock(self) -> Job:
        """The job's row, locked until the transaction ends: the last look before an effect. Raises LeaseLost."""
        job = self.held.select_for_update().first()
        if job is None:
            raise LeaseLost(str(self.job.pk))
        return job

    def note(self, **changes: Any) -> None:
        """Write what became known of the job, in the row and in the job at hand. Raises LeaseLost."""
        self._renew(**changes)
        for field_name, value in changes.items():
            setattr(self.job, field_name, value)

    def finish(self, **changes: Any) -> None:
        """End the job as succeeded; what the transaction under way writes takes effect with it. Raises LeaseLost."""
        self.end(Job.Status.SUCCEEDED, stage="done", progress=1, **changes)

    def end(self, status: Job.Status, **changes: Any) -> None:
        """End the job. Raises LeaseLost when it isn't this worker's to end."""
        self.over.set()
        ended = {"status": status, "lease_until": None, "finished_at": Now(), "activity": ""}
        with transaction.atomic(savepoint=False):
            if not self.held.update(**self._news | ended | changes):
                raise LeaseLost(str(self.job.pk))
            if self.job.kind != Job.Kind.RESCORE:
                self._record(status, changes.get("package") or self.job.package, changes.get("error_code", ""))
            transaction.on_commit(partial(self._tell, status, changes.get("error_code", "")))

    def _tell(self, status: Job.Status, code: str) -> None:
        log.info("job ended", extra={"kind": self.job.kind, "status": status.value, "code": code})
        job_ended.send_robust(Job, job=self.job, status=status)

    def _record(self, status: Job.Status, package: Package | None, code: str) -> None:
        named = package or self.job
        record(
            Action.JOB_ENDED,
            f"package {package.pk}" if package else f"job {self.job.pk}",
            actor=self.job.owner,
            job=str(self.job.pk),
            kind=self.job.kind,
            name=named.name,
            version=named.version,
            outcome=status.value,
            code=code,
        )


def claim_job(job_id: UUID) -> Claim | None:
    """Take a queued job, or a running one whose lease ran out; None when there's nothing to take."""
    given_up = Q(status=Job.Status.RUNNING, lease_until__lt=Now(), attempts__lt=settings.JOB_ATTEMPTS)
    free = Q(status=Job.Status.QUEUED) | given_up
    taken = Job.objects.filter(free, pk=job_id).update(
        status=Job.Status.RUNNING,
        fence=F("fence") + 1,
        attempts=F("attempts") + 1,
        lease_until=Now() + settings.JOB_LEASE,
        started_at=Now(),
    )
    if not taken:
        return None
    job = Job.objects.select_related("package", "owner").get(pk=job_id)
    return Claim(job, job.fence)


@contextmanager
def keeping_lease(claim: Claim) -> Iterator[None]:
    """Renew the claim's lease in the background, so that one long step doesn't lose it, and tell what it reports."""

    def renew() -> None:
        seldom = settings.JOB_LEASE.total_seconds() / 4
        renewed = time.monotonic()
        while not claim.over.wait(min(_SECONDS_BETWEEN_REPORTS, seldom)):
            if not claim.has_news and time.monotonic() - renewed < seldom:
                continue
            renewed = time.monotonic()
            try:
                claim.renew()
            except LeaseLost:
                if not claim.over.is_set():
                    log.warning("the lease of job %s was lost", claim.job.pk)
                break
            except DatabaseError as error:  # it may be back before the lease is over
                log.warning("the lease of job %s could not be renewed: %s", claim.job.pk, error)
                connection.close()
        connection.close()

    keeper = threading.Thread(target=carried(renew), name=f"lease {claim.job.pk}", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        claim.over.set()
        keeper.join()


def queue_rescore(package: Package, *, recollect: bool, owner: User | None = None) -> Job:
    """Queue a package's scoring anew: from its bytes, or from stored evidence where only its parents changed."""
    with transaction.atomic():
        job = Job.objects.create(
            kind=Job.Kind.RESCORE,
            package=package,
            owner=owner,
            name=package.name,
            version=package.version,
            request={"recollect": recollect},
        )
        enqueue(job)
    return job


def put_back(claim: Claim, *, detail: str) -> bool:
    """After a passing failure: have the sweeper queue the job again in a while, twice as long each time, or end it when
    its attempts are used up. Whether it will be tried again."""
    with transaction.atomic():
        job = claim.lock()
        if job.attempts >= settings.JOB_ATTEMPTS:
            claim.end(
                Job.Status.FAILED,
                error_code="internal",
                error_detail=f"{detail} It was tried {job.attempts} times; an administrator can retry it.",
            )
            return False
        pause = timedelta(seconds=2**job.attempts)
        waiting = {"queued_at": Now(), "lease_until": Now() + pause, "stage": "waiting to try again"}
        claim.held.update(status=Job.Status.QUEUED, **waiting)
        return True


def put_off(claim: Claim) -> None:
    """Make way for another job: have the sweeper queue this one again in a while, without an attempt used up."""
    with transaction.atomic():
        claim.lock()
        waiting = {"queued_at": Now(), "lease_until": Now() + _PAUSE_FOR_ANOTHER, "stage": "waiting for another job"}
        claim.held.update(status=Job.Status.QUEUED, attempts=F("attempts") - 1, **waiting)


def take_back(job: Job) -> bool:
    """Queue a job again whose lease ran out; or end it, when its attempts are used up: what ends one worker after the other
    would do so for ever. Whether it was queued. The caller holds the row's lock."""
    if job.status == Job.Status.QUEUED:
        enqueue_again(job)
    elif job.attempts < settings.JOB_ATTEMPTS:
        Job.objects.filter(pk=job.pk).update(status=Job.Status.QUEUED, stage="waiting for a worker")
        enqueue(job)
    else:
        Claim(job, job.fence).end(
            Job.Status.FAILED,
            error_code="worker_died",
            error_detail=f"The worker died {job.attempts} times while it was at work on this, perhaps for want of memory; "
            "an administrator can retry it.",
        )
        return False
    return True


def retry_job(*, job_id: UUID) -> Job:
    """Queue a job that ended without its package being stored or refused. Raises JobNotFound, JobNotRetryable."""
    with transaction.atomic():
        job = Job.objects.select_for_update().filter(pk=job_id).first()
        if job is None:
            raise JobNotFound("There is no such job.")
        has_bytes = job.package_id is not None or job.kind == Job.Kind.INGEST
        if job.status not in {Job.Status.FAILED, Job.Status.UNAVAILABLE} or not has_bytes:
            raise JobNotRetryable(
                "Only a job that failed for a passing reason can be retried; upload the package again."
            )
        job.status, job.attempts, job.error_code, job.error_detail = Job.Status.QUEUED, 0, "", ""
        job.finished_at, job.progress, job.stage, job.scores, job.failed_metrics = None, 0, "", None, []
        job.save()
        enqueue(job)
        return job
