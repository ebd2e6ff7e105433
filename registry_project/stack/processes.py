"""Processes that end when the one that made them does, however that comes about."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
#: Looked up before any fork: a child of a threaded process must not wait for the loader's lock.
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def die_with_parent(parent: int, by: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel send this process `by` when `parent`, the process that forked it, ends.

    To be called in the child. Ends at once where the parent is gone already. Only Linux can do this; elsewhere nothing happens.
    """
    if _prctl is None:
        return
    _prctl(_PR_SET_PDEATHSIG, int(by), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
