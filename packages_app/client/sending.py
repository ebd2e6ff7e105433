"""Sending a large file in parts: several at once, each tried again, none sent twice when a cut upload is gone on with."""

import hashlib
import http.client
import os
import random
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from packages_app.client.calls import RegistryClient, Unreachable, exchange
from packages_app.client.progress import Progress
from packages_app.domain.parts import cut, usual_part_bytes

_CHUNK_BYTES = 1024 * 1024
_ATTEMPTS = 8
_LONGEST_PAUSE = 30.0


@dataclass(frozen=True)
class Hashed:
    """A file's size in bytes, its SHA-256 and those of its parts, in hexadecimal."""

    size: int
    sha256: str
    part_bytes: int
    part_sha256s: tuple[str, ...]


@dataclass(frozen=True)
class Accepted:
    """What the registry made of the file: a job to be watched."""

    job_id: str
    package_id: str | None


def hash_file(descriptor: int, progress: Progress, part_bytes: int | None = None) -> Hashed:
    """Read the open file once."""
    size = os.fstat(descriptor).st_size
    part_bytes = part_bytes or usual_part_bytes(size)
    whole = hashlib.sha256()
    parts = []
    for part in cut(size, part_bytes):
        digest = hashlib.sha256()
        for chunk in _chunks(descriptor, part.offset, part.size):
            whole.update(chunk)
            digest.update(chunk)
            progress.add(len(chunk))
        parts.append(digest.hexdigest())
    return Hashed(size, whole.hexdigest(), part_bytes, tuple(parts))


def send_file(
    client: RegistryClient,
    path: Path | int,
    hashed: Hashed,
    labels: Mapping[str, Any],
    progress: Progress,
    *,
    at_once: int = 4,
) -> Accepted:
    """Upload the file, or what of it the registry hasn't got, `at_once` parts at a time. Raises Unreachable, Refusal.

    `path` may be an open descriptor. Memory: a chunk for each part under way.
    """
    descriptor = path if isinstance(path, int) else os.open(path, os.O_RDONLY)
    try:
        begun = client.call(
            "POST",
            "/uploads",
            {
                "size_bytes": hashed.size,
                "sha256": hashed.sha256,
                "part_bytes": hashed.part_bytes,
                "part_sha256s": list(hashed.part_sha256s),
                **labels,
            },
        )
        sending = _Sending(client, f"/uploads/{begun['upload_id']}", descriptor, progress)
        sending.send_all(begun["parts"], at_once)
        answer = client.call("POST", f"/uploads/{begun['upload_id']}/complete", {})
    finally:
        if not isinstance(path, int):
            os.close(descriptor)
    return Accepted(str(answer["job_id"]), answer["package_id"])


@dataclass
class _Sending:
    client: RegistryClient
    path: str
    descriptor: int
    progress: Progress
    stop: threading.Event = field(default_factory=threading.Event)

    def send_all(self, parts: list[dict[str, Any]], at_once: int) -> None:
        self.progress.skip(sum(part["size_bytes"] for part in parts if part["is_held"]))
        with ThreadPoolExecutor(at_once) as pool:
            under_way = [pool.submit(self._send, part) for part in parts if not part["is_held"]]
            try:
                for done in as_completed(under_way):
                    done.result()
            except BaseException:
                self.stop.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _send(self, part: dict[str, Any]) -> None:
        for attempt in range(_ATTEMPTS):
            said = self._try(part)
            if not said or self.stop.is_set():
                return
            if attempt < _ATTEMPTS - 1:
                self.stop.wait(min(2**attempt, _LONGEST_PAUSE) * random.uniform(0.5, 1))  # noqa: S311  # nosec B311 # spreads the load
                part = self._looked_up(part["number"])
                if part["is_held"]:
                    self.progress.add(part["size_bytes"])
                    return
        raise Unreachable(
            f"Part {part['number']} could not be sent in {_ATTEMPTS} attempts: {said}. Run it again to go on."
        )

    def _looked_up(self, number: int) -> dict[str, Any]:
        """The part as it is now, with a fresh URL; an hour on the way makes the first one stale."""
        parts: list[dict[str, Any]] = self.client.call("GET", self.path)["parts"]
        return next(part for part in parts if part["number"] == number)

    def _try(self, part: dict[str, Any]) -> str:
        """Send the part once; empty, or what went wrong."""
        sent = 0

        def counted() -> Iterator[bytes]:
            nonlocal sent
            for chunk in _chunks(self.descriptor, part["offset"], part["size_bytes"]):
                if self.stop.is_set():
                    raise ConnectionAbortedError("given up")
                yield chunk
                sent += len(chunk)
                self.progress.add(len(chunk))

        headers = {"Content-Length": str(part["size_bytes"]), "Content-Type": "application/octet-stream"}
        try:
            with exchange("PUT", part["url"], headers | part["headers"], counted()) as response:
                said = response.read(_CHUNK_BYTES).decode(errors="replace")
                if response.status == HTTPStatus.OK:
                    return ""
                said = f"HTTP {response.status} {said[:300]}"
        except (OSError, http.client.HTTPException) as error:
            said = str(error) or type(error).__name__
        self.progress.add(-sent)
        return said


def _chunks(descriptor: int, offset: int, size: int) -> Iterator[bytes]:
    end = offset + size
    while offset < end and (chunk := os.pread(descriptor, min(_CHUNK_BYTES, end - offset), offset)):
        yield chunk
        offset += len(chunk)
