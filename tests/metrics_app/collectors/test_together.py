"""Collectors side by side: what each gives goes to its place, and none of them takes the others down."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from accounts_app.request_ids import current_request_id, known_as
from metrics_app.collectors.together import Collected, Collectors, Subject, collect
from metrics_app.domain.evidence import (
    ArchiveEvidence,
    Evidence,
    GitEvidence,
    Missing,
    Parent,
    ParentEvidence,
    ReproducibilityEvidence,
    Run,
    from_archive,
)
from metrics_app.domain.result import METRICS
from tests.metrics_app.domain.examples import GIT, GITHUB, HUB

URL = "https://github.com/owner/project"
PARENTS = ParentEvidence((Parent("base", 0.5),))
LINKED = ArchiveEvidence(kind="npm", repository=URL)
UNLINKED = ArchiveEvidence(kind="model")
CARD = "# Model\n\n```python\nimport json\n```\n"
RUNS = ReproducibilityEvidence((Run((), succeeded=True),))


@dataclass
class Answering:
    """A collector that answers with `found`, or does what `found` does; `asked` are the arguments of each call."""

    found: Any

    def __post_init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []

    def collect(self, *arguments: Any) -> Any:
        self.asked.append(arguments)
        return self.found() if callable(self.found) else self.found


class Mainline(Answering):
    """A forge that waits for the mainline before it answers."""

    def collect(self, repository: str, mainline: Callable[[], Sequence[str]]) -> Any:
        return super().collect(repository, tuple(mainline()))


def together(git: Any = GIT, github: Any = GITHUB, hub: Any = HUB, seconds: float = 5.0) -> Collectors:
    names = ("git", "github", "hub", "history", "reproducibility")
    forge, histories, site = Mainline(github), Answering(git), Answering(hub)
    return Collectors(
        lambda: histories, lambda: forge, lambda: site, dict.fromkeys(names, seconds), "https://hub.example"
    )


def subject(seen: ArchiveEvidence, model: tuple[str, str] | None = None) -> Subject:
    return Subject(seen, lambda: RUNS, seconds=0.25, model=model)


def test_nothing_linked_and_nothing_to_run_does_nothing() -> None:
    def unasked() -> Any:
        raise AssertionError

    threads = threading.active_count()
    found = collect(subject(UNLINKED), PARENTS, Collectors(unasked, unasked, unasked, {}, ""))
    assert found == Collected(from_archive(UNLINKED, PARENTS), dict.fromkeys(METRICS, 0.25))
    assert threading.active_count() == threads


def test_each_part_goes_to_its_place() -> None:
    collectors = together()
    found = collect(subject(LINKED), PARENTS, collectors).evidence
    assert found == replace(from_archive(LINKED, PARENTS), git=GIT, github=GITHUB)
    github = collectors.github()
    assert isinstance(github, Mainline)
    assert github.asked == [(URL, tuple(commit.sha for commit in GIT.mainline))]


def test_model_of_the_hub_without_a_linked_repository_has_the_hubs_history() -> None:
    collectors = together()
    found = collect(subject(UNLINKED, ("org/model", "main")), PARENTS, collectors).evidence
    assert found == replace(from_archive(UNLINKED, PARENTS), hub=replace(HUB, history=GIT))
    git = collectors.git()
    assert isinstance(git, Answering)
    assert git.asked == [("https://hub.example/org/model",)]


def test_model_with_a_linked_repository_needs_no_history_of_the_hub() -> None:
    seen = replace(LINKED, kind="model", readme=CARD)
    found = collect(subject(seen, ("org/model", "main")), PARENTS, together(hub=replace(HUB, history=None))).evidence
    assert found == Evidence(seen, GIT, GITHUB, replace(HUB, history=None), PARENTS, RUNS)


@pytest.mark.parametrize("seen", [replace(UNLINKED, readme=CARD), replace(LINKED, readme=CARD)])
def test_card_is_run_for_models_only(seen: ArchiveEvidence) -> None:
    found = collect(subject(seen), PARENTS, together()).evidence.reproducibility
    expected = RUNS if seen.kind == "model" else Missing("No sandbox ran the card's code.", "unavailable")
    assert found == expected


def test_collector_that_fails_costs_only_its_own_part(caplog: pytest.LogCaptureFixture) -> None:
    def fails() -> GitEvidence:
        raise ZeroDivisionError("by zero")

    found = collect(subject(LINKED), PARENTS, together(git=fails)).evidence
    assert found.git == Missing("The collector failed: ZeroDivisionError: by zero", "unavailable")
    assert found.github == GITHUB
    assert "the collector git failed" in caplog.text


def test_collectors_go_by_the_id_of_the_request() -> None:
    seen: list[str] = []
    with known_as("r1"):
        collect(subject(LINKED), PARENTS, together(git=lambda: seen.append(current_request_id())))
    assert seen == ["r1"]


def test_collector_that_is_late_is_not_waited_for() -> None:
    gate = threading.Event()
    started = time.monotonic()
    found = collect(subject(LINKED), PARENTS, together(github=lambda: gate.wait(20), seconds=0.3))
    assert time.monotonic() - started < 5
    gate.set()
    assert found.evidence.github == Missing("Collecting took more than 0.3 seconds.", "unavailable")
    assert found.evidence.git == GIT


def test_time_of_a_metric_is_that_of_the_slowest_of_its_collectors() -> None:
    found = collect(subject(LINKED), PARENTS, together(git=lambda: time.sleep(0.4) or GIT)).seconds  # type: ignore[func-returns-value]
    slow = {metric for metric, seconds in found.items() if seconds >= 0.65}
    assert {"bus_factor", "pull_request", "reviewedness", "correctness"} <= slow
    assert {metric for metric, seconds in found.items() if seconds == 0.25} == {
        "good_pinning_practice",
        "ramp_up",
        "reproducibility",
        "tree_score",
        "net_score",
    }
