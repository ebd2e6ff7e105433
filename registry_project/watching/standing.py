"""How things stand: the numbers that are asked of the database, the same on every host."""

import time
from dataclasses import dataclass, field
from threading import Lock

from packages_app.queries.held import held_by_kind
from packages_app.queries.work import queue_state
from registry_project.watching.numbers import JOBS, OLDEST_QUEUED, PACKAGES, STORED_BYTES, Number

_FRESH_SECONDS = 15.0


@dataclass(frozen=True)
class Reading:
    """A gauge's value, and the labels it has."""

    number: Number
    value: float
    labels: dict[str, str] = field(default_factory=dict)


def readings() -> list[Reading]:
    """Every gauge for each of its labels' values, as it stands now; 2 queries, one of which reads every package."""
    queue = queue_state()
    held = held_by_kind()
    return [
        Reading(JOBS, queue.queued, {"status": "queued"}),
        Reading(JOBS, queue.running, {"status": "running"}),
        Reading(OLDEST_QUEUED, queue.oldest_seconds or 0),
        *(Reading(PACKAGES, each.packages, {"kind": kind}) for kind, each in held.items()),
        *(Reading(STORED_BYTES, each.size_bytes, {"kind": kind}) for kind, each in held.items()),
    ]


class Remembered:
    """The readings, asked for again once they are 15 seconds old: anybody may ask, and as often as they like."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._read: list[Reading] = []
        self._read_at = float("-inf")

    def readings(self) -> list[Reading]:
        with self._guard:
            if time.monotonic() - self._read_at > _FRESH_SECONDS:
                self._read = readings()
                self._read_at = time.monotonic()
            return self._read
