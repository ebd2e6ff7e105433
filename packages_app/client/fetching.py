"""Fetching packages: found by name and version, gone on with where a transfer was cut, believed only by their hash."""

import hashlib
import http.client
import os
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path, PurePosixPath
from typing import Any

from packages_app.client.calls import Refusal, RegistryClient, Unreachable, exchange
from packages_app.client.progress import Progress

_CHUNK_BYTES = 1024 * 1024
_ATTEMPTS = 8
_LONGEST_PAUSE = 30.0


class WrongBytes(Exception):
    """What was fetched isn't what the registry promised; the message is one sentence."""


class Unkept(Exception):
    """There is no place here for what was fetched; the message is one sentence."""


@dataclass(frozen=True)
class Wanted:
    """One object to be fetched. `ask`: the path that hands out its URL; `filename` has no folder."""

    ask: str
    file: str | None
    filename: str
    size: int
    sha256: str


def find_package(client: RegistryClient, name: str, version: str | None) -> dict[str, Any]:
    """The newest package of exactly this name, and version where one is given. Raises Refusal (404)."""
    cursor = ""
    while True:
        asked = {"name": name, "sort": "newest"} | ({"version": version} if version else {})
        page = client.call("POST", f"/packages?limit=100{cursor}", asked)
        for package in page["packages"]:
            if package["name"] == name and version in {None, package["version"]}:
                return dict(package)
        if not page["next"]:
            wanted = f"{name} {version}" if version else name
            raise Refusal(HTTPStatus.NOT_FOUND, "package_not_found", f"The registry has no package {wanted}.")
        cursor = f"&cursor={page['next']}"


def wanted_of(client: RegistryClient, package: dict[str, Any], *, weights: bool) -> Sequence[Wanted]:
    """What there is to fetch: the archive, or each weight file. Raises Refusal."""
    ask = f"/package/{package['id']}"
    if not weights:
        name = f"{PurePosixPath(package['name']).name}-{package['version']}.zip"
        return [Wanted(ask, None, name, package["size_bytes"], package["sha256"])]
    answer = client.call("GET", f"{ask}/weights")
    files = answer.get("files") or [answer]
    names = [PurePosixPath(one["file"]).name for one in files]
    flat = len(set(names)) == len(names)
    return [
        Wanted(
            f"{ask}/weights",
            one["file"],
            PurePosixPath(one["file"]).name if flat else one["file"].replace("/", "_"),
            one["size_bytes"],
            one["sha256"],
        )
        for one in files
    ]


def fetch(client: RegistryClient, wanted: Wanted, target: Path, progress: Progress) -> None:
    """Fetch one object to `target`, which appears only when its hash is right. What an earlier attempt left is gone on
    with. Raises Unreachable, Refusal, WrongBytes, Unkept."""
    partial = target.with_name(f".{target.name}.{wanted.sha256[:12]}.part")
    said = ""
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(min(2**attempt, _LONGEST_PAUSE) * random.uniform(0.5, 1))  # noqa: S311  # nosec B311 # spreads the load
        held = partial.stat().st_size if partial.exists() else 0
        if attempt == 0:
            progress.skip(held)
        if held >= wanted.size:
            break
        said = _go_on(_url(client, wanted), partial, held, wanted.size, progress)
    if not partial.exists() or partial.stat().st_size < wanted.size:
        raise Unreachable(
            f"{wanted.filename} could not be fetched in {_ATTEMPTS} attempts: {said}. Run it again to go on."
        )
    if _sha256(partial) != wanted.sha256:
        partial.unlink()
        raise WrongBytes(f"{wanted.filename} arrived with other bytes than the registry has; fetch it again.")
    partial.replace(target)


def _url(client: RegistryClient, wanted: Wanted) -> str:
    answer = client.call("GET", wanted.ask)
    return str(next((one["url"] for one in answer.get("files", ()) if one["file"] == wanted.file), answer.get("url")))


def _go_on(url: str, partial: Path, held: int, size: int, progress: Progress) -> str:
    """Fetch the bytes from `held` on; empty, or what went wrong."""
    try:
        with exchange("GET", url, {"Range": f"bytes={held}-"} if held else {}) as response:
            if response.status not in {HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT}:
                return f"HTTP {response.status}"
            # Not every server that speaks S3 says 206 when it gives a range; all of them say which.
            if held and not (response.getheader("Content-Range") or "").startswith(f"bytes {held}-"):
                partial.unlink()
                progress.add(-held)
            with _kept(partial):
                file = partial.open("ab")
            with file:
                while (chunk := response.read(_CHUNK_BYTES)) and file.tell() < size:
                    with _kept(partial):
                        file.write(chunk)
                        file.flush()
                    progress.add(len(chunk))
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    return "the connection was cut"


@contextmanager
def _kept(path: Path) -> Iterator[None]:
    """What goes wrong with the file is no fault of the connection, and isn't tried again."""
    try:
        yield
    except OSError as error:
        raise Unkept(f"{path.parent} can't be written to: {error.strerror}.") from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        os.fsync(file.fileno())
        return hashlib.file_digest(file, "sha256").hexdigest()
