"""The activity of the last hour: sixty minutes of the database's clock, the one under way included."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from registry_project.watching.durations import BUCKETS, quantile

_MINUTES = """
SELECT minute, coalesce(failed, 0), durations
FROM generate_series(date_trunc('minute', now()) - interval '59 minutes', date_trunc('minute', now()), '1 minute') AS minute
LEFT JOIN activity USING (minute) ORDER BY minute
"""
_FORGET = "DELETE FROM activity WHERE minute < now() - interval '1 day'"


@dataclass(frozen=True)
class MinuteSeen:
    """How many requests a minute saw, and how many of them failed: were answered with 5xx."""

    minute: datetime
    requests: int
    errors: int


@dataclass(frozen=True)
class LastHour:
    """Requests, those that failed, and the quantiles of the time they took, in milliseconds; None where there were none.

    minutes: sixty, oldest first.
    """

    requests: int
    errors: int
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    minutes: Sequence[MinuteSeen]


def last_hour() -> LastHour:
    """As all processes of all hosts have told it so far: a few seconds late. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_MINUTES)
        rows = cursor.fetchall()
    durations = [0] * BUCKETS
    for _, _, counts in rows:
        durations = [one + other for one, other in zip(durations, counts or [0] * BUCKETS, strict=True)]
    p50, p95, p99 = (_milliseconds(quantile(durations, share)) for share in (0.5, 0.95, 0.99))
    minutes = [MinuteSeen(minute, sum(counts or ()), failed) for minute, failed, counts in rows]
    return LastHour(sum(durations), sum(each.errors for each in minutes), p50, p95, p99, minutes)


def forget_days_before() -> None:
    """Remove what is older than a day."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET)


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1 if seconds >= 0.01 else 2)
