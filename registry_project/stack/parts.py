"""A part of the registry as the supervisor sees it, and the kind that is a function run in a process of its own."""

import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

STOP_SIGNALS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


class Part(Protocol):
    """Something that runs until asked to end. `grace`: seconds it gets to end by itself."""

    name: str
    grace: float

    def start(self) -> None: ...

    def ended(self) -> str | None:
        """How it ended, in words; None while it runs."""

    def ask_to_end(self) -> None: ...

    def end_now(self) -> None:
        """Leave no process of it behind; harmless when it isn't running."""


class Forked:
    """`work` in a child process with a process group of its own, forked from what is loaded here already.

    Memory stays shared and nothing is imported twice. Whatever `work` starts belongs to the group and ends with it.
    """

    def __init__(self, name: str, work: Callable[[], object], *, grace: float = 5) -> None:
        self.name = name
        self.grace = grace
        self._work = work
        self._pid = 0

    def start(self) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        # A stop asked for in between would lose the child's number, or run the supervisor's handler in the child.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        self._pid = os.fork()
        if self._pid == 0:
            self._run()
        with suppress(PermissionError):  # the child has done it itself
            os.setpgid(self._pid, self._pid)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def ended(self) -> str | None:
        if not self._pid:
            return "was not started"
        found = os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if found is None:
            return None
        if found.si_code == os.CLD_EXITED:
            return f"ended with status {found.si_status}"
        return f"was ended by {signal.Signals(found.si_status).name}"

    def ask_to_end(self) -> None:
        os.kill(self._pid, signal.SIGTERM)

    def end_now(self) -> None:
        if self._pid:
            with suppress(ProcessLookupError):  # not reaped yet, so the number can't be anybody else's
                os.killpg(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = 0

    def _run(self) -> None:
        """The child's whole life: never returns into the supervisor's code."""
        status = 1
        try:
            os.setpgid(0, 0)
            signal.set_wakeup_fd(-1)
            for each in (*STOP_SIGNALS, signal.SIGCHLD):
                signal.signal(each, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
            self._work()
            status = 0
        except SystemExit as leaving:
            status = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
        except BaseException:  # noqa: BLE001 - the last frame of this process; the supervisor sees the status
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status & 0xFF)
