"""A GitHub of this machine: its GraphQL over real HTTP, for the part of its schema that collectors ask.

Queries are parsed, checked against the schema and executed, so that one that GitHub would refuse is refused here too.
`trouble` holds what the next answers are instead, first come first served.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from graphql import build_schema, graphql_sync

# The names and types are those of GitHub's public schema; fields nobody asks for are left out.
SCHEMA = build_schema("""
scalar DateTime
scalar GitTimestamp
scalar GitObjectID
enum IssueState { OPEN CLOSED }
enum IssueOrderField { CREATED_AT UPDATED_AT COMMENTS }
enum OrderDirection { ASC DESC }
enum PullRequestState { OPEN CLOSED MERGED }
enum PullRequestReviewState { PENDING COMMENTED APPROVED CHANGES_REQUESTED DISMISSED }
enum CommentAuthorAssociation { MEMBER OWNER MANNEQUIN COLLABORATOR CONTRIBUTOR FIRST_TIME_CONTRIBUTOR FIRST_TIMER NONE }
enum StatusState { EXPECTED ERROR FAILURE PENDING SUCCESS }
input IssueOrder { field: IssueOrderField!, direction: OrderDirection! }
input IssueFilters { since: DateTime }
interface Actor { login: String! }
type User implements Actor { login: String! }
type Bot implements Actor { login: String! }
interface GitObject { oid: GitObjectID! }
type PageInfo { hasNextPage: Boolean!, endCursor: String }
type License { spdxId: String }
type CommitHistoryConnection { totalCount: Int! }
type StatusCheckRollup { state: StatusState! }
type Commit implements GitObject {
  oid: GitObjectID!
  history(since: GitTimestamp): CommitHistoryConnection!
  statusCheckRollup: StatusCheckRollup
  associatedPullRequests(first: Int): PullRequestConnection
}
type Ref { target: GitObject }
type IssueComment { createdAt: DateTime!, author: Actor, authorAssociation: CommentAuthorAssociation! }
type IssueCommentConnection { nodes: [IssueComment] }
type Issue { number: Int!, createdAt: DateTime!, author: Actor, comments(first: Int, last: Int): IssueCommentConnection! }
type IssueConnection { totalCount: Int!, nodes: [Issue], pageInfo: PageInfo! }
type PullRequestReview { submittedAt: DateTime, author: Actor, state: PullRequestReviewState! }
type PullRequestReviewConnection { nodes: [PullRequestReview] }
type PullRequestCommit { commit: Commit! }
type PullRequestCommitConnection { nodes: [PullRequestCommit] }
type PullRequest {
  number: Int!
  createdAt: DateTime!
  merged: Boolean!
  mergedAt: DateTime
  author: Actor
  baseRepository: Repository
  comments(first: Int): IssueCommentConnection!
  reviews(first: Int, states: [PullRequestReviewState!]): PullRequestReviewConnection
  commits(last: Int): PullRequestCommitConnection!
}
type PullRequestConnection { nodes: [PullRequest], pageInfo: PageInfo! }
type Repository {
  nameWithOwner: String!
  createdAt: DateTime!
  isArchived: Boolean!
  licenseInfo: License
  defaultBranchRef: Ref
  issues(first: Int, after: String, states: [IssueState!], orderBy: IssueOrder, filterBy: IssueFilters): IssueConnection!
  pullRequests(first: Int, after: String, states: [PullRequestState!], orderBy: IssueOrder): PullRequestConnection!
  object(oid: GitObjectID): GitObject
}
type Query { repository(owner: String!, name: String!, followRenames: Boolean): Repository }
""")


def user(login: str | None) -> dict[str, str] | None:
    """An account as the schema has it; `[bot]` makes it a program, None a deleted one."""
    if login is None:
        return None
    return {"__typename": "Bot" if login.endswith("[bot]") else "User", "login": login.removesuffix("[bot]")}


def comment(login: str | None, at: str, association: str = "NONE") -> dict[str, Any]:
    return {"createdAt": at, "author": user(login), "authorAssociation": association}


@dataclass
class Project:
    """A repository of the server. Issues and pull requests are dictionaries of the schema's fields, newest first."""

    name: str = "owner/project"
    created_at: str = "2020-01-01T00:00:00Z"
    archived: bool = False
    licence: str | None = "MIT"
    commits_since: int = 7
    issues: list[dict[str, Any]] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    commits: dict[str, list[int]] = field(default_factory=dict)

    def issue(self, number: int, opened: str, by: str | None, *comments: dict[str, Any], closed: bool = False) -> None:
        one = {"number": number, "createdAt": opened, "author": user(by), "closed": closed, "said": list(comments)}
        self.issues.append(one | {"comments": _page_of(comments)})

    def pull(
        self,
        number: int,
        opened: str,
        by: str | None,
        *comments: dict[str, Any],
        merged: str | None = None,
        reviews: tuple[dict[str, Any], ...] = (),
        checks: str | None = None,
        base: str | None = None,
    ) -> None:
        rollup = {"state": checks} if checks else None
        submitted = [{"submittedAt": one["createdAt"], "author": one["author"], "state": "APPROVED"} for one in reviews]
        self.pulls.append(
            {
                "number": number,
                "createdAt": opened,
                "author": user(by),
                "merged": merged is not None,
                "mergedAt": merged,
                "baseRepository": {"nameWithOwner": base or self.name},
                "comments": _page_of(comments),
                "reviews": lambda _info, **_: {"nodes": submitted},
                "commits": lambda _info, **_: {"nodes": [{"commit": {"oid": "x", "statusCheckRollup": rollup}}]},
            }
        )

    def resolved(self) -> dict[str, Any]:
        """The repository as the executor reads it."""
        target = {"__typename": "Commit", "oid": "0", "history": lambda _info, **_: {"totalCount": self.commits_since}}
        return {
            "nameWithOwner": self.name,
            "createdAt": self.created_at,
            "isArchived": self.archived,
            "licenseInfo": {"spdxId": self.licence} if self.licence else None,
            "defaultBranchRef": {"target": target},
            "issues": self._issues,
            "pullRequests": self._pulls,
            "object": self._object,
        }

    def _issues(self, _info: Any, first: int = 0, after: str = "", states: Any = (), **_: Any) -> dict[str, Any]:
        if states:
            closed = "CLOSED" in states
            return {"totalCount": sum(issue["closed"] == closed for issue in self.issues)}
        return _paged(self.issues, first, after)

    def _pulls(self, _info: Any, first: int = 0, after: str = "", states: Any = (), **_: Any) -> dict[str, Any]:
        return _paged([pull for pull in self.pulls if not states or pull["merged"]], first, after)

    def _object(self, _info: Any, oid: str) -> dict[str, Any] | None:
        if oid not in self.commits:
            return None
        belonging = [pull for pull in self.pulls if pull["number"] in self.commits[oid]]
        return {"__typename": "Commit", "oid": oid, "associatedPullRequests": lambda _info, **_: {"nodes": belonging}}


