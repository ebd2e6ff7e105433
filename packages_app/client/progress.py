"""How far a long transfer is, for people: a bar on a terminal, a line now and then elsewhere."""

import threading
import time
from typing import TextIO

from packages_app.domain.sizes import in_words

_BAR = 30
_SECONDS_BETWEEN = {True: 0.2, False: 10.0}  # on a terminal, elsewhere


class Progress:
    """Counts bytes from any thread towards `total`."""

    def __init__(self, label: str, total: int, stream: TextIO) -> None:
        self._label, self._total, self._stream = label, total, stream
        self._terminal = stream.isatty()
        self._lock = threading.Lock()
        self._started = self._said = time.monotonic()
        self._done = self._already = 0

    def skip(self, count: int) -> None:
        """Bytes that were there already: counted, but not into the speed."""
        with self._lock:
            self._done += count
            self._already += count

    def add(self, count: int) -> None:
        """Bytes that were moved; a negative number takes back those that have to be moved again."""
        with self._lock:
            self._done += count
            now = time.monotonic()
            if now - self._said >= _SECONDS_BETWEEN[self._terminal]:
                self._said = now
                self._show(now)

    def finish(self) -> None:
        with self._lock:
            self._show(time.monotonic())
            if self._terminal:
                self._stream.write("\n")

    def _show(self, now: float) -> None:
        share = min(1.0, self._done / self._total) if self._total else 1.0
        speed = (self._done - self._already) / max(now - self._started, 1e-3)
        line = f"{self._label} {share:4.0%}  {in_words(self._done)} of {in_words(self._total)}  {in_words(speed)}/s"
        if 0 < share < 1 and speed > 0:
            line += f"  {(self._total - self._done) / speed:.0f} s left"
        if self._terminal:
            full = round(share * _BAR)
            self._stream.write(f"\r\x1b[K[{'#' * full}{'.' * (_BAR - full)}] {line}")
        else:
            self._stream.write(f"{line}\n")
        self._stream.flush()
