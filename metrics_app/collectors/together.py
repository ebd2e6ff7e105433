"""All collectors of one package, side by side: each has its own time, and one that fails costs only its own metrics."""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from accounts_app.request_ids import carried
from metrics_app.domain.demonstration import demonstration
from metrics_app.domain.evidence import (
    ArchiveEvidence,
    Evidence,
    GitEvidence,
    GitHubEvidence,
    HubEvidence,
    Missing,
    ParentEvidence,
    ReproducibilityEvidence,
    from_archive,
)
from metrics_app.domain.result import METRICS

log = logging.getLogger(__name__)

#: Which collectors a metric waits for, besides the archive's.
FEEDS: Mapping[str, tuple[str, ...]] = {
    "bus_factor": ("git", "history"),
    "responsive_maintainer": ("github", "hub"),
    "pull_request": ("git", "github"),
    "reviewedness": ("git", "github"),
    "license_score": ("github",),
    "correctness": ("git", "github"),
    "reproducibility": ("reproducibility",),
}
#: What a collector gets beyond its own time, to end by itself.
GRACE_SECONDS = 10.0
T = TypeVar("T")


class Histories(Protocol):
    def collect(self, repository: str) -> GitEvidence | Missing: ...


class Forge(Protocol):
    def collect(self, repository: str, mainline: Callable[[], Sequence[str]]) -> GitHubEvidence | Missing: ...


class ModelHub(Protocol):
    def collect(self, model: str, revision: str) -> HubEvidence | Missing: ...


@dataclass(frozen=True)
class Collectors:
    """How each collector is had when it is needed, and `seconds`, the longest that each may take, by its name.

    `site` is the Hub's address, below which its models have their histories.
    """

    git: Callable[[], Histories]
    github: Callable[[], Forge]
    hub: Callable[[], ModelHub]
    seconds: Mapping[str, float]
    site: str


@dataclass(frozen=True)
class Subject:
    """A package to collect evidence of: what was `seen` in its archive, in how many seconds; `demonstrate` runs its card.

    `model` is the Hub's name and revision of what came from there.
    """

    seen: ArchiveEvidence
    demonstrate: Callable[[], ReproducibilityEvidence | Missing]
    seconds: float = 0.0
    model: tuple[str, str] | None = None


@dataclass(frozen=True)
class Collected:
    """The evidence, and by metric the seconds that its evidence took."""

    evidence: Evidence
    seconds: Mapping[str, float]


def collect(subject: Subject, parents: ParentEvidence, collectors: Collectors) -> Collected:
    """All evidence of `subject`. Where nothing is linked and nothing is to run, nothing is done."""
    tasks = _Tasks(collectors.seconds)
    evidence = from_archive(subject.seen, parents)
    try:
        _start(tasks, subject, collectors)
        found = {
            "git": tasks.result("git", evidence.git),
            "github": tasks.result("github", evidence.github),
            "hub": _with_history(tasks.result("hub", evidence.hub), tasks.result("history", None)),
            "reproducibility": tasks.result("reproducibility", evidence.reproducibility),
        }
    finally:
        tasks.leave()
    spent = {
        metric: subject.seconds + max((tasks.spent.get(name, 0.0) for name in FEEDS.get(metric, ())), default=0.0)
        for metric in METRICS
    }
    return Collected(replace(evidence, **found), spent)  # type: ignore[arg-type]  # each result is of its part's type


def _start(tasks: "_Tasks", subject: Subject, collectors: Collectors) -> None:
    seen, model = subject.seen, subject.model
    if seen.repository is not None:
        repository = seen.repository
        tasks.start("git", lambda: collectors.git().collect(repository))
        tasks.start(
            "github", lambda: collectors.github().collect(repository, lambda: _mainline(tasks.result("git", None)))
        )
    if model is not None:
        tasks.start("hub", lambda: collectors.hub().collect(*model))
        if seen.repository is None:
            tasks.start("history", lambda: collectors.git().collect(f"{collectors.site}/{model[0]}"))
    if seen.kind == "model" and demonstration(seen.readme or ""):
        tasks.start("reproducibility", subject.demonstrate)


def _mainline(history: GitEvidence | Missing | None) -> Sequence[str]:
    return [commit.sha for commit in history.mainline] if isinstance(history, GitEvidence) else []


def _with_history(hub: HubEvidence | Missing, history: GitEvidence | Missing | None) -> HubEvidence | Missing:
    return replace(hub, history=history) if isinstance(hub, HubEvidence) else hub


class _Tasks:
    """Collectors under way, by name; `spent` are the seconds that each took, as far as it has ended."""

    def __init__(self, seconds: Mapping[str, float]) -> None:
        self._seconds = seconds
        self._under_way: dict[str, Future[object]] = {}
        self._pool: ThreadPoolExecutor | None = None
        self.spent: dict[str, float] = {}

    def start(self, name: str, collector: Callable[[], object]) -> None:
        self._pool = self._pool or ThreadPoolExecutor(max_workers=len(FEEDS), thread_name_prefix="collect")
        self._under_way[name] = self._pool.submit(carried(self._timed), name, collector)

    def result(self, name: str, otherwise: T) -> T:
        """What the collector `name` gave, `otherwise` where it was not started; Missing where it failed or is late."""
        if name not in self._under_way:
            return otherwise
        try:
            return self._under_way[name].result(self._seconds[name])  # type: ignore[return-value]  # by its name
        except TimeoutError:
            missing = Missing(f"Collecting took more than {self._seconds[name]:g} seconds.", "unavailable")
        except Exception as error:
            log.exception("the collector %s failed", name)
            missing = Missing(f"The collector failed: {type(error).__name__}: {error}"[:500], "unavailable")
        self.spent.setdefault(name, self._seconds[name])
        return missing  # type: ignore[return-value]  # every part of the evidence may be missing

    def leave(self) -> None:
        """Wait for nobody: each collector ends by itself when its time is up."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _timed(self, name: str, collector: Callable[[], object]) -> object:
        started = time.perf_counter()
        try:
            return collector()
        finally:
            self.spent[name] = time.perf_counter() - started
