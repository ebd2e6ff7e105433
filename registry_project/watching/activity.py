"""What is asked of the registry, minute by minute, over all its processes and hosts: gathered in memory, added to the
database every few seconds.

Adding takes place once a request's answer is out, in the thread that gave it: in Lambda nothing runs between requests,
and no client waits for it elsewhere. A database that is away is tried again later, and no request fails for it.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock, local
from typing import Any

from django.conf import settings
from django.core.signals import request_finished
from django.db import Error, connection

from registry_project.watching.durations import BUCKETS, bucket_of

log = logging.getLogger(__name__)

#: What a process remembers at most while the database is away.
_MINUTES_KEPT = 60
#: Seconds since: the age of what is added, so that a host whose clock is wrong puts it into the right minute all the same.
#: The commit doesn't wait for the disk: the row is everybody's, and a crash may well cost a few seconds' counts.
_ADD = """
WITH quick AS (SELECT set_config('synchronous_commit', 'off', true))
INSERT INTO activity (minute, failed, durations)
SELECT date_trunc('minute', now() - make_interval(secs => %s)), %s, %s::integer[] FROM quick
ON CONFLICT (minute) DO UPDATE SET failed = activity.failed + excluded.failed, durations = ARRAY(
    SELECT before + added FROM unnest(activity.durations, excluded.durations) WITH ORDINALITY AS each (before, added, place)
    ORDER BY place)
"""


@dataclass
class Minute:
    """Requests of one minute of this host's clock; `last_at`: of the last of them, in seconds of that clock."""

    last_at: float = 0.0
    failed: int = 0
    durations: list[int] = field(default_factory=lambda: [0] * BUCKETS)


class Gathered:
    """What this process has yet to add. `clock`: seconds since 1970, right or wrong."""

    def __init__(self, add: Callable[[float, Minute], None], clock: Callable[[], float] = time.time) -> None:
        self._add, self._clock = add, clock
        self._guard, self._adding = Lock(), Lock()
        self._minutes: dict[int, Minute] = {}
        self._added_at = float("-inf")

    def note(self, seconds: float, *, failed: bool) -> None:
        now = self._clock()
        with self._guard:
            minute = self._minutes.setdefault(int(now // 60), Minute())
            minute.last_at = now
            minute.failed += failed
            minute.durations[bucket_of(seconds)] += 1
            if len(self._minutes) > _MINUTES_KEPT:
                del self._minutes[min(self._minutes)]

    def add_if_due(self, every: float) -> None:
        """Add what there is, at most once in `every` seconds, and not while another thread does: where the database hangs,
        one thread is enough. Raises what adding raises; what is not added stays."""
        if not self._adding.acquire(blocking=False):
            return
        try:
            now = self._clock()
            if not 0 <= now - self._added_at < every:
                self._added_at = now
                self._add_all(now)
        finally:
            self._adding.release()

    def _add_all(self, now: float) -> None:
        with self._guard:
            minutes, self._minutes = self._minutes, {}
        try:
            for number in sorted(minutes):
                self._add(now - minutes[number].last_at, minutes[number])
                del minutes[number]
        finally:
            self._take_back(minutes)

    def _take_back(self, minutes: dict[int, Minute]) -> None:
        with self._guard:
            for number, minute in minutes.items():
                newer = self._minutes.setdefault(number, Minute())
                newer.last_at = max(newer.last_at, minute.last_at)
                newer.failed += minute.failed
                newer.durations = [one + other for one, other in zip(newer.durations, minute.durations, strict=True)]


def _add_to_database(age: float, minute: Minute) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [max(age, 0.0), minute.failed, minute.durations])


_gathered = Gathered(_add_to_database)
#: Whether this thread's request was noted: one that wasn't, a probe say, leaves the database alone.
_request = local()


def note_request(seconds: float, *, failed: bool) -> None:
    """Have a request of so many seconds counted."""
    if settings.ACTIVITY_SECONDS:
        _gathered.note(seconds, failed=failed)
        _request.noted = True


def add_what_is_due(**_: Any) -> None:
    """After an answer: add what was gathered, if it is time."""
    if not getattr(_request, "noted", False):
        return
    _request.noted = False
    try:
        _gathered.add_if_due(settings.ACTIVITY_SECONDS)
    except Error as error:
        log.debug("the last seconds' activity is added later: %s", error)


def connect() -> None:
    request_finished.connect(add_what_is_due)
