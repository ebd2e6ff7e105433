"""Back to the default state: everything that was uploaded goes, and everybody but the default administrator."""

import logging
from dataclasses import dataclass, replace

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import transaction
from django.db.models import Count, Sum
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts_app.api.permissions import Administrator, by_method
from accounts_app.api.schema import WITH_CREDENTIALS
from accounts_app.api.serializers import MessageSerializer
from accounts_app.audit import Action, record
from accounts_app.models import User
from accounts_app.services import keep_only_administrator
from metrics_app.models import Score
from packages_app.models import ConfusionFinding, Download, File, Job, Package, Policy, Rating
from packages_app.services.delete import delete_all_packages

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Extent:
    """What a reset takes away, counted in rows; `bytes` are those of the packages' archives."""

    packages: int
    users: int
    bytes: int
    files: int
    jobs: int
    downloads: int
    ratings: int
    scores: int
    findings: int
    policies: int


def extent_of_reset() -> Extent:
    """What a reset would take away now."""
    archives = Package.objects.aggregate(count=Count("pk"), bytes=Sum("size_bytes", default=0))
    return Extent(
        packages=archives["count"],
        users=max(0, User.objects.count() - 1),
        bytes=archives["bytes"],
        files=File.objects.count(),
        jobs=Job.objects.count(),
        downloads=Download.objects.count(),
        ratings=Rating.objects.count(),
        scores=Score.objects.count(),
        findings=ConfusionFinding.objects.count(),
        policies=Policy.objects.count(),
    )


def reset_registry() -> Extent:
    """Delete all packages with their bytes, all jobs, and every user but the default administrator. The audit trail
    stays, and tells of it; the admin site's own log, which names what is gone, does not."""
    with transaction.atomic():
        counted = extent_of_reset()
        packages = delete_all_packages()
        users = keep_only_administrator(username=settings.ADMIN_USERNAME)
        LogEntry.objects.all().delete()
        record(Action.REGISTRY_RESET, packages=packages, users=users)
    log.warning("the registry was reset: %s packages and %s users went", packages, users)
    return replace(counted, packages=packages, users=users)


class Reset(APIView):
    permission_classes = [by_method(DELETE=Administrator)]

    @extend_schema(operation_id="reset", responses={200: MessageSerializer, **WITH_CREDENTIALS})
    def delete(self, request: Request) -> Response:  # noqa: ARG002
        """Delete everything but the default administrator. There is no way back."""
        gone = reset_registry()
        return Response(
            {"message": f"System reset to default state: {gone.packages} packages and {gone.users} users deleted"}
        )
