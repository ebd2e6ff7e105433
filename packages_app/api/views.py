"""The packages' endpoints: HTTP in, a service or a query, HTTP out."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts_app.addresses import client_address
from accounts_app.api.parsers import PlainMultiPartParser
from accounts_app.api.permissions import Administrator, MayDownload, MaySearch, MayUpload, SignedIn, by_method
from accounts_app.api.schema import WITH_BODY, WITH_CREDENTIALS, refusals
from accounts_app.api.serializers import MessageSerializer
from accounts_app.api.shapes import PageSerializer, page_of
from accounts_app.models import User
from packages_app.api import serializers as shapes
from packages_app.queries.history import confusion_findings, downloads_of, job_for_owner, package_for_owner
from packages_app.queries.ratings import stars_of
from packages_app.queries.search import Criteria, packages_matching
from packages_app.services.accept import Arrival, Labels, accept_upload
from packages_app.services.confusion import decide_finding
from packages_app.services.delete import delete_package
from packages_app.services.hand_out import Caller, HandedOut, hand_out_package, hand_out_weights
from packages_app.services.ingest import accept_ingest
from packages_app.services.policies import read_policy
from packages_app.services.rate import rate_package
from packages_app.upload import SpooledFile


def user_of(request: Request) -> User:
    return cast(User, request.user)


def caller_of(request: Request) -> Caller:
    return Caller(user_of(request), client_address(request), request.headers.get("User-Agent", ""))


class Upload(APIView):
    permission_classes = [by_method(POST=MayUpload)]
    parser_classes = [PlainMultiPartParser]
    serializer_class = shapes.UploadSerializer

    @extend_schema(
        operation_id="upload_package",
        request=shapes.UploadSerializer,
        responses={200: shapes.AcceptedSerializer, **WITH_BODY, **WITH_CREDENTIALS, **refusals(409, 411)},
    )
    def post(self, request: Request) -> Response:
        """Upload a package as a zip archive; its processing is a job to be watched."""
        given = shapes.UploadSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        sent = given.validated_data
        file: SpooledFile = sent.pop("file")
        policy = sent.pop("js_policy", None)
        labels = Labels(**sent, js_policy=read_policy(policy) if policy else None)
        arrival = Arrival(file.path, file.size or 0, file.sha256)
        job = accept_upload(owner=user_of(request), arrival=arrival, labels=labels)
        return Response({"message": "Processing started", "job_id": job.pk, "package_id": job.package_id})


class OnePackage(APIView):
    permission_classes = [by_method(GET=MayDownload, DELETE=Administrator)]

    @extend_schema(
        operation_id="download_package", responses={200: shapes.UrlSerializer, **WITH_CREDENTIALS, **refusals(404, 409)}
    )
    def get(self, request: Request, package_id: UUID) -> Response:
        """A URL for the whole package, good for five minutes and without credentials."""
        return Response(_url(request, hand_out_package(package_id=package_id, caller=caller_of(request))))

    @extend_schema(
        operation_id="delete_package", responses={200: MessageSerializer, **WITH_CREDENTIALS, **refusals(404)}
    )
    def delete(self, request: Request, package_id: UUID) -> Response:  # noqa: ARG002
        """Delete a package, its rows and its bytes. The name and version come back only with the same bytes."""
        package = delete_package(package_id=package_id)
        return Response({"message": f"Package {package.name} {package.version} deleted"})


class Weights(APIView):
    permission_classes = [by_method(GET=MayDownload)]

    @extend_schema(
        operation_id="download_weights",
        parameters=[OpenApiParameter("file", str, description="The path of one of several weight files.")],
        responses={200: shapes.WeightsSerializer, **WITH_CREDENTIALS, **refusals(400, 404, 409)},
    )
    def get(self, request: Request, package_id: UUID) -> Response:
        """A URL for the weights alone; with several weight files, one for each."""
        handed = hand_out_weights(
            package_id=package_id, caller=caller_of(request), file=request.query_params.get("file")
        )
        files = [_url(request, one) | {"file": one.file} for one in handed]
        if len(files) == 1:
            return Response(files[0])
        return Response({"expires_in": settings.URL_LIFETIME_SECONDS, "files": files})


def _url(request: Request, handed: HandedOut) -> dict[str, Any]:
    return {
        "url": request.build_absolute_uri(handed.url),
        "expires_in": settings.URL_LIFETIME_SECONDS,
        "size_bytes": handed.size_bytes,
        "sha256": handed.sha256,
        "scan": asdict(handed.scan),
    }


class Search(APIView):
    permission_classes = [by_method(POST=MaySearch)]
    serializer_class = shapes.SearchSerializer

    @extend_schema(
        operation_id="search_packages",
        request=shapes.SearchSerializer,
        parameters=[PageSerializer, OpenApiParameter("cursor", str, description="The `next` of the page before.")],
        responses={200: shapes.PackagePageSerializer, **WITH_BODY, **WITH_CREDENTIALS},
    )
    def post(self, request: Request) -> Response:
        """Find packages by name, version, regular expression and words, all together; an empty body lists all."""
        given = shapes.SearchSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        page = page_of(request)
        cursor = request.query_params.get("cursor")
        found = packages_matching(Criteria(**given.validated_data), offset=page.offset, limit=page.limit, cursor=cursor)
        return Response(
            {
                "packages": shapes.PackageSerializer(found.packages, many=True).data,
                "total": found.total,
                "total_is_exact": found.total_is_exact,
                "offset": page.offset,
                "limit": page.limit,
                "next": found.next,
            }
        )


class Rate(APIView):
    permission_classes = [by_method(GET=MaySearch, PUT=MaySearch)]
    serializer_class = shapes.RateSerializer

    @extend_schema(
        operation_id="package_stars", responses={200: shapes.StarsSerializer, **WITH_CREDENTIALS, **refusals(404)}
    )
    def get(self, request: Request, package_id: UUID) -> Response:
        """What people give a package on average, and what I gave it."""
        return Response(shapes.StarsSerializer(stars_of(package_id=package_id, user=user_of(request))).data)

    @extend_schema(
        operation_id="rate_package",
        request=shapes.RateSerializer,
        responses={200: shapes.RatedSerializer, **WITH_BODY, **WITH_CREDENTIALS, **refusals(404, 409)},
    )
    def put(self, request: Request, package_id: UUID) -> Response:
        """Give a package one to five stars; a second rating replaces the first."""
        given = shapes.RateSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        rated = rate_package(package_id=package_id, user=user_of(request), **given.validated_data)
        return Response(shapes.RatedSerializer(rated).data)


class DownloadHistory(APIView):
    permission_classes = [by_method(GET=SignedIn)]

    @extend_schema(
        operation_id="download_history",
        parameters=[PageSerializer],
        responses={200: shapes.DownloadHistorySerializer, **WITH_CREDENTIALS, **refusals(400, 404)},
    )
    def get(self, request: Request, package_id: UUID) -> Response:
        """Who fetched a package or was refused, newest first; for its uploader and administrators."""
        page = page_of(request)
        package = package_for_owner(package_id=package_id, user=user_of(request))
        downloads = downloads_of(package)
        answer = {
            "package_id": package_id,
            "downloads": downloads[page.slice],
            "total": downloads.count(),
            "offset": page.offset,
            "limit": page.limit,
        }
        return Response(shapes.DownloadHistorySerializer(answer).data)


class OneJob(APIView):
    permission_classes = [by_method(GET=SignedIn)]

    @extend_schema(operation_id="job", responses={200: shapes.JobSerializer, **WITH_CREDENTIALS, **refusals(404)})
    def get(self, request: Request, job_id: UUID) -> Response:
        """How far a job is and how it ended; for who started it and administrators."""
        return Response(shapes.JobSerializer(job_for_owner(job_id=job_id, user=user_of(request))).data)


class Audits(APIView):
    permission_classes = [by_method(GET=Administrator)]

    @extend_schema(
        operation_id="audits",
        parameters=[PageSerializer, shapes.FindingFilterSerializer],
        responses={200: shapes.FindingPageSerializer, **WITH_CREDENTIALS, **refusals(400)},
    )
    def get(self, request: Request) -> Response:
        """Packages that could be taken for others, the newest finding first."""
        return Response(_findings(request, None))


class OneFinding(APIView):
    permission_classes = [by_method(PUT=Administrator)]
    serializer_class = shapes.DecisionSerializer

    @extend_schema(
        operation_id="decide_audit",
        request=shapes.DecisionSerializer,
        responses={200: shapes.ConfusionFindingSerializer, **WITH_BODY, **WITH_CREDENTIALS, **refusals(404)},
    )
    def put(self, request: Request, finding_id: UUID) -> Response:
        """Confirm a finding, dismiss it with a note, or open it again."""
        given = shapes.DecisionSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        finding = decide_finding(finding_id=finding_id, by=user_of(request), **given.validated_data)
        return Response(shapes.ConfusionFindingSerializer(finding).data)


class PackageAudit(APIView):
    permission_classes = [by_method(GET=Administrator)]

    @extend_schema(
        operation_id="package_audit",
        parameters=[PageSerializer, shapes.FindingFilterSerializer],
        responses={200: shapes.FindingPageSerializer, **WITH_CREDENTIALS, **refusals(400, 404)},
    )
    def get(self, request: Request, package_id: UUID) -> Response:
        """What makes this package look like another."""
        return Response(_findings(request, package_id))


def _findings(request: Request, package_id: UUID | None) -> Mapping[str, Any]:
    page = page_of(request)
    wanted = shapes.FindingFilterSerializer(data=request.query_params.dict())
    wanted.is_valid(raise_exception=True)
    found = confusion_findings(package_id, **wanted.validated_data)
    answer = {"findings": found[page.slice], "total": found.count(), "offset": page.offset, "limit": page.limit}
    return shapes.FindingPageSerializer(answer).data


class Ingest(APIView):
    permission_classes = [by_method(POST=MayUpload)]
    serializer_class = shapes.IngestSerializer

    @extend_schema(
        operation_id="ingest_package",
        request=shapes.IngestSerializer,
        responses={200: shapes.IngestAcceptedSerializer, **WITH_BODY, **WITH_CREDENTIALS},
    )
    def post(self, request: Request) -> Response:
        """Fetch a package from Hugging Face or npm, and keep it if its scores pass; a job to be watched."""
        given = shapes.IngestSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        sent = given.validated_data
        job = accept_ingest(owner=user_of(request), waived=sent.pop("waive", None), **sent)
        return Response({"message": "Ingest started", "job_id": job.pk})
