"""A file that arrives in parts, each written at its own place, so that nothing is copied when the last one is there.

Of two requests that send the same part, the newer wins from its first byte on: a client that resumes must not wait for
its own dead connection, and two senders must not mix. Which request is the newest stands in a second file beside, read
and written under a lock that holds across threads and processes.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from packages_app.domain.parts import PartRange

_MARK_BYTES = 8


class Superseded(Exception):
    """Another request sends this part now; what this one wrote no longer counts."""


class PartFile:
    """The file at `path`; `marks` beside it tell who writes each part."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.marks = path.with_name(f"{path.name}.marks")

    def make(self, size: int) -> None:
        """Make the file, sparse and of its full `size` in bytes."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        for path, length in ((self.marks, 0), (self.path, size)):
            with path.open("wb") as file:
                file.truncate(length)

    def write(self, part: PartRange, chunks: Iterable[bytes], *, turn: int) -> tuple[int, str]:
        """Write `chunks` at the part's place: how many bytes came, at most the part's, and their SHA-256 in hexadecimal.

        `turn` grows with every request for this part. Raises Superseded, and FileNotFoundError when the file is gone.
        """
        digest = hashlib.sha256()
        written = 0
        with self.path.open("r+b", buffering=0) as file, self.marks.open("r+b", buffering=0) as marks:
            at = part.number * _MARK_BYTES
            with _locked(marks.fileno()):
                if _mark(marks.fileno(), at) < turn:
                    _write_all(marks.fileno(), memoryview(turn.to_bytes(_MARK_BYTES)), at)
            for chunk in chunks:
                piece = memoryview(chunk)[: part.size - written]
                with _locked(marks.fileno()):
                    if _mark(marks.fileno(), at) != turn:
                        raise Superseded
                    _write_all(file.fileno(), piece, part.offset + written)
                digest.update(piece)
                written += len(piece)
        return written, digest.hexdigest()

    def take(self, target: Path) -> None:
        """Move the whole file to `target`; done before, nothing. Raises FileNotFoundError when neither is there."""
        if not target.exists():
            with self.path.open("rb") as file:
                os.fsync(file.fileno())
            target.parent.mkdir(parents=True, exist_ok=True)
            self.path.replace(target)
        self.marks.unlink(missing_ok=True)

    def remove(self) -> None:
        self.path.unlink(missing_ok=True)
        self.marks.unlink(missing_ok=True)


@contextmanager
def _locked(descriptor: int) -> Iterator[None]:
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def _mark(descriptor: int, offset: int) -> int:
    return int.from_bytes(os.pread(descriptor, _MARK_BYTES, offset))


def _write_all(descriptor: int, data: memoryview, offset: int) -> None:
    while data:
        count = os.pwrite(descriptor, data, offset)
        data, offset = data[count:], offset + count
