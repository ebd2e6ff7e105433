"""A file on its way: its bytes so far in a `.part` beside its place, which it takes once they are what was promised."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

from packages_app.domain.refusals import shown
from packages_app.sources.contract import RemoteFile

_CHUNK_BYTES = 1024 * 1024


class Mismatch(Exception):
    """The bytes that came are not those promised; they are forgotten. `str(error)` says how they differ."""


class ShortFile(Exception):
    """The bytes ended too early; those that came are kept."""


class Part:
    """What is there already of `file`; `at` is its final place."""

    def __init__(self, file: RemoteFile, at: Path) -> None:
        self._file = file
        self._at = at
        self._path = at.with_name(f"{at.name}.part")

    @property
    def size(self) -> int:
        """Bytes held."""
        return self._path.stat().st_size if self._path.exists() else 0

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)

    def take(self, chunks: Iterable[bytes], heard: Callable[[int], None]) -> None:
        """Append `chunks`; `heard` is told the size after each. Raises Mismatch when they are too many."""
        size = self.size
        with self._path.open("ab") as file:
            for chunk in chunks:
                size += len(chunk)
                if self._file.size is not None and size > self._file.size:
                    break
                file.write(chunk)
                heard(size)
        if self._file.size is not None and size > self._file.size:
            self._refuse(f"has more than the {self._file.size:,} bytes that were announced")

    def finish(self) -> None:
        """Check the bytes and give the file its place. Raises ShortFile, Mismatch."""
        self._path.touch()
        if self._file.size is not None and self.size != self._file.size:
            raise ShortFile(f"{shown(self._file.path)} ended after {self.size:,} of {self._file.size:,} bytes.")
        if self._file.sha256 and self._digest("sha256") != self._file.sha256:
            self._refuse("is not of the SHA-256 that was announced")
        if self._file.git_sha1 and self._digest("sha1", b"blob %d\0" % self.size) != self._file.git_sha1:
            self._refuse("is not of the Git hash that was announced")
        self._path.replace(self._at)

    def _digest(self, algorithm: str, prefix: bytes = b"") -> str:
        digest = hashlib.new(algorithm, prefix, usedforsecurity=algorithm != "sha1")
        with self._path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
        return digest.hexdigest()

    def _refuse(self, why: str) -> None:
        self.forget()
        raise Mismatch(f"{shown(self._file.path)} {why}.")
