"""/metrics: what Prometheus scrapes, gathered from all processes of this host."""

import os
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from accounts_app.api.read_only import read_only
from registry_project.watching.occurrences import show_from_the_start
from registry_project.watching.standing import Remembered

_STANDING = Remembered()


class Standing(Collector):
    """The gauges as the database has them."""

    def collect(self) -> list[GaugeMetricFamily]:
        families: dict[str, GaugeMetricFamily] = {}
        for reading in _STANDING.readings():
            number = reading.number
            family = families.setdefault(
                number.name, GaugeMetricFamily(number.name, number.meaning, labels=number.labels)
            )
            family.add_metric([reading.labels[label] for label in number.labels], reading.value)
        return list(families.values())


def forget_counts() -> None:
    """Start counting anew: what ended processes counted would add up for ever."""
    for file in Path(os.environ.get("PROMETHEUS_MULTIPROC_DIR", "/nonexistent")).glob("*.db"):
        file.unlink(missing_ok=True)


@read_only
def metrics(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    show_from_the_start()
    standing = CollectorRegistry()
    standing.register(Standing())
    shared = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        shared = CollectorRegistry()
        MultiProcessCollector(shared)  # type: ignore[no-untyped-call]  # the client's own is untyped
    return HttpResponse(generate_latest(shared) + generate_latest(standing), content_type=CONTENT_TYPE_LATEST)
