"""What a worker's host does once a minute for whoever watches, beside its sweep."""

import time

from django.conf import settings

from registry_project.watching.last_hour import forget_days_before
from registry_project.watching.standing import readings
from registry_project.watching.telling import tell_cloudwatch

_SECONDS = 60.0


class Watch:
    """Tells CloudWatch how things stand, and forgets the activity of long ago; at most once a minute in each process."""

    def __init__(self) -> None:
        self._at = float("-inf")

    def keep(self) -> None:
        if time.monotonic() - self._at < _SECONDS:
            return
        self._at = time.monotonic()
        forget_days_before()
        if settings.CLOUDWATCH_NAMESPACE:
            for reading in readings():
                tell_cloudwatch(reading.number, reading.value, **reading.labels)


WATCH = Watch()
