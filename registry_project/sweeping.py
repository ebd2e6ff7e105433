"""What runs every few seconds beside the workers: the packages' own sweep and, once a minute, the watch's."""

import time

from django.conf import settings

from packages_app.services import sweep as packages
from registry_project.watching.last_hour import forget_days_before
from registry_project.watching.standing import readings
from registry_project.watching.telling import tell_cloudwatch

_WATCH_SECONDS = 60.0


class Watch:
    """Tells CloudWatch how things stand, and forgets activity of long ago; at most once a minute in each process."""

    def __init__(self) -> None:
        self._at = float("-inf")

    def keep(self) -> None:
        if time.monotonic() - self._at < _WATCH_SECONDS:
            return
        self._at = time.monotonic()
        forget_days_before()
        if settings.CLOUDWATCH_NAMESPACE:
            for reading in readings():
                tell_cloudwatch(reading.number, reading.value, **reading.labels)


_watch = Watch()


def sweep() -> int:
    """See packages_app.services.sweep.sweep; returns what that does."""
    queued = packages.sweep()
    _watch.keep()
    return queued
