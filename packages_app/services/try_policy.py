"""What a policy would say: to made-up arguments, and to the package's past downloads. Nothing is recorded or counted."""

import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from django.utils import timezone as clock

from packages_app.domain.verdicts import Verdict
from packages_app.errors import PolicyUnfit
from packages_app.limits import trial_limits
from packages_app.models import Download, Package, Policy
from packages_app.queries.policies import newest_downloads, policy_of
from packages_app.sandbox.engines import EngineUnavailable
from packages_app.sandbox.host import evaluate, prepare
from packages_app.sandbox.requests import PolicyRequest
from packages_app.services.ask_policy import request_of
from packages_app.services.policies import DEFAULT_ZONE, check_zone

#: The most past downloads that are tried, and how long after the start of a trial no further one is begun.
HISTORY_DOWNLOADS: Final = 200
HISTORY_SECONDS: Final = 4.0
#: What the clock of a policy can show.
_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_END: Final = datetime(2262, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Trial:
    """What to try; None stands for what a download by the caller would bring now, and for the policy that is there."""

    source: str | None = None
    model_name: str | None = None
    uploader: str | None = None
    downloader: str | None = None
    zip_path: str | None = None
    now: datetime | None = None
    timezone: str | None = None
    history: bool = False


@dataclass(frozen=True)
class Replayed:
    """A past download and what the policy would have said to it at its time."""

    download: Download
    verdict: Verdict


@dataclass(frozen=True)
class History:
    """The newest past downloads as the policy would have decided them: as many of `total` as there was time for."""

    total: int
    decisions: Sequence[Replayed]

    @property
    def considered(self) -> int:
        return len(self.decisions)

    @property
    def refused(self) -> int:
        return sum(not replayed.verdict.approved for replayed in self.decisions)


@dataclass(frozen=True)
class Tried:
    verdict: Verdict
    history: History | None = None


def try_policy(*, package: Package, trial: Trial, caller: str) -> Tried:
    """Ask the policy of `trial`, or the package's own. Raises PolicyNotFound, PolicyUnfit for a time zone or moment
    that no policy can be told."""
    request = _request(package, trial, caller)
    check_zone(request.timezone)
    if not _FIRST <= request.now < _END:
        raise PolicyUnfit("A policy can be told moments from 1970 to 2261.", code="invalid", field="now")
    limits = trial_limits()
    with suppress(EngineUnavailable):  # which the verdict will say
        prepare(limits)
    started = time.monotonic()
    verdict = evaluate(request, limits)
    if not trial.history:
        return Tried(verdict)
    return Tried(verdict, _history(package, request, until=started + HISTORY_SECONDS))


def _request(package: Package, trial: Trial, caller: str) -> PolicyRequest:
    held = Policy.objects.filter(package=package).first() if trial.source is not None else policy_of(package)
    source = trial.source if trial.source is not None else held.source if held else ""
    zone = trial.timezone if trial.timezone is not None else held.timezone if held else DEFAULT_ZONE
    usual = request_of(package, source, zone, downloader=caller, now=trial.now or clock.now())
    return PolicyRequest(
        source=source,
        model_name=_given(trial.model_name, usual.model_name),
        uploader=_given(trial.uploader, usual.uploader),
        downloader=_given(trial.downloader, usual.downloader),
        zip_path=_given(trial.zip_path, usual.zip_path),
        now=usual.now,
        timezone=zone,
    )


def _given(value: str | None, usual: str) -> str:
    return usual if value is None else value


def _history(package: Package, request: PolicyRequest, *, until: float) -> History:
    downloads, total = newest_downloads(package, HISTORY_DOWNLOADS)
    limits = trial_limits()
    decisions = []
    for download in downloads:
        if time.monotonic() >= until:
            break
        downloader = download.user.username if download.user else ""
        asked = request_of(package, request.source, request.timezone, downloader=downloader, now=download.timestamp)
        decisions.append(Replayed(download, evaluate(asked, limits)))
    return History(total, decisions)
