"""Back to the default state: everything that was uploaded goes, and everybody but the default administrator."""

import logging
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts_app.api.permissions import Administrator, by_method
from accounts_app.api.schema import WITH_CREDENTIALS
from accounts_app.api.serializers import MessageSerializer
from accounts_app.audit import Action, record
from accounts_app.services import keep_only_administrator
from packages_app.services.delete import delete_all_packages

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Extent:
    """What a reset takes away."""

    packages: int
    users: int


def reset_registry() -> Extent:
    """Delete all packages with their bytes, all jobs, and every user but the default administrator."""
    with transaction.atomic():
        packages = delete_all_packages()
        users = keep_only_administrator(username=settings.ADMIN_USERNAME)
        record(Action.REGISTRY_RESET, packages=packages, users=users)
    log.warning("the registry was reset: %s packages and %s users went", packages, users)
    return Extent(packages, users)


class Reset(APIView):
    permission_classes = [by_method(DELETE=Administrator)]

    @extend_schema(operation_id="reset", responses={200: MessageSerializer, **WITH_CREDENTIALS})
    def delete(self, request: Request) -> Response:  # noqa: ARG002
        """Delete everything but the default administrator. There is no way back."""
        gone = reset_registry()
        return Response(
            {"message": f"System reset to default state: {gone.packages} packages and {gone.users} users deleted"}
        )
