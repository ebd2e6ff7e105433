"""Keeps the parts of the registry running, and ends them in order."""

import select
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Self

from registry_project.stack.errors import StackError
from registry_project.stack.parts import STOP_SIGNALS, Part

_FAILURES = 5  # of one part, within
_WITHIN = 60.0  # seconds, are too many
_FIRST_PAUSE = 0.2  # seconds before a part is started again; doubled each time
_ONE_REQUEST = 0.5  # seconds: make hands on the signal that its whole group got too


class Stopped(BaseException):  # not an Exception: nothing on the way up may take it for a fault
    """Somebody asked the registry to stop while it was busy with something that would have taken time."""


class Supervisor:
    """Starts parts, starts them again when they end unasked, stops them last started first.

    A context manager, to be used in the main thread: inside, SIGINT, SIGTERM and SIGHUP ask it to stop; leaving ends
    every part. A second signal while stopping ends them at once. `say` gets one line about each failure.
    """

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say
        self._parts: list[Part] = []
        self._failures: dict[str, list[float]] = {}
        self._due: dict[str, float] = {}
        self._asked = 0
        self._asked_at = -_ONE_REQUEST
        self._interrupts = False
        self._woken, self._waker = socket.socketpair()
        for end in (self._woken, self._waker):
            end.setblocking(False)  # noqa: FBT003 - its only parameter

    def __enter__(self) -> Self:
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # a Python handler, so that the wake-up is written
        for each in STOP_SIGNALS:
            if each is not signal.SIGHUP or signal.getsignal(each) is not signal.SIG_IGN:  # nohup means it
                signal.signal(each, self._on_stop)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: BaseException | TracebackType | None) -> bool:
        self.stop()
        return kind is Stopped

    def _on_stop(self, _signal: int, _frame: FrameType | None) -> None:
        now = time.monotonic()
        if now - self._asked_at < _ONE_REQUEST:
            return
        self._asked, self._asked_at = self._asked + 1, now
        if self._interrupts:
            self._interrupts = False
            raise Stopped

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """A stretch of work that a request to stop breaks off, by raising Stopped out of it."""
        if self._asked:
            raise Stopped
        self._interrupts = True
        try:
            yield
        finally:
            self._interrupts = False

    def start(self, part: Part) -> None:
        """Start `part` and watch it from now on."""
        self._parts.append(part)
        with self.interruptible():
            part.start()

    def run(self, until: Callable[[], bool] = lambda: False, *, every: float = 1.0) -> None:
        """Watch the parts until asked to stop (Stopped), or `until`, asked `every` so many seconds, says so.

        Raises StackError when a part can't be kept running.
        """
        while not until():
            if self._asked:
                raise Stopped
            for part in self._parts:
                self._look_after(part)
            self._sleep(min([every, *(due - time.monotonic() for due in self._due.values())]))

    def stop(self) -> None:
        """End every part, last started first."""
        before = self._asked
        while self._parts:
            part = self._parts.pop()
            if part.name not in self._due and not part.ended():
                part.ask_to_end()
                deadline = time.monotonic() + part.grace
                while not part.ended() and time.monotonic() < deadline and self._asked <= max(before, 1):
                    self._sleep(deadline - time.monotonic())
            part.end_now()

    def _look_after(self, part: Part) -> None:
        due = self._due.get(part.name)
        if due is not None:
            if due <= time.monotonic():
                del self._due[part.name]
                with self.interruptible():
                    part.start()
            return
        how = part.ended()
        if how is None:
            return
        part.end_now()
        now = time.monotonic()
        recent = [when for when in self._failures.get(part.name, []) if now - when < _WITHIN] + [now]
        self._failures[part.name] = recent
        self._due[part.name] = now + _FIRST_PAUSE * 2 ** (len(recent) - 1)
        if len(recent) >= _FAILURES:
            raise StackError(f"The {part.name} {how}, {len(recent)} times within a minute; the registry stops.")
        self._say(f"The {part.name} {how}; starting it again in {self._due[part.name] - now:g} s.")

    def _sleep(self, seconds: float) -> None:
        """Sleep until a signal arrives, a child's end included; at most `seconds`."""
        if select.select([self._woken], [], [], max(seconds, 0))[0]:
            self._woken.recv(4096)
