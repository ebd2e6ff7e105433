"""Every number that tells how the registry works: its name, unit, labels and meaning, said here and nowhere else.

Prometheus scrapes them at /metrics, CloudWatch takes them from lines of the log (embedded metric format), and
deploy/stacks/watching.yaml shows and watches them there, all under these names.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Number:
    """One number.

    kind: a counter is told what is added, a timing each duration, a gauge how things stand now, asked of the database.
    labels: what it is told apart by; each takes few values. groups: the labels by which CloudWatch keeps it apart, once
    for each group and at a price for every combination of values; the empty group is all of it together.
    """

    name: str
    kind: Literal["counter", "timing", "gauge"]
    unit: Literal["Count", "Seconds", "Bytes"]
    meaning: str
    labels: tuple[str, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ((),)


REQUEST_SECONDS = Number(
    "registry_request_seconds",
    "timing",
    "Seconds",
    "Time to answer a request, by its endpoint; probes aside.",
    labels=("method", "route", "status"),
    groups=((), ("route",)),
)
REQUESTS_REFUSED = Number(
    "registry_requests_refused_total",
    "counter",
    "Count",
    "Requests answered with 4xx: the caller's.",
    labels=("route",),
)
REQUESTS_FAILED = Number(
    "registry_requests_failed_total",
    "counter",
    "Count",
    "Requests answered with 5xx: ours.",
    labels=("route",),
    groups=((), ("route",)),
)
CALLS_SPENT = Number("registry_calls_spent_total", "counter", "Count", "Calls of tokens that were spent.")
JOBS_ENDED = Number(
    "registry_jobs_ended_total",
    "counter",
    "Count",
    "Jobs that ended, but for those whose package was deleted meanwhile.",
    labels=("kind", "status"),
    groups=(("status",), ("kind", "status")),
)
INGESTS = Number(
    "registry_ingests_total",
    "counter",
    "Count",
    "Ingests that ended: accepted, rejected for their scores, unavailable for want of evidence, or failed.",
    labels=("provider", "result"),
    groups=(("result",),),
)
POLICY_VERDICTS = Number(
    "registry_policy_verdicts_total",
    "counter",
    "Count",
    "Verdicts of the sandbox on downloads of sensitive packages.",
    labels=("code",),
    groups=(("code",),),
)
DEAD_LETTERS = Number(
    "registry_dead_letters_total", "counter", "Count", "Messages that the queue gave up, each of them a job as a rule."
)
ERRORS_LOGGED = Number(
    "registry_errors_logged_total",
    "counter",
    "Count",
    "Lines of the log that say ERROR or worse, by the room they come from.",
    labels=("room",),
)
JOBS = Number("registry_jobs", "gauge", "Count", "Jobs that are not over.", labels=("status",), groups=(("status",),))
OLDEST_QUEUED = Number(
    "registry_oldest_queued_seconds", "gauge", "Seconds", "Age of the job that waits longest; 0 where none waits."
)
PACKAGES = Number(
    "registry_packages", "gauge", "Count", "Packages that are published.", labels=("kind",), groups=(("kind",),)
)
STORED_BYTES = Number(
    "registry_stored_bytes",
    "gauge",
    "Bytes",
    "Size of the published packages' archives.",
    labels=("kind",),
    groups=(("kind",),),
)

NUMBERS = (
    REQUEST_SECONDS,
    REQUESTS_REFUSED,
    REQUESTS_FAILED,
    CALLS_SPENT,
    JOBS_ENDED,
    INGESTS,
    POLICY_VERDICTS,
    DEAD_LETTERS,
    ERRORS_LOGGED,
    JOBS,
    OLDEST_QUEUED,
    PACKAGES,
    STORED_BYTES,
)
