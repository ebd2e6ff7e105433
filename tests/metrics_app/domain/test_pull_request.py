from dataclasses import replace

import pytest

from metrics_app.domain import pull_request, reviewedness
from metrics_app.domain.evidence import Account, Evidence, MainlineCommit, Missing, Person, Pull
from metrics_app.domain.result import Status
from tests.metrics_app.domain.examples import ABSENT, ARCHIVE, EVIDENCE, GIT, GITHUB, UNAVAILABLE

ADA, BEN, BOT = Account("ada", bot=False), Account("Ben", bot=False), Account("dependabot[bot]", bot=True)
PEOPLE = (Person("Ada", "ada@x"), Person("Ben", "ben@x"), Person("dependabot[bot]", ""))


def pull(
    *reviewers: Account, author: Account | None = ADA, merged: bool = True, commits: tuple[str, ...] = ("a",)
) -> Pull:
    return Pull(1, author, merged, reviewers, commits)


def evidence(mainline: tuple[MainlineCommit, ...], *pulls: Pull, complete: bool = True) -> Evidence:
    git = replace(GIT, people=PEOPLE, mainline=mainline, mainline_complete=complete)
    return replace(EVIDENCE, git=git, github=replace(GITHUB, pulls=pulls))


TWO = (MainlineCommit("a", 0, 30), MainlineCommit("b", 1, 10))


@pytest.mark.parametrize(
    ("pulls", "value"),
    [
        ((), 0.0),
        ((pull(BEN),), 0.75),
        ((pull(BEN, commits=("b",)),), 0.25),
        ((pull(BEN, commits=("a", "b")),), 1.0),
        ((pull(BEN), pull(ADA, author=BEN, commits=("b",))), 1.0),
        ((pull(),), 0.0),
        # Reviewed by its author, whatever the case of the name, or by a bot alone.
        ((pull(ADA),), 0.0),
        ((pull(Account("ADA", bot=False)),), 0.0),
        ((pull(BOT),), 0.0),
        ((pull(Account("copilot-review-bot", bot=False)),), 0.0),
        ((pull(BOT, BEN),), 0.75),
        # Closed without a merge.
        ((pull(BEN, merged=False),), 0.0),
        # The author's account is gone.
        ((pull(BEN, author=None),), 0.75),
        # A bot's pull request that a human merged adds nobody's lines.
        ((pull(BEN, author=BOT),), 0.0),
        ((pull(ADA, author=BOT), pull(ADA, author=BEN, commits=("b",))), 1.0),
        ((pull(BEN, commits=("unknown",)),), 0.0),
    ],
)
def test_share_of_added_lines_that_were_reviewed(pulls: tuple[Pull, ...], value: float) -> None:
    assert pull_request.score(evidence(TWO, *pulls)).value == value


@pytest.mark.parametrize(
    ("trailers", "value", "flags"),
    [
        ((), 0.0, ()),
        (("Ben <ben@x>",), 1.0, ("trailers_counted",)),
        (("Ben",), 1.0, ("trailers_counted",)),
        (("Ada <other@x>",), 0.0, ()),
        (("Countess <ADA@x>",), 0.0, ()),
        (("review-bot <>",), 0.0, ()),
        (("",), 0.0, ()),
        (("Ada <ada@x>", "Ben <ben@x>"), 1.0, ("trailers_counted",)),
    ],
)
def test_reviewed_by_trailer_that_names_somebody_else_counts(
    trailers: tuple[str, ...], value: float, flags: tuple[str, ...]
) -> None:
    result = pull_request.score(evidence((MainlineCommit("a", 0, 5, trailers),)))
    assert (result.value, result.flags) == (value, flags)


def test_commits_by_bots_are_left_out() -> None:
    mainline = (MainlineCommit("a", 0, 10), MainlineCommit("z", 2, 990))
    assert pull_request.score(evidence(mainline, pull(BEN))).value == 1.0


@pytest.mark.parametrize(
    ("number", "complete", "flags"), [(2000, True, ()), (2001, True, ("sampled",)), (5, False, ("sampled",))]
)
def test_only_the_newest_commits_count(number: int, complete: bool, flags: tuple[str, ...]) -> None:
    mainline = tuple(MainlineCommit(str(at), 0, 1) for at in range(number))
    result = pull_request.score(evidence(mainline, complete=complete))
    assert (result.flags, result.evidence["commits"]) == (flags, min(number, 2000))


@pytest.mark.parametrize(
    ("git", "github", "status"),
    [
        (ABSENT, ABSENT, Status.NOT_APPLICABLE),
        (UNAVAILABLE, UNAVAILABLE, Status.UNAVAILABLE),
        (GIT, UNAVAILABLE, Status.UNAVAILABLE),
        (GIT, ABSENT, Status.NOT_APPLICABLE),
        (UNAVAILABLE, GITHUB, Status.UNAVAILABLE),
        (replace(GIT, mainline=()), GITHUB, Status.NOT_APPLICABLE),
        (replace(GIT, mainline=(MainlineCommit("a", 0, 0),)), GITHUB, Status.NOT_APPLICABLE),
        (GIT, GITHUB, Status.MEASURED),
    ],
)
def test_status_without_evidence(git: Missing, github: Missing, status: Status) -> None:
    seen = replace(EVIDENCE, git=git, github=github)
    assert pull_request.score(seen).status == status
    assert reviewedness.score(seen).status == status


def test_reviewedness_is_the_same_share_for_models_alone() -> None:
    seen = evidence(TWO, pull(BEN))
    assert (reviewedness.score(seen).metric, reviewedness.score(seen).value) == ("reviewedness", 0.75)
    package = reviewedness.score(replace(seen, archive=replace(ARCHIVE, kind="npm")))
    assert (package.value, package.status) == (None, Status.NOT_APPLICABLE)
