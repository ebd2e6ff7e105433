"""How alive the project is, and how soon its people are answered.

    mean of A and I
    A = min(1, (commits in 90 days + members' issue comments in 90 days) / 12), 0 if archived; 12 shrinks with the age
        of a repository younger than 90 days
    I = curve over the median time to the first human answer by someone else, over issues and pull requests opened in
        the last 365 days, unanswered ones at their present age: 5 days -> 1, 30 -> 0.7, 90 -> 0, linear in between

Range 0 to 1. Without issues A alone, flagged. For a model without a linked repository the Hugging Face repository's
commits and discussions are taken. Source: OpenSSF Scorecard, "Maintained"; npms.io, "maintenance".
"""

from datetime import datetime
from statistics import median

from metrics_app.domain.codec import JSON
from metrics_app.domain.curve import on_curve
from metrics_app.domain.evidence import Activity, Evidence, HubEvidence, Missing, Thread
from metrics_app.domain.result import Formula, Result

FORMULA = Formula("responsive_maintainer", version=1)
ACTIONS, WINDOW_DAYS, THREAD_DAYS = 12, 90, 365
ANSWER_DAYS = ((5.0, 1.0), (30.0, 0.7), (90.0, 0.0))
ADVICE = "Answer issues and pull requests within five days, and keep the repository active."
SECONDS_A_DAY = 86_400


def score(evidence: Evidence) -> Result:
    source = _source(evidence)
    if isinstance(source, Missing):
        return FORMULA.missing(source)
    repository, activity = source
    active = activity_score(activity)
    waits = answer_days(activity)
    answered = on_curve(median(waits), ANSWER_DAYS) if waits else None
    value = active if answered is None else (active + answered) / 2
    shown: dict[str, JSON] = {
        "repository": repository,
        "activity": active,
        "interaction": answered,
        "commits_90d": activity.commits_90d,
        "member_comments_90d": activity.member_comments_90d,
        "archived": activity.archived,
        "threads": len(waits),
        "median_answer_days": median(waits) if waits else None,
    }
    flags = [name for name, there in (("no_issues", not waits), ("archived", activity.archived)) if there]
    return FORMULA.measured(
        value, _reason(activity, waits), evidence=shown, flags=tuple(flags), advice=ADVICE if value < 1 else ""
    )


def _source(evidence: Evidence) -> tuple[str, Activity] | Missing:
    if not isinstance(evidence.github, Missing):
        return evidence.github.repository, evidence.github.activity
    if evidence.github.kind == "absent":
        if isinstance(evidence.hub, HubEvidence):
            return evidence.hub.repository, evidence.hub.activity
        if evidence.hub.kind == "unavailable":
            return evidence.hub
    return evidence.github


def activity_score(activity: Activity) -> float:
    if activity.archived:
        return 0.0
    age = _days(activity.created_at, activity.collected_at)
    wanted = ACTIONS * min(1.0, age / WINDOW_DAYS)
    actions = activity.commits_90d + activity.member_comments_90d
    return min(1.0, actions / wanted) if wanted > 0 else float(actions > 0)


def answer_days(activity: Activity) -> list[float]:
    """Days to the first answer of each thread of the last year; for one without, its age."""
    return [
        _days(thread.opened_at, thread.answered_at or activity.collected_at)
        for thread in activity.threads
        if _is_recent(thread, activity)
    ]


def _is_recent(thread: Thread, activity: Activity) -> bool:
    return _days(thread.opened_at, activity.collected_at) <= THREAD_DAYS


def _days(start: str, end: str) -> float:
    """Days from one ISO 8601 time to another, never less than 0."""
    seconds = (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()
    return max(0.0, seconds / SECONDS_A_DAY)


def _reason(activity: Activity, waits: list[float]) -> str:
    if activity.archived:
        return "The repository is archived."
    acts = f"{activity.commits_90d} commits and {activity.member_comments_90d} comments by members in 90 days"
    return (
        f"{acts}; the median first answer takes {median(waits):.1f} days." if waits else f"{acts}; no issues in a year."
    )
