"""Truck factors computed by hand from the definition in the module's docstring."""

from collections.abc import Sequence
from dataclasses import replace
from math import log

import pytest

from metrics_app.domain.bus_factor import TruckFactor, authors, degrees_of_authorship, human_files, score, truck_factor
from metrics_app.domain.evidence import Evidence, FileHistory, GitEvidence, Missing, Person
from metrics_app.domain.result import Status
from tests.metrics_app.domain.examples import ABSENT, EVIDENCE, GIT, HUB, UNAVAILABLE


def file(creators: Sequence[int], changes: dict[int, int], path: str = "a.py") -> FileHistory:
    return FileHistory(path, tuple(creators), tuple(changes.items()))


def owned(*counts: int) -> list[FileHistory]:
    """Files of one author each: person 0 has the first count, person 1 the second…"""
    return [file([who], {}) for who, count in enumerate(counts) for _ in range(count)]


def test_degrees_of_authorship_follow_the_formula() -> None:
    degrees = degrees_of_authorship(file([0], {0: 2, 1: 5}))
    assert degrees == {
        0: pytest.approx(3.293 + 1.098 + 0.164 * 2 - 0.321 * log(6)),
        1: pytest.approx(3.293 + 0.164 * 5 - 0.321 * log(3)),
    }


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        (file([], {}), set()),
        (file([0], {}), {0}),
        # 4.391 - 0.321 ln 2 = 4.168 against 3.457: 0.829 of the best, and over 3.293.
        (file([0], {1: 1}), {0, 1}),
        # 4.719 against 3.293 + 0.164 - 0.321 ln 3 = 3.104: too little in itself.
        (file([0], {0: 2, 1: 1}), {0}),
        # 6.031 - 0.321 ln 3 = 5.678 against 3.621 - 0.321 ln 11 = 2.851.
        (file([0], {0: 10, 1: 2}), {0}),
        # 3.293 + 1.64 - 0 = 4.933 for the other, 4.391 - 0.321 ln 11 = 3.621 for the creator: 0.734 of the best.
        (file([0], {1: 10}), {1}),
        # Exactly 3.293 or more is asked of the creator too: 4.391 - 0.321 ln 41 = 3.199, and nobody else has more.
        (file([0], dict.fromkeys(range(1, 41), 1)), set()),
        # Added again by somebody else after it was deleted: both created it.
        (file([0, 1], {}), {0, 1}),
    ],
)
def test_authors_of_a_file(history: FileHistory, expected: set[int]) -> None:
    assert authors(history) == expected


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ([], TruckFactor((), 0, 0, 0)),
        (owned(4), TruckFactor(((0, 4),), 1, 4, 4)),
        # After 0 goes exactly half have an author: not fewer than half, so 1 goes too.
        (owned(2, 1, 1), TruckFactor(((0, 2), (1, 1)), 2, 2, 4)),
        (owned(6, 4), TruckFactor(((0, 6),), 1, 6, 10)),
        (owned(1, 1, 1, 1), TruckFactor(((0, 1), (1, 1), (2, 1)), 3, 1, 4)),
        # Fewer than half have an author to begin with: nobody needs to go.
        ([file([], {})] * 3 + owned(2), TruckFactor((), 0, 2, 5)),
        # 0 authors 20 of 41, 1 to 21 one each: 20 and one go; the one has 5 % of the top author's files.
        (owned(20, *[1] * 21), TruckFactor(((0, 20), (1, 1)), 1, 20, 41)),
        # Exactly 10 % is not pruned.
        (owned(10, *[1] * 11), TruckFactor(((0, 10), (1, 1)), 2, 10, 21)),
        # A file with two authors keeps one of them.
        ([file([0], {1: 1})] * 3 + owned(1), TruckFactor(((0, 4), (1, 3)), 2, 4, 4)),
        # As many files: who changed more goes first.
        ([*owned(1, 0), file([1], {1: 3})], TruckFactor(((1, 1), (0, 1)), 2, 1, 2)),
    ],
)
def test_truck_factor(files: list[FileHistory], expected: TruckFactor) -> None:
    assert truck_factor(files) == expected


