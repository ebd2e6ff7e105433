"""What AWS Lambda is called for beside requests: messages given up, the outbox, the hourly tidying."""

import logging
from collections.abc import Mapping
from typing import Any

from django.core.management import call_command
from django.db.models import Q
from django.db.models.functions import Now
from django_q.signing import BadSignature, SignedPackage
from django_q.tasks import async_task

from accounts_app.request_ids import known_as
from packages_app.models import Job
from registry_project.queueing import forward_tasks
from registry_project.watching.numbers import DEAD_LETTERS
from registry_project.watching.occurrences import count_job
from registry_project.watching.telling import tell

log = logging.getLogger(__name__)


def settle_dead_letter(event: Mapping[str, Any], _context: object) -> None:
    """End the jobs whose message came to the dead letters, so that their owners see it and an administrator can retry.

    `event`: from SQS. A job that is over, or that a worker holds, is left alone; a message that isn't ours is logged.
    """
    for record in event["Records"]:
        tell(DEAD_LETTERS)
        job_id = _job_of(record["body"])
        if job_id is None:
            log.error("a dead letter isn't a task of ours", extra={"message_id": record["messageId"]})
            continue
        unheld = Q(status=Job.Status.QUEUED) | Q(status=Job.Status.RUNNING, lease_until__lt=Now())
        ended = Job.objects.filter(unheld, pk=job_id).update(
            status=Job.Status.FAILED,
            lease_until=None,
            finished_at=Now(),
            error_code="internal",
            error_detail="The queue handed the job out again and again, and no worker ended it; an administrator can retry it.",
        )
        job = Job.objects.filter(pk=job_id).first()
        if ended and job is not None:
            count_job(job, Job.Status.FAILED)
        with known_as(job.request_id if job else "", job=job_id):
            log.error("a dead letter was settled", extra={"ended": bool(ended)})


def _job_of(message: str) -> str | None:
    """The id of the job that a task of the queue is about; None for anything else."""
    try:
        task = SignedPackage.loads(message)
    except (BadSignature, TypeError):
        return None
    arguments = task.get("args") or ()
    return str(arguments[0]) if str(task.get("func", "")).endswith(".run") and arguments else None


def forward(_event: Mapping[str, Any], _context: object) -> None:
    """Every minute: send the tasks whose sender died or found the queue away. Where no worker lives, nobody else does."""
    forward_tasks()


def tidy(_event: Mapping[str, Any], _context: object) -> None:
    """Every hour: forget sessions that are over; have a worker remove what no row names, which may take it long."""
    call_command("clearsessions")
    async_task("packages_app.services.sweep.sweep_leftovers", task_name="sweep leftovers")
