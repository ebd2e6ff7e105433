"""The part of the Hugging Face Hub where people are: commits and discussions of models, over real HTTP.

`trouble` holds statuses, with headers, that the next answers have instead, first come first served.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

PAGE = 2


@dataclass
class Said:
    """A comment in a discussion."""

    by: str
    at: str


@dataclass
class Model:
    """A model's commits as (author, time), and its discussions: who opened them when, and all that was said."""

    created_at: str = "2020-01-01T00:00:00.000Z"
    access: str = "public"
    commits: list[tuple[str, str]] = field(default_factory=list)
    discussions: list[tuple[str, str, list[Said]]] = field(default_factory=list)
    discusses: bool = True


@dataclass
class Community:
    url: str = ""
    models: dict[str, Model] = field(default_factory=dict)
    trouble: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def answer(self, path: str, query: dict[str, list[str]], token: str | None) -> tuple[int, Any, dict[str, str]]:
        owner, name, *rest = path.removeprefix("/api/models/").split("/")
        model = self.models.get(f"{owner}/{name}")
        if model is None or (model.access == "private" and token != "Bearer good"):
            return 401, {}, {"X-Error-Code": "RepoNotFound"}
        if model.access == "gated" and rest:
            return 403, {}, {"X-Error-Code": "GatedRepo"}
        match rest:
            case []:
                return 200, {"id": f"{owner}/{name}", "sha": "a" * 40, "createdAt": model.created_at}, {}
            case ["commits", "main"]:
                return self._commits(model, path, int(query.get("p", ["0"])[0]))
            case ["discussions", *_] if not model.discusses:
                return 403, {"error": "Discussions are disabled for this repo"}, {}
            case ["discussions"]:
                return 200, self._discussions(model, name, int(query["p"][0])), {}
            case ["discussions", number]:
                return 200, self._discussion(model, name, int(number)), {}
        return 404, {}, {}

    def _commits(self, model: Model, path: str, page: int) -> tuple[int, Any, dict[str, str]]:
        shown = model.commits[page * PAGE : (page + 1) * PAGE]
        listed = [
            {"id": str(number), "authors": [{"user": who}], "date": at, "title": "Change", "message": ""}
            for number, (who, at) in enumerate(shown)
        ]
        more = len(model.commits) > (page + 1) * PAGE
        return 200, listed, {"Link": f'<{self.url}{path}?p={page + 1}>; rel="next"'} if more else {}

    def _discussions(self, model: Model, name: str, page: int) -> dict[str, Any]:
        every = [self._head(model, name, number) for number in range(len(model.discussions), 0, -1)]
        start = page * PAGE
        return {"count": len(every), "start": start, "discussions": every[start : start + PAGE]}

    def _discussion(self, model: Model, name: str, number: int) -> dict[str, Any]:
        events = [
            {
                "id": str(count),
                "type": "comment",
                "createdAt": said.at,
                "author": {"name": said.by},
                "data": {"edited": False, "hidden": False, "latest": {"raw": "Words."}},
            }
            for count, said in enumerate(model.discussions[number - 1][2])
        ]
        return self._head(model, name, number) | {"events": events}

    def _head(self, model: Model, name: str, number: int) -> dict[str, Any]:
        by, at, _ = model.discussions[number - 1]
        shown = {"num": number, "title": "T", "author": {"name": by}, "createdAt": at, "status": "open"}
        return shown | {"isPullRequest": False, "repo": {"name": name, "type": "model"}}


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Callers that hang up are part of the tests."""


@contextmanager
def hub_community() -> Iterator[Community]:
    """A server on a free port of the loopback, empty; it ends with the block."""
    community = Community()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            community.asked.append(parts.path)
            if community.trouble:
                status, headers = community.trouble.pop(0)
                body: Any = {}
            else:
                status, body, headers = community.answer(
                    parts.path, parse_qs(parts.query), self.headers["Authorization"]
                )
            data = json.dumps(body).encode()
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(data))} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None: ...

    server = _Server(("127.0.0.1", 0), Handler)
    community.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield community
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
