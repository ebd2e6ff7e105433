"""GET /package/{id}/metadata: everything about a package that fits on one page, read in one query across the apps."""

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
from packages_app.errors import PackageNotFound

_STATEMENT = """
SELECT json_build_object(
    'id', p.id, 'name', p.name, 'version', p.version, 'kind', p.kind, 'status', p.status,
    'description', c.description, 'model_card', c.text,
    'license', p.license, 'size_bytes', p.size_bytes, 'sha256', p.sha256, 'is_sensitive', p.is_sensitive,
    'uploader', u.username, 'upload_date', to_char(p.created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
    'net_score', coalesce(p.net_score, -1),
    'average_rating', round(t.rating_sum::numeric / nullif(t.rating_count, 0), 2), 'ratings', t.rating_count,
    'downloads', t.downloads,
    'metrics', (
        SELECT coalesce(json_object_agg(s.metric, json_build_object(
            'value', coalesce(round(s.value::numeric, 4), -1), 'status', s.status, 'reason', s.reason,
            'latency', s.latency)), '{}')
        FROM metrics s WHERE s.package_id = p.id),
    'latencies', (
        SELECT coalesce(json_object_agg(s.metric || '_latency', s.latency), '{}')
        FROM metrics s WHERE s.package_id = p.id),
    'flags', (
        SELECT coalesce(json_agg(DISTINCT flag), '[]') FROM (
            SELECT unnest(s.flags) FROM metrics s WHERE s.package_id = p.id
            UNION ALL SELECT 'sensitive' WHERE p.is_sensitive
            UNION ALL SELECT CASE WHEN a.details ? 'lookalike' THEN 'looks_like_another' ELSE 'unusual_downloads' END
                FROM package_confusion_audit a WHERE a.package_id = p.id AND a.state <> 'dismissed'
            UNION ALL SELECT f.verdict FROM package_files f
                WHERE f.package_id = p.id AND f.verdict IN ('suspicious', 'malicious')
        ) AS raised(flag)),
    'origin', (
        SELECT json_build_object('provider', o.provider, 'identity', o.identity, 'revision', o.revision)
        FROM package_origins o WHERE o.package_id = p.id),
    'waivers', (
        SELECT coalesce(json_agg(json_build_object(
            'metric', w.metric, 'reason', w.reason, 'granted_by', g.username) ORDER BY w.id), '[]')
        FROM package_waivers w LEFT JOIN accounts_app_user g ON g.id = w.granted_by_id WHERE w.package_id = p.id),
    'dependencies', (
        SELECT coalesce(json_agg(json_build_object(
            'id', e.parent_id, 'name', e.parent_name, 'version', coalesce(parent.version, e.parent_version),
            'relationship', e.relationship_type, 'resolved', e.parent_id IS NOT NULL) ORDER BY e.id), '[]')
        FROM lineage e LEFT JOIN packages parent ON parent.id = e.parent_id WHERE e.package_id = p.id),
    'files', (
        SELECT coalesce(json_agg(json_build_object(
            'path', f.path, 'size', f.size, 'sha256', f.sha256, 'is_weight', f.is_weight,
            'scan', json_build_object('verdict', f.verdict, 'findings', f.findings)) ORDER BY f.path), '[]')
        FROM package_files f WHERE f.package_id = p.id)
)
FROM packages p
JOIN package_cards c ON c.package_id = p.id
JOIN package_tallies t ON t.package_id = p.id
LEFT JOIN accounts_app_user u ON u.id = p.uploader_id
WHERE p.id = %s
"""


class ScoreSummarySerializer(serializers.Serializer[Any]):
    value = serializers.FloatField(help_text="0 to 1; -1 when unknown.")
    status = serializers.CharField()
    reason = serializers.CharField()
    latency = serializers.FloatField(help_text="seconds")


@extend_schema_field(
    {
        "type": "object",
        "description": "Each metric by its name, and its latency in seconds again as `<metric>_latency`.",
        "additionalProperties": {
            "oneOf": [{"$ref": "#/components/schemas/ScoreSummary"}, {"type": "number", "description": "seconds"}]
        },
    }
)
class ScoreSummariesField(serializers.DictField):
    pass


class ScanSerializer(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(["clean", "suspicious", "malicious", "not_scanned"])
    findings = serializers.ListField(child=serializers.CharField())


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
        cursor.execute(_STATEMENT, [package_id])
        row = cursor.fetchone()
    if row is None:
        raise PackageNotFound("There is no such package.")
    metadata: dict[str, Any] = row[0]
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
