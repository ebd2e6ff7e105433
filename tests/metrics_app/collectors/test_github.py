"""What is collected of a project on GitHub, over HTTP from a server that knows GitHub's schema."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from metrics_app.collectors import github_api
from metrics_app.collectors.github import COMMITS_AT_ONCE, GitHub
from metrics_app.collectors.github_addresses import github_site, graphql_endpoint
from metrics_app.collectors.outages import Outages
from metrics_app.domain.evidence import Account, Activity, GitHubEvidence, Missing, Pull, Thread
from tests.servers.github import GitHubServer, Project, Trouble, comment, github_server

URL = "https://github.com/owner/project"
NOW = datetime(2026, 6, 1, tzinfo=UTC)
ADA, BEN, EVE = (Account(login, bot=False) for login in ("ada", "ben", "eve"))


@pytest.fixture
def server() -> Iterator[GitHubServer]:
    with github_server() as started:
        started.projects["owner/project"] = Project()
        yield started


@pytest.fixture(scope="module")
def client() -> Iterator[httpx2.Client]:
    with httpx2.Client(trust_env=False) as made:
        yield made


@pytest.fixture
def github(client: httpx2.Client, server: GitHubServer, tmp_path: Path) -> GitHub:
    endpoint = graphql_endpoint(server.url)
    return GitHub(client, endpoint, "github.com", "good", Outages(tmp_path, 60), 20, lambda: NOW)


def collected(github: GitHub, *mainline: str) -> GitHubEvidence:
    found = github.collect(URL, lambda: mainline)
    assert isinstance(found, GitHubEvidence), found
    return found


def test_bare_project(github: GitHub) -> None:
    activity = Activity(
        "2026-06-01T00:00:00Z", "2020-01-01T00:00:00Z", archived=False, commits_90d=7, member_comments_90d=0
    )
    assert collected(github) == GitHubEvidence(URL, activity, "MIT", open_issues=0, closed_issues=0)


def test_threads_of_a_year_and_their_first_human_answers(github: GitHub, server: GitHubServer) -> None:
    project = server.projects["owner/project"]
    project.issue(9, "2026-05-09T00:00:00Z", "renovate[bot]", comment("ben", "2026-05-10T00:00:00Z"))
    project.issue(
        8,
        "2026-05-08T00:00:00Z",
        "ada",
        comment("stale[bot]", "2026-05-09T00:00:00Z"),
        comment("ada", "2026-05-10T00:00:00Z"),
        comment("ben", "2026-05-11T00:00:00Z"),
    )
    project.issue(7, "2026-05-07T00:00:00Z", "ada")
    project.issue(6, "2026-05-06T00:00:00Z", None, comment(None, "2026-05-07T00:00:00Z"))
    project.issue(5, "2026-05-05T00:00:00Z", "ada", comment(None, "2026-05-07T00:00:00Z"), closed=True)
    project.issue(4, "2025-05-05T00:00:00Z", "ada", comment("ben", "2025-05-07T00:00:00Z"), closed=True)
    project.pull(
        3,
        "2026-04-01T00:00:00Z",
        "ada",
        comment("eve", "2026-04-05T00:00:00Z"),
        reviews=(comment("ada", "2026-04-02T00:00:00Z"), comment("ben", "2026-04-03T00:00:00Z")),
    )
    found = collected(github)
    assert found.activity.threads == (
        Thread(8, "2026-05-08T00:00:00Z", "2026-05-11T00:00:00Z"),
        Thread(7, "2026-05-07T00:00:00Z", None),
        Thread(6, "2026-05-06T00:00:00Z", None),
        Thread(5, "2026-05-05T00:00:00Z", "2026-05-07T00:00:00Z"),
        Thread(3, "2026-04-01T00:00:00Z", "2026-04-03T00:00:00Z"),
    )
    assert (found.open_issues, found.closed_issues) == (4, 2)


def test_comments_of_members_in_ninety_days(github: GitHub, server: GitHubServer) -> None:
    server.projects["owner/project"].issue(
        1,
        "2020-05-05T00:00:00Z",
        "ada",
        comment("ben", "2026-01-01T00:00:00Z", "MEMBER"),
        comment("ben", "2026-05-01T00:00:00Z", "MEMBER"),
        comment("ada", "2026-05-02T00:00:00Z", "OWNER"),
        comment("eve", "2026-05-03T00:00:00Z", "COLLABORATOR"),
        comment("eve", "2026-05-03T00:00:00Z", "CONTRIBUTOR"),
        comment("helper[bot]", "2026-05-03T00:00:00Z", "MEMBER"),
    )
    assert collected(github).activity.member_comments_90d == 3


def test_issues_are_paged_until_they_are_too_old(github: GitHub, server: GitHubServer) -> None:
    project = server.projects["owner/project"]
    for number in range(120, 0, -1):
        project.issue(number, f"202{6 if number > 60 else 4}-01-01T00:00:{number % 60:02}Z", "ada")
    assert [thread.number for thread in collected(github).activity.threads] == list(range(120, 60, -1))
    turned = [one["variables"].get("after") for one in server.asked if "CREATED_AT" in one["query"]]
    assert turned == [None, "50", None]  # two pages of issues, one of pull requests


def test_pulls_of_the_mainline_with_their_reviewers(github: GitHub, server: GitHubServer) -> None:
    project = server.projects["owner/project"]
    at = "2026-05-01T00:00:00Z"
    reviews = (comment("ben", at), comment("ben", at), comment("ada", at), comment("lint[bot]", at), comment(None, at))
    project.pull(5, at, "ada", merged=at, reviews=reviews, checks="SUCCESS")
    project.pull(4, at, None, merged=at, checks="FAILURE")
    project.pull(3, at, "eve", merged=at)
    project.pull(2, at, "ada")
    project.pull(1, at, "ada", merged=at, base="upstream/project")
    project.commits = {"a": [5], "b": [5, 2], "c": [4], "d": [], "e": [1]}
    found = collected(github, "a", "b", "c", "d", "e", "unknown")
    reviewers = (BEN, ADA, Account("lint", bot=True))
    assert found.pulls == (
        Pull(4, None, merged=True, commits=("c",)),
        Pull(5, ADA, merged=True, reviewers=reviewers, commits=("a", "b")),
    )
    assert [(pull.number, pull.checks_passed) for pull in found.recent_pulls] == [
        (5, True),
        (4, False),
        (3, None),
        (1, None),
    ]


def test_commits_are_asked_about_in_batches(github: GitHub, server: GitHubServer) -> None:
    project = server.projects["owner/project"]
    project.pull(1, "2026-05-01T00:00:00Z", "ada", merged="2026-05-02T00:00:00Z")
    commits = [f"{number:040x}" for number in range(2 * COMMITS_AT_ONCE + 1)]
    project.commits = {sha: [1] for sha in commits}
    assert collected(github, *commits).pulls[0].commits == tuple(commits)
    assert sum("associatedPullRequests" in one["query"] for one in server.asked) == 3


def test_archived_project_without_licence_or_branch(github: GitHub, server: GitHubServer) -> None:
    server.projects["owner/project"] = Project(archived=True, licence=None)
    found = collected(github)
    assert (found.activity.archived, found.licence) == (True, None)


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble(502, body="<html>Bad gateway</html>"),
        Trouble(429, {"Retry-After": "0"}),
        Trouble(403, {"Retry-After": "0"}, '{"message": "You have exceeded a secondary rate limit."}'),
        Trouble(403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "1"}),
        Trouble(body='{"errors": [{"message": "Something went wrong while executing your query."}]}'),
        Trouble(body='{"data": {"repository": null}}', cut=True),
        Trouble(body='{"data": '),
    ],
)
def test_passing_trouble_is_waited_out(
    github: GitHub, server: GitHubServer, trouble: Trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(github_api, "FIRST_WAIT", 0.01)
    server.trouble = [trouble, trouble]
    assert collected(github).licence == "MIT"


def limited(seconds: int) -> Missing:
    why = f"GitHub's rate limit is used up for another {seconds} seconds; retry later, or use another GITHUB_TOKEN."
    return Missing(why, "unavailable")


@pytest.mark.parametrize(
    ("trouble", "expected"),
    [
        (Trouble(429, {"Retry-After": "600"}), limited(600)),
        (Trouble(403, body='{"message": "You have exceeded a secondary rate limit."}'), limited(60)),
        (
            Trouble(403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 10_000_000)}),
            "GitHub's rate limit is used up for another ",
        ),
        (
            Trouble(
                200,
                {"Retry-After": "120"},
                '{"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}',
            ),
            limited(120),
        ),
        (Trouble(401), Missing("GitHub does not accept GITHUB_TOKEN; set one that has not expired.", "unavailable")),
        (
            Trouble(403, body='{"message": "Resource not accessible"}'),
            Missing("GitHub refuses GITHUB_TOKEN this repository; set one that may read it.", "unavailable"),
        ),
        (Trouble(404), Missing("GitHub answered HTTP 404; GITHUB_API_URL may be wrong.", "unavailable")),
        (
            Trouble(body='{"data": null, "errors": [{"type": "FORBIDDEN", "message": "SAML"}]}'),
            Missing("GITHUB_TOKEN may not read this repository: SAML", "unavailable"),
        ),
        (
            Trouble(body='{"data": {"repository": {}}}'),
            Missing("GitHub's answer is not understood (KeyError).", "unavailable"),
        ),
    ],
)
def test_lasting_trouble_is_unavailable_at_once(
    github: GitHub, server: GitHubServer, trouble: Trouble, expected: Missing | str
) -> None:
    server.trouble = [trouble]
    found = github.collect(URL, lambda: ())
    assert len(server.asked) == 1
    if isinstance(expected, str):
        assert isinstance(found, Missing)
        assert found.reason.startswith(expected)
    else:
        assert found == expected


def test_host_that_is_down_is_remembered(github: GitHub, server: GitHubServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github_api, "FIRST_WAIT", 0.01)
    server.trouble = [Trouble(503)] * 3
    reason = "GitHub is down or busy (HTTP 503); retry later."
    assert github.collect(URL, lambda: ()) == Missing(reason, "unavailable")
    assert github.collect(URL, lambda: ()) == Missing(f"{reason} Tried 0 seconds ago.", "unavailable")
    assert len(server.asked) == 3


def test_nobody_there_is_unavailable(github: GitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(github_api, "FIRST_WAIT", 0.01)
    found = replace(github, endpoint="http://127.0.0.1:1/graphql").collect(URL, lambda: ())
    assert isinstance(found, Missing)
    assert (found.reason[:29], found.kind) == ("GitHub could not be reached: ", "unavailable")


@pytest.mark.parametrize(
    ("repository", "token", "expected"),
    [
        (
            "https://gitlab.com/owner/project",
            "good",
            Missing("https://gitlab.com/owner/project is not on GitHub.", "absent"),
        ),
        (
            "https://github.com/owner/other",
            "good",
            Missing("GitHub has no repository owner/other that GITHUB_TOKEN may see.", "absent"),
        ),
        (
            URL,
            "",
            Missing(
                "GitHub answers only known callers; set GITHUB_TOKEN to a token that may read public repositories.",
                "unavailable",
            ),
        ),
        (URL, "bad", Missing("GitHub does not accept GITHUB_TOKEN; set one that has not expired.", "unavailable")),
    ],
)
def test_repository_or_token_that_is_none(github: GitHub, repository: str, token: str, expected: Missing) -> None:
    assert replace(github, token=token).collect(repository, lambda: ()) == expected


@pytest.mark.parametrize(
    ("api", "expected"),
    [
        ("https://api.github.com", "https://api.github.com/graphql"),
        ("https://api.github.com/", "https://api.github.com/graphql"),
        ("https://git.example.org/api/v3", "https://git.example.org/api/graphql"),
        ("https://git.example.org/api/graphql", "https://git.example.org/api/graphql"),
    ],
)
def test_endpoint_of_an_api(api: str, expected: str) -> None:
    assert graphql_endpoint(api) == expected


@pytest.mark.parametrize(
    ("api", "expected"),
    [
        ("https://api.github.com", "https://github.com"),
        ("https://git.example.org/api/v3", "https://git.example.org"),
    ],
)
def test_site_of_an_api(api: str, expected: str) -> None:
    assert github_site(api) == expected
