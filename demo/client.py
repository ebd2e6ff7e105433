"""The registry's HTTP API as the demonstration needs it, with the standard library alone."""

import hashlib
import http.client
import json
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

_TIMEOUT_SECONDS = 60
_CHUNK_BYTES = 64 * 1024
_PATIENCE = 5  # how often a call that is told to slow down is tried again
_JSON = "application/json"
_OVER = frozenset({"succeeded", "rejected", "unavailable", "failed"})


class Unreachable(Exception):
    """Nobody answers at the address, or what answers is no registry; `str(error)` is one sentence."""


class Refused(Exception):
    """The registry's refusal: HTTP `status`, its stable word `code`, and the sentence it gave."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


@dataclass(frozen=True)
class Job:
    """How far a job is: `progress` from 0 to 1, `error` a sentence where it didn't succeed."""

    status: str
    stage: str
    progress: float
    error: str

    @property
    def is_over(self) -> bool:
        return self.status in _OVER


@dataclass(frozen=True)
class Held:
    """A package that the registry has."""

    id: str
    sha256: str


@dataclass(frozen=True)
class Upload:
    """A file and the fields that go with it; `policy` is the source of a download policy."""

    filename: str
    archive: bytes
    fields: Mapping[str, str]
    policy: bytes | None = None


@dataclass(frozen=True)
class Registry:
    """The registry at `url`, as seen by the owner of `token`; without a token, by nobody in particular.

    Every method raises Unreachable and Refused, an impossible `url` Unreachable at once.
    """

    url: str
    token: str = ""

    def __post_init__(self) -> None:
        where = urlsplit(self.url)
        if where.scheme not in ("http", "https") or not where.hostname:
            raise Unreachable(f"{self.url!r} is no address of a registry; write one such as http://127.0.0.1:8000.")

    def signed_in(self, username: str, password: str) -> "Registry":
        """The same registry with a token of `username`."""
        answer = self._json("POST", "/authenticate", {"username": username, "password": password})
        return Registry(self.url, str(answer["token"]))

    def sign_out(self) -> None:
        """Give the token back."""
        self._json("DELETE", "/authenticate")

    def register(self, username: str, password: str, permissions: Sequence[str]) -> None:
        body = {"username": username, "password": password, "permissions": list(permissions)}
        self._json("POST", "/user/register", body)

    def find(self, name: str, version: str) -> Held | None:
        """The published package of exactly this name and version."""
        answer = self._json("POST", "/packages?limit=100", {"name": name, "version": version})
        found = (one for one in answer["packages"] if one["name"] == name and one["version"] == version)
        return next((Held(str(one["id"]), str(one["sha256"])) for one in found), None)

    def upload(self, upload: Upload) -> tuple[str, str]:
        """Send a package; the ids of its job and of the package to be."""
        boundary = secrets.token_hex(16)
        parts = list(_parts(upload, boundary))
        answer = self._call("POST", "/package", parts, f"multipart/form-data; boundary={boundary}")
        return str(answer["job_id"]), str(answer["package_id"])

    def job(self, job_id: str) -> Job:
        answer = self._json("GET", f"/job/{job_id}")
        error = (answer.get("error") or {}).get("detail", "")
        progress = float(answer.get("progress") or 0)
        return Job(answer["status"], answer.get("stage") or "", progress, error)

    def net_score(self, package_id: str) -> float | None:
        """From 0 to 1; None where too little could be measured."""
        score = self._json("GET", f"/package/{package_id}/metrics")["net_score"]
        return None if score is None or score < 0 else float(score)

    def rate(self, package_id: str, stars: int) -> None:
        self._json("PUT", f"/package/{package_id}/rate", {"score": stars})

    def download(self, package_id: str) -> None:
        """Fetch a package whole; bytes other than those the registry names count as refused."""
        answer = self._json("GET", f"/package/{package_id}")
        status, data = _exchange("GET", str(answer["url"]), {"User-Agent": "registry-demo"}, [])
        if status != 200 or hashlib.sha256(data).hexdigest() != answer["sha256"]:
            raise Refused(status, "wrong_bytes", f"The file behind the download URL isn't the package (HTTP {status}).")

    def _json(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        return self._call(method, path, [] if body is None else [json.dumps(body).encode()], _JSON)

    def _call(self, method: str, path: str, body: Sequence[bytes], content_type: str) -> dict[str, Any]:
        """One call, repeated a few times when the registry asks to slow down."""
        headers = {"Accept": _JSON, "User-Agent": "registry-demo"}
        if self.token:
            headers["X-Auth-Token"] = self.token
        if body:
            headers["Content-Type"] = content_type
        for attempt in range(_PATIENCE):
            status, data = _exchange(method, self.url.rstrip("/") + path, headers, body)
            answer = _answered(status, data, self.url)
            if status < 400:
                return answer
            if answer.get("code") != "rate_limited" or attempt == _PATIENCE - 1:
                break
            time.sleep(1)
        raise Refused(status, str(answer.get("code", "")), str(answer.get("detail", f"HTTP {status}.")))


def _answered(status: int, data: bytes, url: str) -> dict[str, Any]:
    """The object of a JSON answer, {} of an empty one. Raises Unreachable for what no registry says."""
    try:
        answer = json.loads(data) if data else {}
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise Unreachable(f"What answers at {url} is no registry (HTTP {status}); set REGISTRY_URL to where it runs.")
    return answer


def _exchange(method: str, url: str, headers: Mapping[str, str], body: Sequence[bytes]) -> tuple[int, bytes]:
    """The status and body that `url` answers with; the parts of `body` are sent one after another, never joined."""
    where = urlsplit(url)
    kind = http.client.HTTPSConnection if where.scheme == "https" else http.client.HTTPConnection
    target = (where.path or "/") + (f"?{where.query}" if where.query else "")
    try:
        connection = kind(where.hostname or "", where.port, timeout=_TIMEOUT_SECONDS)
        try:
            length = {"Content-Length": str(sum(map(len, body)))} if body else {}
            connection.request(method, target, iter(body) if body else None, {**headers, **length})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()
    except (OSError, ValueError, http.client.HTTPException) as error:
        place = f"{where.scheme}://{where.netloc}"
        raise Unreachable(f"No registry answers at {place} ({error}); start one with `make run`.") from error


def _parts(upload: Upload, boundary: str) -> Iterator[bytes]:
    """The multipart body, in pieces of at most 64 KiB of a file."""
    for name, text in upload.fields.items():
        yield _heading(boundary, name) + text.encode() + b"\r\n"
    files = [("file", upload.filename, "application/zip", upload.archive)]
    if upload.policy is not None:
        files.append(("js_policy", "policy.js", "text/javascript", upload.policy))
    for name, filename, kind, data in files:
        yield _heading(boundary, name, f'; filename="{quote(filename)}"\r\nContent-Type: {kind}')
        for start in range(0, len(data), _CHUNK_BYTES):
            yield data[start : start + _CHUNK_BYTES]
        yield b"\r\n"
    yield f"--{boundary}--\r\n".encode()


def _heading(boundary: str, name: str, rest: str = "") -> bytes:
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"{rest}\r\n\r\n'.encode()
