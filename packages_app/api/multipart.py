"""Uploads in parts: the same calls for local storage, which takes the parts itself, and for S3, which is sent them."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts_app.api.permissions import Anyone, MayUpload, by_method
from accounts_app.api.schema import WITH_BODY, WITH_CREDENTIALS, refusals
from packages_app.api import multipart_shapes as shapes
from packages_app.api.serializers import AcceptedSerializer
from packages_app.api.views import user_of
from packages_app.errors import UrlInvalid
from packages_app.local_parts import is_part_url
from packages_app.models import MultipartUpload
from packages_app.queries.uploads import upload_for_owner
from packages_app.services.accept import Labels
from packages_app.services.multipart import (
    Declared,
    abandon_upload,
    begin_upload,
    complete_upload,
    held_parts,
    ranges_of,
    receive_part,
)
from packages_app.storage import objects

_CHUNK_BYTES = 1024 * 1024
_LABELS = ("name", "version", "description", "is_sensitive", "js_policy")


class Uploads(APIView):
    permission_classes = [by_method(POST=MayUpload)]
    serializer_class = shapes.BeginUploadSerializer

    @extend_schema(
        operation_id="begin_upload",
        request=shapes.BeginUploadSerializer,
        responses={201: shapes.MultipartUploadSerializer, **WITH_BODY, **WITH_CREDENTIALS, **refusals(409)},
    )
    def post(self, request: Request) -> Response:
        """Begin to upload a large file in parts, or go on where the same file's upload was cut short."""
        given = shapes.BeginUploadSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        sent = given.validated_data
        labels = Labels(**{field: sent.pop(field) for field in _LABELS if field in sent})
        declared = Declared(sent.pop("size_bytes"), **sent)
        upload = begin_upload(owner=user_of(request), declared=declared, labels=labels)
        return Response(_state(request, upload), status=201)


class OneUpload(APIView):
    permission_classes = [by_method(GET=MayUpload, DELETE=MayUpload)]

    @extend_schema(
        operation_id="upload_state",
        responses={200: shapes.MultipartUploadSerializer, **WITH_CREDENTIALS, **refusals(404)},
    )
    def get(self, request: Request, upload_id: UUID) -> Response:
        """Which parts have arrived, and fresh URLs for the others."""
        return Response(_state(request, upload_for_owner(upload_id=upload_id, user=user_of(request))))

    @extend_schema(
        operation_id="abandon_upload", responses={204: OpenApiResponse(None), **WITH_CREDENTIALS, **refusals(404)}
    )
    def delete(self, request: Request, upload_id: UUID) -> Response:
        """Give the upload up, with what has arrived. One that was accepted stays a package."""
        abandon_upload(upload_for_owner(upload_id=upload_id, user=user_of(request)))
        return Response(status=204)


class CompleteUpload(APIView):
    permission_classes = [by_method(POST=MayUpload)]
    serializer_class = shapes.CompleteUploadSerializer

    @extend_schema(
        operation_id="complete_upload",
        request=shapes.CompleteUploadSerializer,
        responses={200: AcceptedSerializer, **WITH_BODY, **WITH_CREDENTIALS, **refusals(404, 409)},
    )
    def post(self, request: Request, upload_id: UUID) -> Response:
        """Accept the upload once every part has arrived; its processing is a job to be watched. Asked again, the same."""
        given = shapes.CompleteUploadSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        etags = {part["number"]: part["etag"].strip('"') for part in given.validated_data.get("parts", ())}
        upload = upload_for_owner(upload_id=upload_id, user=user_of(request))
        job = complete_upload(upload, etags=etags)
        return Response({"message": "Processing started", "job_id": job.pk, "package_id": job.package_id})


class AnyBytes(BaseParser):
    """Leaves the body where it is; the view reads it piece by piece."""

    media_type = "*/*"

    def parse(self, *_: Any, **__: Any) -> Any:
        return None


class OnePart(APIView):
    """The URLs that local storage signs: no session, no token, the signature is the permission."""

    authentication_classes = ()
    permission_classes = [Anyone]
    parser_classes = [AnyBytes]

    @extend_schema(
        operation_id="upload_part",
        request={"application/octet-stream": OpenApiTypes.BINARY},
        parameters=[
            OpenApiParameter("signature", str, required=True, description="As in the URL that was handed out.")
        ],
        responses={200: OpenApiResponse(None), **refusals(400, 403, 404, 409, 411, 503)},
        auth=[],
    )
    def put(self, request: Request, upload_id: UUID, number: int) -> Response:
        """Send one part to the URL that the upload's state names; the answer's ETag is the part's SHA-256."""
        if not is_part_url(str(upload_id), number, request.query_params.get("signature", "")):
            raise UrlInvalid("The URL was changed or its hour is over; GET the upload for a new one.")
        http_request = request._request  # noqa: SLF001 - its one way to the unread body
        length = int(http_request.META.get("CONTENT_LENGTH") or 0)
        sha256 = receive_part(upload_id=upload_id, number=number, length=length, chunks=_chunks(http_request))
        return Response(headers={"ETag": f'"{sha256}"'})


def _chunks(request: HttpRequest) -> Iterator[bytes]:
    while chunk := request.read(_CHUNK_BYTES):
        yield chunk


def _state(request: Request, upload: MultipartUpload) -> dict[str, Any]:
    held = held_parts(upload)
    is_open = upload.status == MultipartUpload.Status.OPEN
    parts = []
    for part in ranges_of(upload):
        sha256 = upload.part_sha256s[part.number - 1] if upload.part_sha256s else ""
        is_wanted = is_open and part.number not in held
        url = objects().part_url(upload.object_key, upload.storage_id, part, sha256) if is_wanted else None
        parts.append(
            {
                "number": part.number,
                "offset": part.offset,
                "size_bytes": part.size,
                "is_held": part.number in held,
                "etag": (held[part.number].etag or None) if part.number in held else None,
                "url": request.build_absolute_uri(url) if url else None,
                "headers": objects().part_headers(sha256) if is_wanted else {},
            }
        )
    return {
        "upload_id": upload.pk,
        "status": upload.status,
        "size_bytes": upload.size_bytes,
        "part_bytes": upload.part_bytes,
        "sha256": upload.sha256,
        "expires_in": settings.PART_URL_LIFETIME_SECONDS,
        "job_id": upload.job_id,
        "parts": parts,
    }
