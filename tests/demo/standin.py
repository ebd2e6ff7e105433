"""A registry of a few dozen lines: real HTTP on loopback, everything else in memory."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar


@dataclass
class Shelf:
    """What the registry holds, and what it was asked."""

    users: dict[str, str] = field(default_factory=lambda: {"admin": "correct horse"})
    packages: dict[str, dict[str, Any]] = field(default_factory=dict)
    archives: dict[str, bytes] = field(default_factory=dict)
    policies: dict[str, bytes] = field(default_factory=dict)
    rejected: dict[str, str] = field(default_factory=dict)
    ratings: list[tuple[str, str, int]] = field(default_factory=list)
    downloads: list[tuple[str, str]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    busy: int = 0


class _Handler(BaseHTTPRequestHandler):
    shelf: ClassVar[Shelf]

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Silence."""

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def _answer(self) -> None:
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        shelf = self.shelf
        if shelf.busy:
            shelf.busy -= 1
            return self._send(429, {"detail": "Slow down.", "code": "rate_limited"})
        parts = self.path.partition("?")[0].strip("/").split("/")
        if parts[0] == "bytes":
            return self._send(200, shelf.archives[parts[1]])
        status, answer = getattr(self, f"_{self.command.lower()}_{parts[0]}")(*parts[1:])
        return self._send(status, answer)

    def _send(self, status: int, answer: object) -> None:
        data = answer if isinstance(answer, bytes) else json.dumps(answer).encode() if answer is not None else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    @property
    def _who(self) -> str:
        return self.headers["X-Auth-Token"].removeprefix("token of ")

    def _post_authenticate(self) -> tuple[int, object]:
        asked = json.loads(self.body)
        if self.shelf.users.get(asked["username"]) != asked["password"]:
            return 401, {"detail": "Wrong name or password.", "code": "bad_credentials"}
        self.shelf.tokens.add(token := f"token of {asked['username']}")
        return 200, {"token": token}

    def _delete_authenticate(self) -> tuple[int, object]:
        self.shelf.tokens.remove(self.headers["X-Auth-Token"])
        return 204, None

    def _post_user(self, _: str) -> tuple[int, object]:
        asked = json.loads(self.body)
        if asked["username"] in self.shelf.users:
            return 409, {"detail": "Taken.", "code": "name_taken"}
        self.shelf.users[asked["username"]] = asked["password"]
        return 201, {}

    def _post_packages(self) -> tuple[int, object]:
        asked = json.loads(self.body)
        return 200, {"packages": [one for one in self.shelf.packages.values() if asked["name"] in one["name"]]}

    def _post_package(self) -> tuple[int, object]:
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        message = BytesParser().parsebytes(head + self.body)
        sent = {}
        for part in message.walk():
            data = part.get_payload(decode=True)
            if isinstance(data, bytes):
                sent[part.get_param("name", header="content-disposition")] = data
        archive = sent["file"]
        number = str(len(self.shelf.packages))
        described = {"id": number, "sha256": hashlib.sha256(archive).hexdigest()}
        self.shelf.packages[number] = described | {key: sent[key].decode() for key in ("name", "version")}
        self.shelf.archives[number] = archive
        if "js_policy" in sent:
            self.shelf.policies[number] = sent["js_policy"]
        return 200, {"job_id": number, "package_id": number}

    def _get_job(self, number: str) -> tuple[int, object]:
        detail = self.shelf.rejected.get(self.shelf.packages[number]["name"])
        answer = {"status": "failed" if detail else "succeeded", "stage": "", "progress": 1, "error": None}
        return 200, answer | ({"error": {"detail": detail, "code": "bad"}} if detail else {})

    def _put_package(self, number: str, _: str) -> tuple[int, object]:
        self.shelf.ratings.append((self._who, number, json.loads(self.body)["score"]))
        return 200, {}

    def _get_package(self, number: str, what: str = "") -> tuple[int, object]:
        if what == "metrics":
            return 200, {"net_score": -1 if int(number) % 2 else 0.5}
        if number in self.shelf.policies and self._who not in self.shelf.policies[number].decode():
            return 403, {"detail": "Not on the list.", "code": "policy_rejected"}
        self.shelf.downloads.append((self._who, number))
        url = f"http://{self.headers['Host']}/bytes/{number}"
        return 200, {"url": url, "sha256": self.shelf.packages[number]["sha256"]}


@contextmanager
def serving() -> Iterator[tuple[str, Shelf]]:
    """The address of a fresh registry, and its shelf."""
    shelf = Shelf()
    handler = type("Handler", (_Handler,), {"shelf": shelf})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", shelf
        finally:
            server.shutdown()
            thread.join()
