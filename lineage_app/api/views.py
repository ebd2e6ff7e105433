from typing import Any, cast
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts_app.api.permissions import MaySearch, by_method
from accounts_app.api.schema import WITH_CREDENTIALS, refusals
from accounts_app.errors import Refused
from lineage_app.queries import Direction, lineage_of

_DIRECTIONS = ("ancestors", "descendants", "both")


class RelativeSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(allow_null=True, help_text="Null for a declared parent that is not held here.")
    name = serializers.CharField()
    version = serializers.CharField(help_text="Empty when the declaration names none.")
    depth = serializers.IntegerField(help_text="Steps from the package asked for, which has 0.")
    relationship = serializers.CharField()
    direction = serializers.ChoiceField(["self", "ancestor", "descendant"])
    resolved = serializers.BooleanField()
    net_score = serializers.FloatField(allow_null=True)


class LinkSerializer(serializers.Serializer[Any]):
    child = serializers.UUIDField()
    parent = serializers.UUIDField(allow_null=True)  # type: ignore[assignment]  # fields leave the class
    parent_name = serializers.CharField()
    parent_version = serializers.CharField()
    relationship = serializers.CharField()
    source = serializers.CharField(help_text="The file.")  # type: ignore[assignment]  # as above


class LineageSerializer(serializers.Serializer[Any]):
    package_id = serializers.UUIDField()
    lineage = RelativeSerializer(many=True)
    edges = LinkSerializer(many=True)
    truncated = serializers.BooleanField()


class PackageLineage(APIView):
    permission_classes = [by_method(GET=MaySearch)]

    @extend_schema(
        operation_id="package_lineage",
        parameters=[
            OpenApiParameter("direction", str, enum=_DIRECTIONS, description="ancestors unless said otherwise")
        ],
        responses={200: LineageSerializer, **WITH_CREDENTIALS, **refusals(400, 404)},
    )
    def get(self, request: Request, package_id: UUID) -> Response:
        """Whom a package derives from and who derives from it, nearest first."""
        direction = request.query_params.get("direction", "ancestors")
        if direction not in _DIRECTIONS:
            detail = f"'direction' must be one of {', '.join(_DIRECTIONS)}."
            raise Refused(detail, errors={"direction": [detail]})
        found = lineage_of(package_id, cast(Direction, direction))
        return Response(
            {
                "package_id": found.package_id,
                "lineage": RelativeSerializer(found.relatives, many=True).data,
                "edges": LinkSerializer(found.links, many=True).data,
                "truncated": found.truncated,
            }
        )
