"""Whether the registry works: what /health answers, and what the admin's front page shows of it."""

import logging
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts_app.api.permissions import Anyone
from accounts_app.api.read_only import read_only
from packages_app.queries.work import queue_state
from packages_app.storage import objects

log = logging.getLogger(__name__)

_QUEUE_SILENT_SECONDS = 30


class HealthSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(["healthy", "degraded"])
    timestamp = serializers.DateTimeField()
    components = serializers.DictField(child=serializers.CharField(), help_text="database, storage, queue")
    metrics = serializers.DictField(child=serializers.FloatField(allow_null=True))


def check_health() -> dict[str, Any]:
    """The state of every component; `status` is healthy when all of them are."""
    components = {"database": _state(_database), "storage": _state(lambda: objects().ping())}
    metrics: dict[str, float | None] = {}
    if components["database"] == "healthy":
        queue = queue_state()
        metrics = {
            "jobs_queued": queue.queued,
            "jobs_running": queue.running,
            "oldest_queued_seconds": queue.oldest_seconds,
        }
        silent = queue.silent_seconds
        seen = silent is not None and silent < _QUEUE_SILENT_SECONDS
        components["queue"] = "healthy" if seen else "unhealthy: no worker has been heard of for 30 seconds"
    else:
        components["queue"] = "unhealthy: unknown without the database"
    healthy = all(state == "healthy" for state in components.values())
    return {
        "status": "healthy" if healthy else "degraded",
        "timestamp": timezone.now(),
        "components": components,
        "metrics": metrics,
    }


def _state(check: Callable[[], object]) -> str:
    try:
        check()
    except Exception as error:  # noqa: BLE001 - whatever goes wrong, the component is what's unhealthy
        log.warning("a component is unhealthy: %s", error)
        return f"unhealthy: {type(error).__name__}"
    return "healthy"


def _database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


class Health(APIView):
    authentication_classes = ()
    permission_classes = [Anyone]

    @extend_schema(operation_id="health", responses={200: HealthSerializer, 503: HealthSerializer}, auth=[])
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """200 when every component works, 503 when one doesn't."""
        state = check_health()
        return Response(state, status=200 if state["status"] == "healthy" else 503)


@read_only
def live(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """The process answers. Touches nothing else."""
    return JsonResponse({"status": "alive"})
