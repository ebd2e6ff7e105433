"""How the work goes: jobs waiting and running, and whether a worker lives."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import QuerySet

from accounts_app.models import User
from packages_app.models import Job

#: How a job ends that leaves no package behind, or not the one that was wanted.
UNSUCCESSFUL = (Job.Status.FAILED, Job.Status.UNAVAILABLE, Job.Status.REJECTED)
UNDER_WAY = (Job.Status.QUEUED, Job.Status.RUNNING)

_STATE = """
SELECT
    count(*) FILTER (WHERE status = 'queued'),
    count(*) FILTER (WHERE status = 'running'),
    extract(epoch FROM now() - min(created_at) FILTER (WHERE status = 'queued')),
    (SELECT extract(epoch FROM now() - max(seen_at)) FROM workers)
FROM jobs WHERE status IN ('queued', 'running')
"""


@dataclass(frozen=True)
class QueueState:
    """Counts of jobs; the age of the oldest waiting one and the time since a worker was heard of, in seconds."""

    queued: int
    running: int
    oldest_seconds: float | None
    silent_seconds: float | None


def jobs_seen_by(user: User, *, mine: bool, under_way: bool) -> QuerySet[Job]:
    """Jobs, newest first: those that `user` asked for, an administrator's own or, without `mine`, everybody's.

    `under_way` leaves those out that are over.
    """
    jobs = Job.objects.filter(status__in=UNDER_WAY) if under_way else Job.objects.all()
    return jobs if user.is_administrator and not mine else jobs.filter(owner=user)


def queue_state() -> QueueState:
    with connection.cursor() as cursor:
        cursor.execute(_STATE)
        queued, running, oldest, silent = cursor.fetchone()
    return QueueState(queued, running, _seconds(oldest), _seconds(silent))


def _seconds(value: object) -> float | None:
    return None if value is None else round(float(str(value)), 3)
