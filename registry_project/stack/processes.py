"""Processes that end when the one that made them does, however that comes about."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
#: Looked up before any fork: a child of a threaded process must not wait for the loader's lock.
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
_forking = 0


def die_with_parent(parent: int, by: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel send this process `by` when `parent`, the process that forked it, ends.

    To be called in the child; ends it at once where the parent is gone already. Only Linux can do this; elsewhere
    nothing happens. "The parent" is to the kernel the thread that forked: fork from one that lasts.
    """
    if _prctl is None:
        return
    _prctl(_PR_SET_PDEATHSIG, int(by), 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def tie_descendants() -> None:
    """From now on every process made by os.fork, here or in a descendant, is killed when its parent ends.

    gunicorn's and django-q's processes are all made so. Programs started by subprocess are not: give those a
    `preexec_fn` of die_with_parent, or a time limit.
    """
    os.register_at_fork(before=_remember_parent, after_in_child=lambda: die_with_parent(_forking))


def _remember_parent() -> None:
    global _forking  # noqa: PLW0603 - the child has no other way to know who forked it
    _forking = os.getpid()
