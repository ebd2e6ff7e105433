"""GET /package/{id}/metadata: everything about a package that fits on one page, read in one query across the apps.

The query is the database's function `package_metadata`, since planning it took three times as long as running it; see
this app's migrations.
"""

from typing import Any
from uuid import UUID

from django.db import connection
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts_app.api.permissions import MaySearch, by_method
from accounts_app.api.schema import WITH_CREDENTIALS, refusals
from packages_app.api.serializers import ScanSerializer
from packages_app.errors import PackageNotFound

_SUMMARY = {
    "type": "object",
    "properties": {
        "value": {"type": "number", "description": "0 to 1; -1 when unknown."},
        "status": {"type": "string"},
        "reason": {"type": "string"},
        "latency": {"type": "number", "description": "seconds"},
    },
    "required": ["latency", "reason", "status", "value"],
}


@extend_schema_field(
    {
        "type": "object",
        "description": "Each metric by its name, and its latency in seconds again as `<metric>_latency`.",
        "additionalProperties": {"oneOf": [_SUMMARY, {"type": "number", "description": "seconds"}]},
    }
)
class ScoreSummariesField(serializers.DictField):
    pass


class FileSerializer(serializers.Serializer[Any]):
    path = serializers.CharField()
    size = serializers.IntegerField()
    sha256 = serializers.CharField()
    is_weight = serializers.BooleanField()
    scan = ScanSerializer()


class DependencySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(allow_null=True)
    name = serializers.CharField()
    version = serializers.CharField()
    relationship = serializers.CharField()
    resolved = serializers.BooleanField()


class OriginSerializer(serializers.Serializer[Any]):
    provider = serializers.ChoiceField(["huggingface", "npm"])
    identity = serializers.CharField()
    revision = serializers.CharField()


class WaiverSerializer(serializers.Serializer[Any]):
    metric = serializers.CharField()
    reason = serializers.CharField()
    granted_by = serializers.CharField(allow_null=True)
    granted_at = serializers.DateTimeField()


class MetadataSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    version = serializers.CharField()
    kind = serializers.CharField()
    status = serializers.CharField()
    description = serializers.CharField()
    model_card = serializers.CharField()
    license = serializers.CharField()
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    is_sensitive = serializers.BooleanField()
    uploader = serializers.CharField(allow_null=True)
    upload_date = serializers.DateTimeField()
    net_score = serializers.FloatField()
    average_rating = serializers.FloatField(allow_null=True)
    ratings = serializers.IntegerField()
    downloads = serializers.IntegerField()
    metrics = ScoreSummariesField()
    flags = serializers.ListField(child=serializers.CharField())
    origin = OriginSerializer(allow_null=True, help_text="Where it was ingested from; null when it was uploaded.")
    waivers = WaiverSerializer(many=True)
    dependencies = DependencySerializer(many=True)
    files = FileSerializer(many=True)


def metadata_of(package_id: UUID) -> dict[str, Any]:
    """The metadata of a package, pending or ready. One query. Raises PackageNotFound."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT package_metadata(%s)", [package_id])
        metadata: dict[str, Any] | None = cursor.fetchone()[0]
    if metadata is None:
        raise PackageNotFound("There is no such package.")
    metadata["metrics"] |= metadata.pop("latencies")
    return metadata


class Metadata(APIView):
    permission_classes = [by_method(GET=MaySearch)]

    @extend_schema(
        operation_id="package_metadata", responses={200: MetadataSerializer, **WITH_CREDENTIALS, **refusals(404)}
    )
    def get(self, request: Request, package_id: UUID) -> Response:  # noqa: ARG002
        """Everything about one package: scores, parents, files and their scans, ratings, counts."""
        return Response(metadata_of(package_id))
