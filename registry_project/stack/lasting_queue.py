"""A queue between processes, any of which may be killed while it waits.

multiprocessing's own queue is read under a semaphore, which whoever waits for something to read holds all the time. Killed
then, it takes the semaphore along, and nobody reads any more: one dead worker stops them all.
"""

import fcntl
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any

from django_q.queues import Queue


class KernelLock:
    """A lock between processes forked from one, which the kernel releases when its holder dies."""

    def __init__(self) -> None:
        self._descriptor, name = tempfile.mkstemp()  # open as long as the process
        Path(name).unlink()

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:  # noqa: FBT001, FBT002 - multiprocessing's
        """As multiprocessing's; a `timeout` isn't waited for."""
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | (0 if block and timeout is None else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        return True

    def release(self) -> None:
        fcntl.lockf(self._descriptor, fcntl.LOCK_UN)

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.release()


class LastingQueue(Queue):  # type: ignore[misc]  # django-q is untyped
    """django-q's queue under locks that don't outlive their holders."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._rlock, self._wlock = KernelLock(), KernelLock()
