"""The list of jobs: what a person's uploads and ingests are doing, also after they closed the page."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts_app.api.permissions import SignedIn, by_method
from accounts_app.api.schema import WITH_CREDENTIALS, refusals
from accounts_app.api.shapes import PageSerializer, page_of
from packages_app.api.serializers import JobSerializer
from packages_app.api.views import user_of
from packages_app.queries.work import jobs_seen_by


class JobFilterSerializer(PageSerializer):
    mine = serializers.BooleanField(default=False, help_text="Leave out what others asked for.")
    under_way = serializers.BooleanField(default=False, help_text="Leave out what is over.")


class JobPageSerializer(serializers.Serializer[Any]):
    jobs = JobSerializer(many=True)
    total = serializers.IntegerField()
    offset = serializers.IntegerField()
    limit = serializers.IntegerField()


class Jobs(APIView):
    permission_classes = [by_method(GET=SignedIn)]

    @extend_schema(
        operation_id="jobs",
        parameters=[JobFilterSerializer],
        responses={200: JobPageSerializer, **WITH_CREDENTIALS, **refusals(400)},
    )
    def get(self, request: Request) -> Response:
        """Jobs, newest first: one's own, for administrators everybody's."""
        page = page_of(request)
        asked = JobFilterSerializer(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        mine, under_way = asked.validated_data["mine"], asked.validated_data["under_way"]
        jobs = jobs_seen_by(user_of(request), mine=mine, under_way=under_way)
        answer = {"jobs": jobs[page.slice], "total": jobs.count(), "offset": page.offset, "limit": page.limit}
        return Response(JobPageSerializer(answer).data)
