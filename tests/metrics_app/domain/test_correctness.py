from dataclasses import replace

import pytest

from metrics_app.domain.correctness import score
from metrics_app.domain.evidence import ArchiveEvidence, Check, GitHubEvidence, Missing, Pull
from tests.metrics_app.domain.examples import ABSENT, EVIDENCE, GIT, GITHUB, UNAVAILABLE

GOOD, BAD = Check("good", holds=True), Check("bad", holds=False)
TESTED = ArchiveEvidence(kind="npm", manifests=(GOOD,), tests=("test/a.js",))


def pulls(*checks: bool | None, merged: bool = True) -> tuple[Pull, ...]:
    return tuple(Pull(number, None, merged, checks_passed=one) for number, one in enumerate(checks))


NO_ISSUES = replace(GITHUB, open_issues=0, closed_issues=0, recent_pulls=())


@pytest.mark.parametrize(
    ("archive", "value"),
    [
        (TESTED, 1.0),
        (ArchiveEvidence(kind="npm"), 0.4 / 0.6),
        (replace(TESTED, tests=()), 0.4 / 0.6),
        (replace(TESTED, tests=(), hollow_tests=("test/a.js",)), 0.4 / 0.6),
        (replace(TESTED, manifests=(BAD,)), 0.2 / 0.6),
        (replace(TESTED, manifests=(GOOD, BAD)), (0.4 * 0.5 + 0.2) / 0.6),
        (replace(TESTED, named_files=(BAD,)), (0.4 * 0.5 + 0.2) / 0.6),
        (replace(TESTED, named_files=(GOOD,), weights=(BAD,)), (0.4 * 2 / 3 + 0.2) / 0.6),
        (replace(TESTED, manifests=(BAD,), tests=()), 0.0),
    ],
)
def test_score_of_an_archive_alone(archive: ArchiveEvidence, value: float) -> None:
    result = score(replace(EVIDENCE, archive=archive, git=ABSENT, github=ABSENT))
    assert result.value == pytest.approx(value)
    assert result.flags == ()


@pytest.mark.parametrize(
    ("github", "value"),
    [
        (NO_ISSUES, 1.0),
        # Issues: 0.2 open or less is fine, then 0.5 -> 0.5, 1 -> 0.
        (replace(NO_ISSUES, open_issues=2, closed_issues=8), 1.0),
        (replace(NO_ISSUES, open_issues=5, closed_issues=5), (0.6 + 0.1) / 0.8),
        (replace(NO_ISSUES, open_issues=35, closed_issues=65), (0.6 + 0.2 * 0.75) / 0.8),
        (replace(NO_ISSUES, open_issues=75, closed_issues=25), (0.6 + 0.2 * 0.25) / 0.8),
        (replace(NO_ISSUES, open_issues=5), 0.6 / 0.8),
        # Merged pull requests whose checks passed; no check is no pass.
        (replace(NO_ISSUES, recent_pulls=pulls(True)), 1.0),
        (replace(NO_ISSUES, recent_pulls=pulls(True, False)), (0.6 + 0.1) / 0.8),
        (replace(NO_ISSUES, recent_pulls=pulls(None, None)), 0.6 / 0.8),
        (replace(NO_ISSUES, recent_pulls=pulls(False, merged=False)), 1.0),
        (replace(NO_ISSUES, recent_pulls=pulls(*[True] * 30, *[False] * 30)), 1.0),
        (replace(NO_ISSUES, open_issues=1, recent_pulls=pulls(False)), 0.6),
    ],
)
def test_score_with_a_repository(github: GitHubEvidence, value: float) -> None:
    result = score(replace(EVIDENCE, archive=TESTED, git=ABSENT, github=github))
    assert result.value == pytest.approx(value)


def test_tests_of_the_repository_count() -> None:
    untested = replace(TESTED, tests=())
    assert score(replace(EVIDENCE, archive=untested, git=GIT, github=ABSENT)).value == 1.0


@pytest.mark.parametrize(("github", "flags"), [(ABSENT, ()), (UNAVAILABLE, ("github_not_seen",))])
def test_measured_without_github_and_says_so(github: Missing, flags: tuple[str, ...]) -> None:
    result = score(replace(EVIDENCE, archive=TESTED, github=github))
    assert (result.value, result.flags) == (1.0, flags)


def test_reason_and_advice_name_what_is_broken() -> None:
    broken = replace(TESTED, manifests=(GOOD, Check("config.json", holds=False)))
    result = score(replace(EVIDENCE, archive=broken, git=ABSENT, github=ABSENT))
    assert result.reason == "1 of 2 integrity checks fail; tests found."
    assert result.advice == "Repair what does not hold: config.json."
