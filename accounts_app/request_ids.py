"""The id that a request goes by, from the gateway to the last line that a worker logs for what was asked for."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class UnderWay:
    """What a thread is at: the request's id, and the job's where it is one; empty where there is none."""

    request_id: str = ""
    job: str = ""


_NOTHING = UnderWay()
_under_way: ContextVar[UnderWay] = ContextVar("under_way", default=_NOTHING)


def current_request_id() -> str:
    """The id of the request that is answered here, or that the job under way was asked for with; else empty."""
    return _under_way.get().request_id


@contextmanager
def known_as(request_id: str, *, job: str = "") -> Iterator[None]:
    """Whatever this thread logs and queues meanwhile belongs to the request, and to the job."""
    before = _under_way.set(UnderWay(request_id, job))
    try:
        yield
    finally:
        _under_way.reset(before)


def carried(work: Callable[P, R]) -> Callable[P, R]:
    """`work` for another thread, which then goes by the ids of the thread that asked for it."""
    context = copy_context()

    def carry(*args: P.args, **kwargs: P.kwargs) -> R:
        return context.run(work, *args, **kwargs)

    return carry


class NameRequest(logging.Filter):
    """Gives every line its `request_id` and `job`, where there are any."""

    def filter(self, record: logging.LogRecord) -> bool:
        for name, value in vars(_under_way.get()).items():
            if value:
                setattr(record, name, value)
        return True
