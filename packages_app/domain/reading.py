"""A binary file read forwards through a small window, with a budget: what scanners of hostile files stand on."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

WINDOW_BYTES = 64 * 1024


class Truncated(Exception):  # it says what happened, as StopIteration does
    """The file ends where more was announced."""


class Exhausted(Exception):
    """The budget is spent; what was found so far stands, the rest is unread."""


FILE_OPERATIONS = 600_000
FILE_BYTES = 512 * 1024 * 1024


@dataclass
class Budget:
    """What one scan may cost, with all that is nested in it: operations decoded and bytes read.

    An operation is some two microseconds of work; what costs more is counted as several.
    """

    operations: int = FILE_OPERATIONS
    bytes: int = FILE_BYTES

    @contextmanager
    def share(self, operations: int = FILE_OPERATIONS) -> "Iterator[Budget]":
        """A budget of at most so many operations, and as many bytes as one file may take; what is spent of it is spent of
        this one too."""
        lent, lent_bytes = min(operations, max(0, self.operations)), min(FILE_BYTES, max(0, self.bytes))
        share = Budget(lent, lent_bytes)
        try:
            yield share
        finally:
            self.operations -= lent - share.operations
            self.bytes -= lent_bytes - share.bytes

    def spend(self, *, operations: int = 0, read: int = 0) -> None:
        self.operations -= operations
        self.bytes -= read
        if self.operations < 0 or self.bytes < 0:
            raise Exhausted


class Reader:
    """Reads `file` of `size` bytes forwards from `at`. Skips without reading; `file` has to be able to seek."""

    def __init__(self, file: BinaryIO, size: int, budget: Budget, at: int = 0) -> None:
        self.file = file
        self._size = size
        self._budget = budget
        self._window = b""
        self._start = at  # of the window in the file
        self._next = 0  # in the window

    @property
    def at(self) -> int:
        """The offset of the next byte, from the start of the file."""
        return self._start + self._next

    @property
    def left(self) -> int:
        return self._size - self.at

    def take(self, count: int) -> bytes:
        """The next `count` bytes; for small counts, since they are returned whole. Raises Truncated, Exhausted."""
        if count > self.left:
            raise Truncated
        if len(self._window) - self._next < count:
            self._fill(count)
        data = self._window[self._next : self._next + count]
        self._next += count
        return data

    def peek(self, count: int) -> bytes:
        """The next bytes, at most `count`, without passing them."""
        count = min(count, self.left)
        data = self.take(count)
        self._next -= count
        return data

    def window(self, length: int) -> "Reader":
        """A reader of the next `length` bytes alone, on the same budget; this one stays where it is."""
        return Reader(self.file, self.at + min(length, self.left), self._budget, self.at)

    def unpack(self, layout: str) -> tuple[Any, ...]:
        """Numbers by a struct layout."""
        return struct.unpack(layout, self.take(struct.calcsize(layout)))

    def skip(self, count: int) -> None:
        if count > self.left or count < 0:
            raise Truncated
        if self._next + count <= len(self._window):
            self._next += count
        else:
            self._start, self._window, self._next = self.at + count, b"", 0

    def skip_strings(self, count: int) -> None:
        """Passes over `count` strings, each after its length in eight bytes."""
        for _ in range(count):
            at = self._next
            if len(self._window) - at >= 8:
                end = at + 8 + int.from_bytes(self._window[at : at + 8], "little")
                if end <= len(self._window):
                    self._next = end
                    continue
            self.skip(int.from_bytes(self.take(8), "little"))

    def step(self, operations: int = 1) -> None:
        """Counts against the budget."""
        self._budget.spend(operations=operations)

    def line(self, keep: int) -> bytes:
        """The bytes up to a newline, which is passed over; of a longer line the first `keep` bytes and one more."""
        kept = b""
        while True:
            if self._next == len(self._window):
                if not self.left:
                    raise Truncated
                self._fill(1)
            end = self._window.find(b"\n", self._next)
            piece = self._window[self._next : end if end >= 0 else len(self._window)]
            kept += piece[: max(0, keep + 1 - len(kept))]
            self._next += len(piece)
            if end >= 0:
                self._next += 1
                return kept

    def _fill(self, count: int) -> None:
        start = self.at
        wanted = min(max(count, WINDOW_BYTES), self._size - start)
        self._budget.spend(read=wanted)
        self.file.seek(start)
        data = bytearray()
        while len(data) < wanted and (piece := self.file.read(wanted - len(data))):
            data += piece
        self._start, self._window, self._next = start, bytes(data), 0
        if len(data) < count:
            raise Truncated
