"""What the dashboard and the admin's front page count."""

from typing import Any

from django.db.models import Count, F, Q, Sum
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts_app.api.permissions import MaySearch, by_method
from accounts_app.api.schema import WITH_CREDENTIALS
from accounts_app.models import User
from packages_app.api.serializers import PackageSerializer
from packages_app.models import Job, Package, Tally
from registry_project.watching.last_hour import last_hour

_LISTED = 10
_GRADES = {
    "good": Q(net_score__gte=0.75),
    "fair": Q(net_score__gte=0.5, net_score__lt=0.75),
    "poor": Q(net_score__lt=0.5),
    "unknown": Q(net_score=None),
}


class MinuteSerializer(serializers.Serializer[Any]):
    minute = serializers.DateTimeField()
    requests = serializers.IntegerField()
    errors = serializers.IntegerField()  # type: ignore[assignment]  # fields are taken out of the class


class LastHourSerializer(serializers.Serializer[Any]):
    """Over all processes and hosts, a few seconds late; `/health`, `/metrics` and static files aside."""

    requests = serializers.IntegerField()
    errors = serializers.IntegerField(help_text="Requests answered with 5xx.")  # type: ignore[assignment]  # as above
    p50_ms = serializers.FloatField(allow_null=True, help_text="Null where nothing was asked, as the next two.")
    p95_ms = serializers.FloatField(allow_null=True)
    p99_ms = serializers.FloatField(allow_null=True)
    minutes = MinuteSerializer(many=True, help_text="Sixty, oldest first, the one under way included.")


class StatsSerializer(serializers.Serializer[Any]):
    packages = serializers.IntegerField()
    names = serializers.IntegerField()
    users = serializers.IntegerField()
    downloads = serializers.IntegerField()
    size_bytes = serializers.IntegerField()
    kinds = serializers.DictField(child=serializers.IntegerField())
    net_scores = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="How many packages are `good` (from 0.75), `fair` (from 0.5, the gate's), `poor` or `unknown`.",
    )
    jobs = serializers.DictField(child=serializers.IntegerField())
    recent_uploads = PackageSerializer(many=True)
    popular_downloads = PackageSerializer(many=True)
    last_hour = LastHourSerializer()


def collect_stats() -> dict[str, Any]:
    ready = Package.objects.filter(status=Package.Status.READY)
    totals = ready.aggregate(
        packages=Count("pk"),
        names=Count("name", distinct=True),
        size_bytes=Sum("size_bytes", default=0),
        models=Count("pk", filter=Q(kind=Package.Kind.MODEL)),
        npm=Count("pk", filter=Q(kind=Package.Kind.NPM)),
        **{grade: Count("pk", filter=within) for grade, within in _GRADES.items()},
    )
    shown = ready.select_related("uploader", "tally").annotate(description=F("card__description"))
    popular = shown.filter(tally__downloads__gt=0).order_by("-tally__downloads", "-id")[:_LISTED]
    jobs = Job.objects.values_list("status").annotate(count=Count("pk"))
    return {
        "packages": totals["packages"],
        "names": totals["names"],
        "users": User.objects.count(),
        "downloads": Tally.objects.aggregate(total=Sum("downloads", default=0))["total"],
        "size_bytes": totals["size_bytes"],
        "kinds": {"model": totals["models"], "npm": totals["npm"]},
        "net_scores": {grade: totals[grade] for grade in _GRADES},
        "jobs": dict.fromkeys(Job.Status.values, 0) | dict(jobs),
        "recent_uploads": PackageSerializer(shown.order_by("-id")[:_LISTED], many=True).data,
        "popular_downloads": PackageSerializer(popular, many=True).data,
        "last_hour": LastHourSerializer(last_hour()).data,
    }


class Stats(APIView):
    permission_classes = [by_method(GET=MaySearch)]

    @extend_schema(operation_id="stats", responses={200: StatsSerializer, **WITH_CREDENTIALS})
    def get(self, request: Request) -> Response:  # noqa: ARG002
        """Totals, the newest packages, the most fetched, and the state of the jobs."""
        return Response(collect_stats())
