"""/metrics: what Prometheus scrapes, gathered from all processes of this host."""

import os
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from packages_app.queries.work import queue_state


class Queue(Collector):
    """The queue as the database has it, the same on every host."""

    def collect(self) -> list[GaugeMetricFamily]:
        state = queue_state()
        jobs = GaugeMetricFamily("registry_jobs", "Jobs that are not over.", labels=["status"])
        jobs.add_metric(["queued"], state.queued)
        jobs.add_metric(["running"], state.running)
        age = GaugeMetricFamily("registry_oldest_queued_seconds", "Age of the job that waits longest.")
        age.add_metric([], state.oldest_seconds or 0)
        return [jobs, age]


def forget_counts() -> None:
    """Start counting anew: what ended processes counted would add up for ever."""
    for file in Path(os.environ.get("PROMETHEUS_MULTIPROC_DIR", "/nonexistent")).glob("*.db"):
        file.unlink(missing_ok=True)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    queue = CollectorRegistry()
    queue.register(Queue())
    shared = REGISTRY
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        shared = CollectorRegistry()
        MultiProcessCollector(shared)  # type: ignore[no-untyped-call]  # the client's own is untyped
    return HttpResponse(generate_latest(shared) + generate_latest(queue), content_type=CONTENT_TYPE_LATEST)
