from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts_app.api.permissions import MaySearch, by_method
from accounts_app.api.schema import WITH_CREDENTIALS, refusals
from metrics_app.api.serializers import ScorecardSerializer, ScoreSerializer
from metrics_app.queries import scores_of


class PackageMetrics(APIView):
    permission_classes = [by_method(GET=MaySearch)]

    @extend_schema(
        operation_id="package_metrics", responses={200: ScorecardSerializer, **WITH_CREDENTIALS, **refusals(404)}
    )
    def get(self, request: Request, package_id: UUID) -> Response:  # noqa: ARG002
        """Every score with its evidence, its weight, and what would raise it."""
        scores = scores_of(package_id)
        net = scores.get("net_score")
        return Response(
            {
                "package_id": package_id,
                "net_score": -1 if net is None else net.wire_value,
                "metrics": {name: ScoreSerializer(score).data for name, score in scores.items()},
            }
        )
