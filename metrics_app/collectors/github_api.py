"""GitHub's GraphQL API, asked patiently: pages, limits on how often one may ask, and answers that were cut.

Spoken over the registry's own guarded HTTP client: what a GraphQL library would add to the one POST is types for a schema
of a thousand, and none of the waiting. Source: GitHub Docs, "Rate limits and query limits for the GraphQL API".
"""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from packages_app.sources.guard import Blocked

ATTEMPTS = 3
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
#: What the API wants to be left alone for where it does not say.
SECONDARY_WAIT = 60.0
BUSY = frozenset({408, 429, 500, 502, 503, 504})
Tree = Mapping[str, Any]


class GitHubFailed(Exception):
    """No answer now; `str(error)` says why, and what to set up. `down` where GitHub itself could not be reached."""

    def __init__(self, why: str, *, down: bool = False) -> None:
        super().__init__(why)
        self.down = down


class NoSuchRepository(Exception):
    """GitHub knows no such repository, or the token may not see it."""


@dataclass(frozen=True)
class GitHubApi:
    """The API at `endpoint`, asked with `token` until the monotonic time `until`."""

    client: httpx2.Client
    endpoint: str
    token: str
    until: float

    def ask(self, query: str, **variables: object) -> Tree:
        """The data that answers `query`. Raises GitHubFailed, NoSuchRepository."""
        wait, failure = FIRST_WAIT, GitHubFailed("The time for asking GitHub was up (REGISTRY_GITHUB_SECONDS).")
        for _ in range(ATTEMPTS):
            left = self.until - time.monotonic()
            if left <= 0:
                break
            try:
                response = self.client.post(
                    self.endpoint,
                    json={"query": query, "variables": variables},
                    headers={"Authorization": f"Bearer {self.token}", "User-Agent": "model-registry"},
                    timeout=max(0.1, min(left, LONGEST_WAIT)),
                )
                return self._data(response)
            except Blocked as error:
                raise GitHubFailed(f"{error} GITHUB_API_URL names the host to ask.") from error
            except httpx2.HTTPError as error:
                failure = GitHubFailed(f"GitHub could not be reached: {error or type(error).__name__}", down=True)
            except _Later as later:
                failure, wait = GitHubFailed(later.why, down=later.down), max(wait, later.seconds)
            if wait > min(LONGEST_WAIT, self.until - time.monotonic()):
                break
            time.sleep(wait)
            wait *= 2
        raise failure

    def pages(self, query: str, *path: str, most: int, **variables: object) -> Iterator[Tree]:
        """The nodes of the connection at `path` in the answers, of `most` pages at most; `$after` turns them."""
        after = None
        for _ in range(most):
            found: Any = self.ask(query, after=after, **variables)
            for step in path:
                found = found.get(step) or {}
            yield from (node for node in found.get("nodes") or () if node)
            turning = found.get("pageInfo") or {}
            after = turning.get("endCursor")
            if not turning.get("hasNextPage") or not after:
                return

    def _data(self, response: httpx2.Response) -> Tree:
        if response.status_code == 401:
            raise GitHubFailed("GitHub does not accept GITHUB_TOKEN; set one that has not expired.")
        if response.status_code in {403, 429} and _is_limit(response):
            raise _Later(_limit(response), _asked_wait(response))
        if response.status_code in BUSY:
            raise _Later(f"GitHub is down or busy (HTTP {response.status_code}); retry later.", 0.0, down=True)
        if response.status_code == 403:
            raise GitHubFailed("GitHub refuses GITHUB_TOKEN this repository; set one that may read it.")
        try:
            answer = response.json() if response.is_success else None
        except ValueError as error:
            raise _Later("GitHub's answer was cut.", 0.0) from error
        if not isinstance(answer, dict):
            raise GitHubFailed(f"GitHub answered HTTP {response.status_code}; GITHUB_API_URL may be wrong.")
        return self._whole(answer, response)

    def _whole(self, answer: Tree, response: httpx2.Response) -> Tree:
        """The data of an answer without errors."""
        errors = [error for error in answer.get("errors") or () if isinstance(error, dict)]
        kinds = {str(error.get("type")) for error in errors}
        said = str(errors[0].get("message", ""))[:200] if errors else ""
        if "RATE_LIMITED" in kinds or "rate limit" in said.lower():
            raise _Later(_limit(response), _asked_wait(response))
        if "NOT_FOUND" in kinds and (answer.get("data") or {}).get("repository") is None:
            raise NoSuchRepository(said)
        if kinds & {"FORBIDDEN", "INSUFFICIENT_SCOPES"}:
            raise GitHubFailed(f"GITHUB_TOKEN may not read this repository: {said}")
        data = answer.get("data")
        if errors or not isinstance(data, dict):
            raise _Later(f"GitHub could not answer: {said or json.dumps(answer)[:200]}", 0.0)
        return data


class _Later(Exception):
    """Asking again in so many seconds may help."""

    def __init__(self, why: str, seconds: float, *, down: bool = False) -> None:
        super().__init__(why)
        self.why, self.seconds, self.down = why, seconds, down


def _is_limit(response: httpx2.Response) -> bool:
    """Whether a refusal is about how often one asks: the primary limit, or a secondary one."""
    headers = response.headers
    return (
        response.status_code == 429
        or "retry-after" in headers
        or headers.get("x-ratelimit-remaining") == "0"
        or "rate limit" in response.text[:1000].lower()
    )


def _asked_wait(response: httpx2.Response) -> float:
    """Seconds until GitHub wants to be asked again."""
    after, reset = response.headers.get("retry-after", ""), response.headers.get("x-ratelimit-reset", "")
    if after.isdecimal():
        return float(after)
    if response.headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        return max(0.0, int(reset) - time.time())
    return SECONDARY_WAIT


def _limit(response: httpx2.Response) -> str:
    wait = _asked_wait(response)
    return f"GitHub's rate limit is used up for another {wait:.0f} seconds; retry later, or use another GITHUB_TOKEN."
