"""What GitHub knows of a linked repository beyond its history: issues, reviews, checks, licence. Nothing here raises.

Samples are bounded: the threads of a year up to the newest four hundred of each sort, comments of members up to those in
the two hundred issues that something happened in last, reviews for every commit of the mainline it is given.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any
from urllib.parse import urlsplit

import httpx2

from metrics_app.collectors import github_queries
from metrics_app.collectors.github_api import GitHubApi, GitHubFailed, NoSuchRepository, Tree
from metrics_app.collectors.outages import Outages
from metrics_app.domain.correctness import PULLS
from metrics_app.domain.evidence import Account, Activity, GitHubEvidence, Missing, Pull, Thread
from metrics_app.domain.people import is_bot
from metrics_app.domain.responsive_maintainer import THREAD_DAYS, WINDOW_DAYS

NO_TOKEN = Missing(
    "GitHub answers only known callers; set GITHUB_TOKEN to a token that may read public repositories.", "unavailable"
)
THREAD_PAGES, COMMENT_PAGES = 8, 4
COMMITS_AT_ONCE = 50
MEMBERS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
PASSED = {"SUCCESS": True, "FAILURE": False, "ERROR": False}


@dataclass(frozen=True)
class GitHub:
    """Collects from the API at `endpoint` what it knows of repositories on `host`, within `seconds` each."""

    client: httpx2.Client
    endpoint: str
    host: str
    token: str
    outages: Outages
    seconds: float
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    def collect(self, repository: str, mainline: Callable[[], Sequence[str]]) -> GitHubEvidence | Missing:
        """What is known of `repository`; `mainline` gives the commits whose reviews are asked for, and may take a while."""
        parts = urlsplit(repository)
        owner, _, name = parts.path.strip("/").partition("/")
        if parts.hostname != self.host or not name or "/" in name:
            return Missing(f"{repository} is not on GitHub.", "absent")
        if not self.token:
            return NO_TOKEN
        known = self.outages.known(self.endpoint)
        return known or self._collected(repository, owner, name, mainline)

    def _collected(
        self, repository: str, owner: str, name: str, mainline: Callable[[], Sequence[str]]
    ) -> GitHubEvidence | Missing:
        api = GitHubApi(self.client, self.endpoint, self.token, time.monotonic() + self.seconds)
        asked = _Asked(api, owner, name, self.now())
        try:
            found = asked.evidence(repository)
            waiting = time.monotonic()
            commits = mainline()
            api = replace(api, until=api.until + time.monotonic() - waiting)  # waiting for others is not asking
            return replace(found, pulls=tuple(replace(asked, api=api).pulls(commits)))
        except NoSuchRepository:
            return Missing(f"GitHub has no repository {owner}/{name} that GITHUB_TOKEN may see.", "absent")
        except GitHubFailed as error:
            missing = Missing(str(error), "unavailable")
            return self.outages.noted(self.endpoint, missing) if error.down else missing
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            return Missing(f"GitHub's answer is not understood ({type(error).__name__}).", "unavailable")


@dataclass(frozen=True)
class _Asked:
    """One repository, as of one moment."""

    api: GitHubApi
    owner: str
    name: str
    now: datetime

    @property
    def _which(self) -> dict[str, str]:
        return {"owner": self.owner, "name": self.name}

    def evidence(self, repository: str) -> GitHubEvidence:
        """Everything but the pull requests of the mainline."""
        since = _written(self.now - timedelta(days=WINDOW_DAYS))
        found = self.api.ask(github_queries.OVERVIEW, since=since, **self._which)["repository"]
        if found is None:
            raise NoSuchRepository(self.name)
        target = (found["defaultBranchRef"] or {}).get("target") or {}
        activity = Activity(
            collected_at=_written(self.now),
            created_at=found["createdAt"],
            archived=found["isArchived"],
            commits_90d=(target.get("history") or {}).get("totalCount", 0),
            member_comments_90d=self._member_comments(since),
            threads=tuple(self._threads()),
        )
        return GitHubEvidence(
            repository=repository,
            activity=activity,
            licence=(found["licenseInfo"] or {}).get("spdxId"),
            open_issues=found["open"]["totalCount"],
            closed_issues=found["closed"]["totalCount"],
            recent_pulls=tuple(self._last_merged()),
        )

    def pulls(self, commits: Sequence[str]) -> Iterator[Pull]:
        """The merged pull requests that `commits` belong to, by number."""
        found: dict[int, Pull] = {}
        for start in range(0, len(commits), COMMITS_AT_ONCE):
            batch = commits[start : start + COMMITS_AT_ONCE]
            wanted = {f"c{number}": sha for number, sha in enumerate(batch)}
            answer = self.api.ask(github_queries.pulls_of(len(batch)), **wanted, **self._which)["repository"]
            for key, sha in wanted.items():
                for node in ((answer[key] or {}).get("associatedPullRequests") or {}).get("nodes") or ():
                    if node["merged"] and self._is_here(node):
                        pull = found.setdefault(node["number"], _pull(node))
                        found[pull.number] = replace(pull, commits=(*pull.commits, sha))
        yield from (found[number] for number in sorted(found))

    def _is_here(self, node: Tree) -> bool:
        """Whether a pull request was made to this repository, and not to one it was forked from."""
        base = (node.get("baseRepository") or {}).get("nameWithOwner", "")
        return str(base).lower() in {"", f"{self.owner}/{self.name}".lower()}

    def _threads(self) -> Iterator[Thread]:
        """Issues and pull requests opened in the last year."""
        since = _written(self.now - timedelta(days=THREAD_DAYS))
        for query, which in ((github_queries.ISSUES, "issues"), (github_queries.PULLS, "pullRequests")):
            nodes = self.api.pages(query, "repository", which, most=THREAD_PAGES, **self._which)
            for node in takewhile(lambda one: one["createdAt"] >= since, nodes):
                if not _is_program(node["author"]):
                    yield Thread(node["number"], node["createdAt"], _answered_at(node))

    def _member_comments(self, since: str) -> int:
        query = github_queries.COMMENTS
        nodes = self.api.pages(query, "repository", "issues", most=COMMENT_PAGES, since=since, **self._which)
        return sum(
            comment["createdAt"] >= since
            and comment["authorAssociation"] in MEMBERS
            and not _is_program(comment["author"])
            for node in nodes
            for comment in node["comments"]["nodes"]
        )

    def _last_merged(self) -> list[Pull]:
        found = self.api.ask(github_queries.MERGED, **self._which)["repository"]
        nodes = sorted(found["pullRequests"]["nodes"], key=lambda node: str(node["mergedAt"]), reverse=True)
        return [replace(_pull(node), checks_passed=_checks(node)) for node in nodes[:PULLS]]


def _pull(node: Tree) -> Pull:
    authors = [review["author"] for review in node["reviews"]["nodes"]]
    reviewers = dict.fromkeys(_account(author) for author in authors if author)
    author = node["author"]
    return Pull(node["number"], _account(author) if author else None, node["merged"], tuple(reviewers))


def _checks(node: Tree) -> bool | None:
    last = node["commits"]["nodes"][-1:]
    rollup = (last[0]["commit"]["statusCheckRollup"] or {}) if last else {}
    return PASSED.get(rollup.get("state", ""))


def _account(author: Tree) -> Account:
    return Account(author["login"], bot=_is_program(author))


def _is_program(author: Tree | None) -> bool:
    return author is not None and (author["__typename"] == "Bot" or is_bot(author["login"]))


def _answered_at(node: Tree) -> str | None:
    """When the first human who did not open the thread said something in it; a deleted account is some other human."""
    answers: list[Any] = [*node["comments"]["nodes"], *(node.get("reviews") or {}).get("nodes", ())]
    opener = (node["author"] or {}).get("login")
    times = [
        answer["createdAt"]
        for answer in answers
        if answer["createdAt"] and not _is_program(answer["author"]) and (answer["author"] or {}).get("login") != opener
    ]
    return min(times, default=None)


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
