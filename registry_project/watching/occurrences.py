"""What happens in the apps, turned into numbers. The apps send signals and know of no numbers; only here both meet."""

from typing import Any, get_args

from accounts_app.calls import call_spent
from packages_app.domain.reference import Provider
from packages_app.domain.verdicts import CODES, Verdict
from packages_app.models import Job
from packages_app.services.ask_policy import policy_asked
from packages_app.services.jobs import job_ended
from registry_project.watching.numbers import CALLS_SPENT, DEAD_LETTERS, INGESTS, JOBS_ENDED, POLICY_VERDICTS
from registry_project.watching.telling import start_at_zero, tell

_RESULTS = {
    Job.Status.SUCCEEDED: "accepted",
    Job.Status.REJECTED: "rejected",
    Job.Status.UNAVAILABLE: "unavailable",
    Job.Status.FAILED: "failed",
}


def connect() -> None:
    call_spent.connect(_on_call_spent)
    job_ended.connect(_on_job_ended)
    policy_asked.connect(_on_policy_asked)


def show_from_the_start() -> None:
    """Have the numbers of occurrences seen before they first occur, so that their growth can be."""
    start_at_zero(CALLS_SPENT)
    start_at_zero(DEAD_LETTERS)
    start_at_zero(JOBS_ENDED, kind=Job.Kind.values, status=[status.value for status in _RESULTS])
    start_at_zero(INGESTS, provider=list(get_args(Provider)), result=list(_RESULTS.values()))
    start_at_zero(POLICY_VERDICTS, code=list(CODES))


def count_job(job: Job, status: Job.Status) -> None:
    """Count a job's end."""
    tell(JOBS_ENDED, kind=job.kind, status=status.value)
    if job.kind == Job.Kind.INGEST:
        tell(INGESTS, provider=str(job.request.get("provider", "unknown")), result=_RESULTS[status])


def _on_call_spent(**_: Any) -> None:
    tell(CALLS_SPENT)


def _on_job_ended(job: Job, status: Job.Status, **_: Any) -> None:
    count_job(job, status)


def _on_policy_asked(verdict: Verdict, **_: Any) -> None:
    tell(POLICY_VERDICTS, code=verdict.code)
