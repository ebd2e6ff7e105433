"""What the Hugging Face Hub knows of a model that came from there: commits and discussions. Nothing here raises.

The threads of a year are looked at up to the newest thirty, since each takes a request of its own. Who has committed, or
owns the namespace, is a member.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice, takewhile
from typing import TypeVar

import httpx2
from huggingface_hub import HfApi
from huggingface_hub.community import DiscussionComment, DiscussionWithDetails
from huggingface_hub.errors import DisabledRepoError, GatedRepoError, HfHubHTTPError, RepositoryNotFoundError

from metrics_app.collectors.outages import Outages
from metrics_app.domain.evidence import Activity, HubEvidence, Missing, Thread
from metrics_app.domain.people import is_bot
from metrics_app.domain.responsive_maintainer import THREAD_DAYS, WINDOW_DAYS
from packages_app.sources.guard import Blocked

ATTEMPTS = 3
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
DISCUSSIONS = 30
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
NO_DISCUSSIONS = frozenset({403, 404})
A = TypeVar("A")


class _TooSlow(Exception):
    """The time was up."""


@dataclass(frozen=True)
class Hub:
    """Collects by `api` what its endpoint knows of models, within `seconds` each; `has_token`: whether it says who asks."""

    api: HfApi
    has_token: bool
    outages: Outages
    seconds: float
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def collect(self, model: str, revision: str) -> HubEvidence | Missing:
        """What is known of `model` (`org/model`), of which `revision` was taken."""
        known = self.outages.known(self.api.endpoint)
        if known:
            return known
        try:
            asked = _Asked(self.api, model, self.now(), time.monotonic() + self.seconds)
            return HubEvidence(model, revision, asked.activity())
        except (GatedRepoError, DisabledRepoError, RepositoryNotFoundError, HfHubHTTPError) as error:
            return self._refused(error, model)
        except Blocked as error:
            return Missing(str(error), "unavailable")
        except httpx2.HTTPError as error:
            missing = Missing(f"The Hub could not be reached: {error or type(error).__name__}", "unavailable")
            return self.outages.noted(self.api.endpoint, missing)
        except _TooSlow:
            return Missing(f"The Hub took more than {self.seconds:g} seconds (REGISTRY_HUB_SECONDS).", "unavailable")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return Missing(f"The Hub's answer about {model} is not understood ({type(error).__name__}).", "unavailable")

    def _refused(self, error: HfHubHTTPError, model: str) -> Missing:
        status = error.response.status_code
        if isinstance(error, GatedRepoError):
            hint = "accept its licence there with the account of HF_TOKEN"
            return Missing(
                f"{model} is gated; {hint if self.has_token else f'set HF_TOKEN, and {hint}'}.", "unavailable"
            )
        if isinstance(error, DisabledRepoError):
            return Missing(f"The Hub has disabled {model}.", "absent")
        if isinstance(error, RepositoryNotFoundError) or status in {401, 403, 404}:
            hint = (
                "that HF_TOKEN may see" if self.has_token else "that everybody may see; if it is private, set HF_TOKEN"
            )
            return Missing(f"The Hub has no model {model} {hint}.", "unavailable")
        if status in BUSY:
            return Missing(f"The Hub is busy or limits its callers (HTTP {status}); retry later.", "unavailable")
        return Missing(f"The Hub answered HTTP {status} for {model}.", "unavailable")


@dataclass(frozen=True)
class _Asked:
    """One model, as of one moment."""

    api: HfApi
    model: str
    now: datetime
    until: float

    def activity(self) -> Activity:
        info = self._patiently(lambda: self.api.model_info(self.model, timeout=LONGEST_WAIT))
        commits = self._patiently(lambda: self.api.list_repo_commits(self.model))
        since = self.now - timedelta(days=WINDOW_DAYS)
        recent = [one for one in commits if one.created_at >= since and not all(map(is_bot, one.authors or [""]))]
        members = {name for one in commits for name in one.authors} | {self.model.partition("/")[0]}
        discussions = self._discussions()
        first = min((one.created_at for one in commits), default=self.now)
        return Activity(
            collected_at=_written(self.now),
            created_at=_written(info.created_at or first),
            archived=bool(info.disabled),
            commits_90d=len(recent),
            member_comments_90d=sum(
                comment.created_at >= since and comment.author in members
                for discussion in discussions
                for comment in _comments(discussion)
            ),
            threads=tuple(_thread(discussion) for discussion in discussions if not is_bot(discussion.author)),
        )

    def _discussions(self) -> list[DiscussionWithDetails]:
        """The newest of a year, whole; none where the model has them turned off."""
        since = self.now - timedelta(days=THREAD_DAYS)
        try:
            newest = self._patiently(lambda: list(islice(self.api.get_repo_discussions(self.model), DISCUSSIONS)))
        except HfHubHTTPError as error:
            if error.response.status_code in NO_DISCUSSIONS:
                return []
            raise
        newest.sort(key=lambda one: one.created_at, reverse=True)
        opened = takewhile(lambda one: one.created_at >= since, newest)
        return [self._patiently(partial(self.api.get_discussion_details, self.model, one.num)) for one in opened]

    def _patiently(self, ask: Callable[[], A]) -> A:
        """The answer, asked for again after what passes. Raises what does not, and _TooSlow."""
        wait = FIRST_WAIT
        for attempt in range(ATTEMPTS):
            if time.monotonic() > self.until:
                raise _TooSlow
            try:
                return ask()
            except (HfHubHTTPError, httpx2.TransportError) as error:
                asked = _asked_wait(error)
                wait = max(wait, asked or 0)
                if asked is None or attempt + 1 == ATTEMPTS or wait > min(LONGEST_WAIT, self.until - time.monotonic()):
                    raise
            time.sleep(wait)
            wait *= 2
        raise _TooSlow


def _asked_wait(error: HfHubHTTPError | httpx2.TransportError) -> float | None:
    """The seconds that the Hub wants to be left alone, None where asking again would not help."""
    if not isinstance(error, HfHubHTTPError):
        return 0.0
    if error.response.status_code not in BUSY:
        return None
    after = error.response.headers.get("Retry-After", "")
    return float(after) if after.isdecimal() else 0.0


def _comments(discussion: DiscussionWithDetails) -> Iterable[DiscussionComment]:
    """What was said in a discussion by people; the first of it opened the discussion."""
    for event in discussion.events:
        if isinstance(event, DiscussionComment) and not is_bot(event.author):
            yield event


def _thread(discussion: DiscussionWithDetails) -> Thread:
    answers = [event.created_at for event in _comments(discussion) if event.author != discussion.author]
    answered_at = _written(min(answers)) if answers else None
    return Thread(discussion.num, _written(discussion.created_at), answered_at)


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
