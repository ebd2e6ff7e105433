"""Where numbers are told: to Prometheus always, to CloudWatch where settings.CLOUDWATCH_NAMESPACE names a place for them.

Nothing here touches the database: what is told costs microseconds, also in the midst of a request.
"""

import logging
import os
import socket
from itertools import product
from threading import Lock

from django.conf import settings
from prometheus_client import Counter, Histogram, values

from registry_project.watching.embedded import write_line
from registry_project.watching.numbers import ERRORS_LOGGED, Number

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)
_HOST = socket.gethostname()
if "PROMETHEUS_MULTIPROC_DIR" in os.environ:  # shared, perhaps, by containers whose processes have the same numbers
    values.ValueClass = values.MultiProcessValue(lambda: f"{_HOST}-{os.getpid()}")  # type: ignore[no-untyped-call]  # the client's own is untyped
_making = Lock()
#: By name, each made when it is first needed: a process that tells nothing leaves no file behind for others to add up.
_instruments: dict[str, Counter | Histogram] = {}


def tell(number: Number, value: float = 1, **labels: str) -> None:
    """Add `value` to a counter, or put it down as one of a timing's durations; `labels` has all of the number's."""
    instrument = _instrument(number)
    one = instrument.labels(**labels) if labels else instrument
    if isinstance(one, Histogram):
        one.observe(value)
    else:
        one.inc(value)
    tell_cloudwatch(number, value, **labels)


def tell_cloudwatch(number: Number, value: float, **labels: str) -> None:
    """For gauges, which Prometheus asks for itself."""
    if settings.CLOUDWATCH_NAMESPACE:
        write_line(number, value, labels, settings.CLOUDWATCH_NAMESPACE)


def start_at_zero(number: Number, **values: list[str]) -> None:
    """Show the number before there is anything to count, for each combination of its labels' `values`."""
    instrument = _instrument(number)
    for combination in product(*values.values()) if values else ():
        instrument.labels(**dict(zip(values, combination, strict=True)))


def _instrument(number: Number) -> Counter | Histogram:
    found = _instruments.get(number.name)
    if found is None:
        with _making:
            found = _instruments.get(number.name) or _made(number)
            _instruments[number.name] = found
    return found


def _made(number: Number) -> Counter | Histogram:
    if number.kind == "timing":
        return Histogram(number.name, number.meaning, number.labels, buckets=_BUCKETS)
    return Counter(number.name, number.meaning, number.labels)


class CountErrors(logging.Handler):
    """Counts the lines of the log that it is given."""

    def emit(self, record: logging.LogRecord) -> None:
        tell(ERRORS_LOGGED, room=record.name.partition(".")[0])
