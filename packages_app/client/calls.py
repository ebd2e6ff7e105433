"""A registry's HTTP API from outside, with the standard library alone: calls, and bodies that are streamed both ways."""

import http.client
import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

_TIMEOUT_SECONDS = 60
_ATTEMPTS = 5
_AGENT = {"User-Agent": "registry-client"}
_STALE = frozenset({"token_expired", "token_spent"})
_PASSING = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE})


class Unreachable(Exception):
    """Nobody answers at the address, or what answers is no registry; `str(error)` is one sentence."""


class Refusal(Exception):
    """What the registry refused: HTTP `status`, its stable word `code`, and the sentence it gave."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


@dataclass
class RegistryClient:
    """The registry at `url`, as a user of it; a token that runs out is replaced where a password is known.

    Every method raises Unreachable and Refusal. May be shared between threads.
    """

    url: str
    token: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """One call with a JSON body and answer. Tried again when the registry is busy for a moment."""
        for attempt in range(_ATTEMPTS):
            token = self._token()
            try:
                return _answer(method, self.url.rstrip("/") + path, {"X-Auth-Token": token}, body)
            except Refusal as refusal:
                if refusal.code in _STALE and self.password:
                    self._forget(token)
                elif refusal.status not in _PASSING or attempt == _ATTEMPTS - 1:
                    raise
                else:
                    time.sleep(2**attempt)
        raise Refusal(
            HTTPStatus.UNAUTHORIZED, "token_expired", "The registry's tokens run out as soon as they are made."
        )

    def _token(self) -> str:
        with self._lock:
            if not self.token:
                given = {"username": self.username, "password": self.password}
                self.token = str(_answer("POST", self.url.rstrip("/") + "/authenticate", {}, given)["token"])
            return self.token

    def _forget(self, token: str) -> None:
        with self._lock:
            if self.token == token:
                self.token = ""  # nosec B105 # none


@contextmanager
def exchange(
    method: str, url: str, headers: Mapping[str, str], body: Iterable[bytes] | bytes | None = None
) -> Iterator[http.client.HTTPResponse]:
    """The answer to one request, to be read while the block lasts; `body` is sent piece by piece.

    Raises OSError and HTTPException as they come.
    """
    where = urlsplit(url)
    kind = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
    target = (where.path or "/") + (f"?{where.query}" if where.query else "")
    connection = kind(where.hostname or "", where.port, timeout=_TIMEOUT_SECONDS)
    try:
        connection.request(method, target, body, {**_AGENT, **headers})
        yield connection.getresponse()
    finally:
        connection.close()


def _answer(method: str, url: str, headers: Mapping[str, str], body: object) -> dict[str, Any]:
    sent = None if body is None else json.dumps(body).encode()
    more = {"Accept": "application/json"} | ({"Content-Type": "application/json"} if sent else {})
    try:
        with exchange(method, url, {**headers, **more}, sent) as response:
            return _read(response)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(f"No registry answers at {url} ({error}); check the address.") from error


def _read(response: http.client.HTTPResponse) -> dict[str, Any]:
    data = response.read()
    answer = json.loads(data) if data else {}
    if not isinstance(answer, dict):
        raise ValueError("what answers is no registry")
    if response.status >= HTTPStatus.BAD_REQUEST:
        raise Refusal(
            response.status, str(answer.get("code", "")), str(answer.get("detail", f"HTTP {response.status}."))
        )
    return answer
