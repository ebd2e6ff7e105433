from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from metrics_app.domain.evidence import Activity, GitHubEvidence, HubEvidence, Missing, Thread
from metrics_app.domain.responsive_maintainer import score
from metrics_app.domain.result import Status
from tests.metrics_app.domain.examples import ABSENT, ACTIVITY, EVIDENCE, GITHUB, HUB, UNAVAILABLE

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def ago(days: float) -> str:
    return (NOW - timedelta(days=days)).isoformat()


def activity(actions: int = 12, *waits: float | None, age: float = 1000, archived: bool = False) -> Activity:
    """`waits`: days until each of the threads, opened 100 days ago, was answered; None: not yet."""
    threads = tuple(
        Thread(number, ago(100), None if wait is None else ago(100 - wait)) for number, wait in enumerate(waits)
    )
    return Activity(ago(0), ago(age), archived, actions, 0, threads)


@pytest.mark.parametrize(
    ("seen", "value", "flags"),
    [
        (activity(12), 1.0, ("no_issues",)),
        (activity(100), 1.0, ("no_issues",)),
        (activity(6), 0.5, ("no_issues",)),
        (activity(0), 0.0, ("no_issues",)),
        (activity(12, archived=True), 0.0, ("no_issues", "archived")),
        (activity(12, 1, archived=True), 0.5, ("archived",)),
        (activity(12, 0), 1.0, ()),
        (activity(12, 5), 1.0, ()),
        (activity(12, 17.5), (1 + 0.85) / 2, ()),
        (activity(12, 30), (1 + 0.7) / 2, ()),
        (activity(12, 60), (1 + 0.35) / 2, ()),
        (activity(12, 90), 0.5, ()),
        # Unanswered counts at its present age, 100 days here.
        (activity(12, None), 0.5, ()),
        (activity(12, 1, 1, None), 1.0, ()),
        (activity(12, 1, None), (1 + 0.7 * (90 - 50.5) / 60) / 2, ()),
        # Twelve actions are asked of 90 days; of 30 days, four.
        (activity(4, age=30), 1.0, ("no_issues",)),
        (activity(2, age=30), 0.5, ("no_issues",)),
        (activity(12, age=90), 1.0, ("no_issues",)),
        (activity(1, age=0), 1.0, ("no_issues",)),
        (activity(0, age=0), 0.0, ("no_issues",)),
    ],
)
def test_score_by_activity(seen: Activity, value: float, flags: tuple[str, ...]) -> None:
    result = score(replace(EVIDENCE, github=replace(GITHUB, activity=seen)))
    assert result.value == pytest.approx(value)
    assert result.flags == flags


def test_comments_by_members_are_actions_too() -> None:
    seen = replace(activity(2), member_comments_90d=4)
    assert score(replace(EVIDENCE, github=replace(GITHUB, activity=seen))).value == 0.5


def test_threads_older_than_a_year_are_left_out() -> None:
    old = Thread(9, ago(366), None)
    seen = replace(activity(12, 1), threads=(*activity(12, 1).threads, old))
    assert score(replace(EVIDENCE, github=replace(GITHUB, activity=seen))).value == 1.0
    assert score(replace(EVIDENCE, github=replace(GITHUB, activity=replace(seen, threads=(old,))))).flags == (
        "no_issues",
    )


@pytest.mark.parametrize(
    ("github", "hub", "status", "repository"),
    [
        (GITHUB, HUB, Status.MEASURED, GITHUB.repository),
        (ABSENT, replace(HUB, repository="hub/model"), Status.MEASURED, "hub/model"),
        (ABSENT, ABSENT, Status.NOT_APPLICABLE, None),
        (ABSENT, UNAVAILABLE, Status.UNAVAILABLE, None),
        (UNAVAILABLE, HUB, Status.UNAVAILABLE, None),
        (UNAVAILABLE, ABSENT, Status.UNAVAILABLE, None),
    ],
)
def test_which_project_is_measured(
    github: GitHubEvidence | Missing, hub: HubEvidence | Missing, status: Status, repository: str | None
) -> None:
    result = score(replace(EVIDENCE, github=github, hub=hub))
    assert (result.status, result.evidence.get("repository")) == (status, repository)


def test_evidence_says_how_long_an_answer_takes() -> None:
    result = score(replace(EVIDENCE, github=replace(GITHUB, activity=ACTIVITY)))
    assert result.reason == "5 commits and 1 comments by members in 90 days; the median first answer takes 2.0 days."
    assert (result.evidence["activity"], result.evidence["interaction"]) == (0.5, 1.0)