def history(*files: FileHistory, commits: int = 50, people: Sequence[Person] = GIT.people) -> Evidence:
    named = tuple(replace(one, path=f"src/{number}.py") for number, one in enumerate(files))
    return replace(EVIDENCE, git=replace(GIT, files=named, commits=commits, people=tuple(people)))


@pytest.mark.parametrize(
    ("files", "value", "factor", "pruned"),
    [
        (owned(10), 0.0, 1, 1),
        (owned(6, 4), 0.4, 1, 1),
        (owned(5, 5), 0.5, 2, 2),
        (owned(4, 4, 4), 1 - 1 / 2, 2, 2),
        ([file([], {})] * 8 + owned(4, 2), 1 - 4 / 14, 0, 0),
    ],
)
def test_score_of_a_history(files: list[FileHistory], value: float, factor: int, pruned: int) -> None:
    result = score(history(*files))
    assert result.value == pytest.approx(value)
    assert (result.evidence["truck_factor"], result.evidence["truck_factor_pruned"]) == (factor, pruned)
    assert result.flags == ()


def test_score_says_what_it_rests_on() -> None:
    result = score(history(*owned(6, 4)))
    assert result.evidence == {
        "truck_factor": 1,
        "truck_factor_pruned": 1,
        "authors": [{"name": "Ada", "files": 6}],
        "top_author_share": 0.6,
        "files": 10,
        "commits": 50,
        "repository": GIT.repository,
        "head": GIT.head,
    }
    assert result.reason == "Ada leaving would leave more than half of 10 source files without an author."


@pytest.mark.parametrize(
    ("files", "commits", "flags"),
    [(owned(5, 5), 10, ()), (owned(5, 4), 10, ("small_sample",)), (owned(5, 5), 9, ("small_sample",))],
)
def test_small_histories_are_flagged(files: list[FileHistory], commits: int, flags: tuple[str, ...]) -> None:
    assert score(history(*files, commits=commits)).flags == flags


def test_history_that_was_cut_is_flagged() -> None:
    cut = replace(GIT, files=tuple(owned(5, 5)), commits=10, complete=False)
    assert score(replace(EVIDENCE, git=cut)).flags == ("sampled",)


def test_bots_are_left_out_and_their_files_too() -> None:
    people = (Person("Ada", "ada@x"), Person("dependabot[bot]", "bot@x"), Person("Ben", "ben@x"))
    git = replace(GIT, people=people, files=(file([1], {1: 9}), file([1], {0: 1}), file([0], {1: 9, 2: 1})))
    assert human_files(git) == [file([], {0: 1}), file([0], {2: 1})]


def test_aliases_are_one_person() -> None:
    people = (Person("Ada", "ada@x"), Person("Ada", "ada@home"), Person("A. L.", "ada@home"))
    git = replace(GIT, people=people, files=(file([0], {1: 2, 2: 3}), file([2, 1], {})))
    assert human_files(git) == [file([0], {0: 5}), file([0], {})]


def test_only_source_files_count() -> None:
    git = replace(GIT, files=(file([0], {}, "README.md"), file([0], {}, "vendor/a.js"), file([0], {}, "a.js")))
    assert [one.path for one in human_files(git)] == ["a.js"]


BOTS_ONLY = replace(GIT, people=(Person("renovate[bot]", ""),), files=(file([0], {}),))


@pytest.mark.parametrize(
    ("git", "hub", "status"),
    [
        (ABSENT, ABSENT, Status.NOT_APPLICABLE),
        (ABSENT, replace(HUB, history=None), Status.NOT_APPLICABLE),
        (ABSENT, HUB, Status.MEASURED),
        (ABSENT, replace(HUB, history=UNAVAILABLE), Status.UNAVAILABLE),
        (ABSENT, UNAVAILABLE, Status.UNAVAILABLE),
        (UNAVAILABLE, HUB, Status.UNAVAILABLE),
        (GIT, UNAVAILABLE, Status.MEASURED),
        (BOTS_ONLY, ABSENT, Status.NOT_APPLICABLE),
        (replace(GIT, files=()), ABSENT, Status.NOT_APPLICABLE),
    ],
)
def test_which_history_is_measured(git: GitEvidence | Missing, hub: Missing, status: Status) -> None:
    assert score(replace(EVIDENCE, git=git, hub=hub)).status == status
