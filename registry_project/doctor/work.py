"""Jobs that are stuck, and whoever should have worked on them."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.db.models.functions import Now
from django_q.models import OrmQ

from packages_app.models import Job, Package
from packages_app.queries.work import queue_state
from packages_app.services.delete import discard_pending
from packages_app.services.jobs import enqueue, retry_job
from packages_app.services.sweep import sweep
from registry_project import outbox
from registry_project.doctor.finding import Finding
from registry_project.queueing import SqsQueue, forward_tasks

_SILENT_SECONDS = 30
_WAITING_SECONDS = 600
_STUCK = timedelta(minutes=1)
_OPEN = (Job.Status.QUEUED, Job.Status.RUNNING)


def workers() -> Iterator[Finding]:
    state = queue_state()
    if state.silent_seconds is None or state.silent_seconds > _SILENT_SECONDS:
        since = "never" if state.silent_seconds is None else f"not for {state.silent_seconds:.0f} seconds"
        yield Finding("workers", "all", f"a worker was heard of {since}", "Start one with `manage.py serve worker`.")
    elif (state.oldest_seconds or 0) > _WAITING_SECONDS:
        yield Finding(
            "queue",
            f"{state.queued} jobs",
            f"the first of them has waited for {state.oldest_seconds:.0f} seconds",
            "Start more workers, or set REGISTRY_WORKERS to more than there are.",
        )


def queue_elsewhere() -> Iterator[Finding]:
    """The queue on SQS, where it is there: whether it can be reached, and tasks that should have been sent long ago."""
    if settings.SQS_QUEUE:
        try:
            SqsQueue(settings.SQS_QUEUE).queue_size()
        except (BotoCoreError, ClientError) as error:
            advice = "See that REGISTRY_SQS_QUEUE, AWS_REGION, its credentials and the network are right."
            yield Finding("queue", settings.SQS_QUEUE, str(error), advice)
    late = outbox.waiting()
    if late is not None and late.seconds > _STUCK.total_seconds():
        detail = f"tasks not yet sent to the queue: {late.tasks}, the first of them since {late.seconds:.0f} seconds"
        if settings.SQS_QUEUE:
            advice = "See that SQS can be reached and REGISTRY_SQS_QUEUE is right, then send them."
            yield Finding("queue", "outbox", detail, advice, forward_tasks)
        else:
            advice = (
                "Set REGISTRY_SQS_QUEUE to the queue they were meant for, or forget them: jobs are queued again anyway."
            )
            yield Finding("queue", "outbox", detail, advice, outbox.forget)


def jobs() -> Iterator[Finding]:
    """Jobs that nobody will go on with by themselves."""
    late = Job.objects.filter(status__in=_OPEN, lease_until__lt=Now() - _STUCK)
    for job in late:
        yield Finding("jobs", str(job.pk), "its worker went away and nobody took it over", "Queue it again.", sweep)
    for job in Job.objects.filter(status=Job.Status.RUNNING, lease_until__isnull=True):
        yield Finding("jobs", str(job.pk), "it runs without a lease", "Queue it again.", partial(_release, job))
    if "orm" in settings.Q_CLUSTER and not OrmQ.objects.exists():
        lost = Job.objects.filter(status=Job.Status.QUEUED, lease_until__isnull=True, created_at__lt=Now() - _STUCK)
        for job in lost:
            yield Finding(
                "jobs", str(job.pk), "it waits but the queue is empty", "Queue it again.", partial(_queue, job)
            )
    for job in Job.objects.filter(status=Job.Status.FAILED, package__status=Package.Status.PENDING):
        advice = "Try it again; after a week its package is given up."
        yield Finding("jobs", str(job.pk), job.error_detail or "it failed", advice, partial(retry_job, job_id=job.pk))


def reservations() -> Iterator[Finding]:
    """Names that are held for packages that nothing will finish."""
    at_work = Job.objects.filter(package=OuterRef("pk"), status__in=[*_OPEN, Job.Status.FAILED, Job.Status.UNAVAILABLE])
    for package in Package.objects.filter(~Exists(at_work), status=Package.Status.PENDING):
        advice = "Free the name; the package has to be uploaded again."
        yield Finding("jobs", str(package), "it is pending and has no job", advice, partial(_discard, package))


def _release(job: Job) -> None:
    Job.objects.filter(pk=job.pk, status=Job.Status.RUNNING, lease_until__isnull=True).update(lease_until=Now())
    sweep()


def _queue(job: Job) -> None:
    with transaction.atomic():
        enqueue(job)


def _discard(package: Package) -> None:
    with transaction.atomic():
        discard_pending(package, Job())
