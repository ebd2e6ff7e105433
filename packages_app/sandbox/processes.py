"""Processes that answer: one for a single request, or a fork server with a fresh child for each."""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from packages_app.domain.verdicts import FRAME_BYTES
from packages_app.sandbox.engines import IMPORT_ROOT, Engine
from packages_app.sandbox.settings import SandboxSettings

_WORKER: Final = Path(__file__).resolve().parent / "worker.py"
#: Beyond the deadline of the evaluation itself: for the process to start, to be told, and to end.
GRACE_SECONDS: Final = 2.0
#: As answering.IDLE, whose module only the process itself should load.
_LEFT_ALONE: Final = 75


@dataclass(frozen=True)
class Ending:
    """How an evaluation ended.

    written: all its process wrote, up to a little more than a reply may have. status: as of subprocess, negative for a
    signal; None where it is not known. late: it had to be killed, since the time was up.
    """

    written: bytes
    status: int | None
    late: bool = False

    @property
    def never_began(self) -> bool:
        """Whether the process ended for want of work, or went away, just before it was asked."""
        return self.status in {None, _LEFT_ALONE} and not self.late and not self.written


class Answerer:
    """A process that answers one request, or one after another where `serving`; used by one thread at a time."""

    def __init__(self, engine: Engine, settings: SandboxSettings, *, serving: bool) -> None:
        self._seconds = settings.deadline_seconds + GRACE_SECONDS
        self._endings: int | None = None
        told: int | None = None
        if serving:
            self._endings, told = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: S603 -- our own interpreter and script
                _command(engine, settings, endings=told),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0,
                env={}, cwd=engine.empty, pass_fds=[] if told is None else [told], start_new_session=True,
            )  # fmt: skip
        except OSError:
            if self._endings is not None:
                os.close(self._endings)
            raise
        finally:
            if told is not None:
                os.close(told)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._replies = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._requests, False)
        os.set_blocking(self._replies, False)

    @property
    def can_answer(self) -> bool:
        """Whether it waits for a request, as far as can be known before it is sent one."""
        if self._process.returncode is not None:
            return False
        ended = os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return ended is None and not _is_readable(self._endings)

    def answer(self, request: bytes) -> Ending:
        """Have `request` evaluated. Unless this is a fork server and all went well, the process is gone afterwards, so
        that nothing of this request, read or unread, can meet the next one."""
        try:
            ending = self._converse(len(request).to_bytes(4, "big") + request)
        except BaseException:
            self.close()
            raise
        if self._endings is None or ending.status != 0 or len(ending.written) > FRAME_BYTES:
            self.close()
        return ending

    def close(self) -> None:
        """End the process, with every child it may have, and give everything back."""
        if self._process.returncode is None:  # else its number may be another's by now
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            _wait_for_end(self._replies)  # a child is not ours to wait for, but holds the other end until it is gone
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        if self._endings is not None:
            os.close(self._endings)
            self._endings = None

    def _converse(self, unsent: bytes) -> Ending:
        until = time.monotonic() + self._seconds
        written, told = b"", b""
        with selectors.DefaultSelector() as selector:
            selector.register(self._requests, selectors.EVENT_WRITE)
            watched = self._replies if self._endings is None else self._endings
            for descriptor in {self._replies, watched}:
                selector.register(descriptor, selectors.EVENT_READ)
            while (left := until - time.monotonic()) > 0 and len(written) <= FRAME_BYTES:
                for key, _ in selector.select(left):
                    if key.fd == self._requests:
                        unsent = _sent(self._requests, unsent)
                        if not unsent:
                            selector.unregister(self._requests)
                    elif key.fd == self._endings:
                        told += os.read(self._endings, 4)
                        return Ending(written + _rest(self._replies), self._status(told))
                    elif piece := os.read(self._replies, FRAME_BYTES + 1):
                        written += piece
                    elif self._endings is None:
                        return Ending(written, self._exit_status(until))
                    else:
                        selector.unregister(self._replies)
        return Ending(written, None, late=len(written) <= FRAME_BYTES)

    def _status(self, told: bytes) -> int | None:
        """How the child ended; None where the server went with it, which leaves nothing to be used again."""
        return os.waitstatus_to_exitcode(int.from_bytes(told, "big")) if len(told) == 4 else None

    def _exit_status(self, until: float) -> int | None:
        try:
            return self._process.wait(max(until - time.monotonic(), 0.0))
        except subprocess.TimeoutExpired:
            return None


def _command(engine: Engine, settings: SandboxSettings, *, endings: int | None) -> list[str]:
    orders = {
        "library": str(engine.library),
        "native": str(engine.native),
        "sha256": engine.sha256,
        "endings": endings,
        "required": sorted(settings.required_lockdown),
        "deadline": settings.deadline_seconds,
        "idle": settings.idle_seconds,
    }
    flags = ["-I", "-S", "-B", "-X", f"pycache_prefix={engine.bytecode}"]
    return [sys.executable, *flags, str(_WORKER), json.dumps(orders), str(IMPORT_ROOT)]


def _is_readable(descriptor: int | None) -> bool:
    """Whether somebody wrote to `descriptor`, or closed the other end."""
    if descriptor is None:
        return False
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        return bool(selector.select(0))


def _sent(descriptor: int, unsent: bytes) -> bytes:
    """What is left of `unsent`; nothing where the reader has gone, which its ending will tell."""
    try:
        return unsent[os.write(descriptor, unsent) :]
    except BrokenPipeError:
        return b""


def _wait_for_end(descriptor: int) -> None:
    """Return once nobody can write to `descriptor` any more, or in GRACE_SECONDS."""
    until = time.monotonic() + GRACE_SECONDS
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        while selector.select(max(until - time.monotonic(), 0)) and _rest(descriptor):
            pass


def _rest(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, FRAME_BYTES + 1)
    except BlockingIOError:
        return b""
