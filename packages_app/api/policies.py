"""A package's policy, for its uploader and administrators."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts_app.api.permissions import SignedIn, by_method
from accounts_app.api.schema import WITH_BODY, WITH_CREDENTIALS, refusals
from packages_app.api import policy_shapes as shapes
from packages_app.api.views import user_of
from packages_app.models import Package
from packages_app.queries.history import package_for_owner
from packages_app.queries.policies import policy_of
from packages_app.services.policies import remove_policy, set_policy
from packages_app.services.try_policy import Trial, Tried, try_policy


def _package(request: Request, package_id: UUID) -> Package:
    return package_for_owner(package_id=package_id, user=user_of(request))


class PackagePolicy(APIView):
    permission_classes = [by_method(GET=SignedIn, PUT=SignedIn, DELETE=SignedIn)]
    serializer_class = shapes.SetPolicySerializer

    @extend_schema(operation_id="policy", responses={200: shapes.PolicySerializer, **WITH_CREDENTIALS, **refusals(404)})
    def get(self, request: Request, package_id: UUID) -> Response:
        """The policy that decides over every download of a sensitive package."""
        return Response(shapes.PolicySerializer(policy_of(_package(request, package_id))).data)

    @extend_schema(
        operation_id="set_policy",
        request=shapes.SetPolicySerializer,
        responses={200: shapes.PolicySerializer, **WITH_BODY, **WITH_CREDENTIALS, **refusals(404)},
    )
    def put(self, request: Request, package_id: UUID) -> Response:
        """Set the policy, which makes the package sensitive. One that can't work is refused, with the reason."""
        package = _package(request, package_id)
        given = shapes.SetPolicySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        policy = set_policy(package=package, by=user_of(request), **given.validated_data)
        return Response(shapes.PolicySerializer(policy).data)

    @extend_schema(operation_id="remove_policy", responses={204: None, **WITH_CREDENTIALS, **refusals(404)})
    def delete(self, request: Request, package_id: UUID) -> Response:
        """Remove the policy. The package stays sensitive: only its uploader and administrators may download it."""
        remove_policy(package=_package(request, package_id))
        return Response(status=204)


class TryPolicy(APIView):
    permission_classes = [by_method(POST=SignedIn)]
    serializer_class = shapes.TrySerializer

    @extend_schema(
        operation_id="try_policy",
        request=shapes.TrySerializer,
        responses={200: shapes.TriedSerializer, **WITH_BODY, **WITH_CREDENTIALS, **refusals(404)},
    )
    def post(self, request: Request, package_id: UUID) -> Response:
        """Ask the policy, or one sent along, about made-up arguments and about past downloads. Nothing is recorded."""
        package = _package(request, package_id)
        given = shapes.TrySerializer(data=request.data)
        given.is_valid(raise_exception=True)
        trial = Trial(**given.validated_data)
        return Response(_tried(try_policy(package=package, trial=trial, caller=user_of(request).username)))


def _tried(tried: Tried) -> dict[str, Any]:
    verdict = tried.verdict
    answer: dict[str, Any] = {
        "approved": verdict.approved,
        "code": verdict.code,
        "reason": verdict.reason,
        "duration_ms": verdict.duration_ms,
        "lockdown": dict(verdict.lockdown),
    }
    if tried.history is not None:
        answer["history"] = tried.history
    return dict(shapes.TriedSerializer(answer).data)