def _page_of(comments: tuple[dict[str, Any], ...]) -> Any:
    return lambda _info, first=None, last=None: {"nodes": list(comments[:first] if first else comments[-last:])}


def _paged(nodes: list[dict[str, Any]], first: int, after: str | None) -> dict[str, Any]:
    start = int(after or 0)
    end = start + first
    turning = {"hasNextPage": end < len(nodes), "endCursor": str(end)}
    return {"totalCount": len(nodes), "nodes": nodes[start:end], "pageInfo": turning}


@dataclass
class Trouble:
    """What an answer is instead: a status with headers and a body; `cut` ends the body in its middle."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: str = "{}"
    cut: bool = False


@dataclass
class GitHubServer:
    url: str
    projects: dict[str, Project] = field(default_factory=dict)
    trouble: list[Trouble] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    token: str = "good"

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        wanted = request["variables"]
        project = self.projects.get(f"{wanted.get('owner')}/{wanted.get('name')}")
        root = {"repository": lambda _info, **_: project.resolved() if project else None}
        done = graphql_sync(SCHEMA, request["query"], root, variable_values=wanted)
        if project is None and not done.errors:
            error = {"type": "NOT_FOUND", "path": ["repository"], "message": "Could not resolve to a Repository."}
            return {"data": {"repository": None}, "errors": [error]}
        return dict(done.formatted)


@contextmanager
def github_server() -> Iterator[GitHubServer]:
    """A server on a free port of the loopback, empty; it ends with the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            server.asked.append(request)
            if server.trouble:
                self._answer(server.trouble.pop(0))
            elif self.headers.get("Authorization") != f"Bearer {server.token}":
                self._answer(Trouble(401, body='{"message": "Bad credentials"}'))
            elif self.path != "/graphql":
                self._answer(Trouble(404, body='{"message": "Not Found"}'))
            else:
                self._answer(Trouble(body=json.dumps(server.answer(request))))

        def _answer(self, given: Trouble) -> None:
            body = given.body.encode()
            self.send_response(given.status)
            for name, value in given.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2] if given.cut else body)
            self.close_connection = True

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            pass

    listening = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server = GitHubServer(f"http://127.0.0.1:{listening.server_port}")
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()
