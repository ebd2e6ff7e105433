"""The shapes of the packages' part of the API: what comes in is checked here, what goes out is described here."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts_app.api.shapes import OneOf, StrictSerializer
from packages_app.models import ConfusionFinding, Download, Job, Package
from packages_app.queries.search import FLAGS

_MOST_DESCRIPTION = 10_000


class UploadSerializer(StrictSerializer):
    file = serializers.FileField(help_text="The package: a zip archive.", allow_empty_file=True)
    name = serializers.CharField(
        required=False, help_text="Defaults to what the archive's manifest declares.", max_length=255
    )
    version = serializers.CharField(required=False, help_text="Defaults to what the manifest declares.", max_length=64)
    description = serializers.CharField(required=False, allow_blank=True, max_length=_MOST_DESCRIPTION)
    is_sensitive = serializers.BooleanField(required=False, default=False)
    js_policy = serializers.FileField(
        required=False, help_text="A JavaScript policy that decides over every download; makes the package sensitive."
    )


class IngestSerializer(StrictSerializer):
    url = serializers.CharField(
        max_length=2_000, help_text="A Hugging Face model URL, an npm package page, or a package URL (pkg:…)."
    )
    name = serializers.CharField(required=False, max_length=255, help_text="The name to keep it under; else its own.")
    version = serializers.CharField(
        required=False,
        max_length=255,
        help_text="A revision of the model or a range of the package's versions, where the URL names none.",
    )
    waive = serializers.DictField(
        child=serializers.CharField(),
        required=False,
        help_text="Metrics that need not pass, each with the reason; for administrators.",
    )


class IngestAcceptedSerializer(serializers.Serializer[Any]):
    message = serializers.CharField()
    job_id = serializers.UUIDField()


class AcceptedSerializer(serializers.Serializer[Any]):
    message = serializers.CharField()
    job_id = serializers.UUIDField()
    package_id = serializers.UUIDField(allow_null=True)


class SearchSerializer(StrictSerializer):
    name = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=255, help_text="A part of the name, in any case."
    )
    version = serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        max_length=255,
        help_text="1.2.3, 1.2.3-2.1.0 (both included), ~1.2.0 or ^1.2.0",
    )
    regex = serializers.CharField(
        required=False,
        allow_null=True,
        allow_blank=True,
        trim_whitespace=False,
        help_text="A PostgreSQL regular expression over names and model cards.",
    )
    query = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=1_000, help_text="Words, ranked."
    )
    kind = OneOf(Package.Kind.choices, required=False, allow_null=True)
    license = serializers.CharField(required=False, allow_null=True, allow_blank=True, max_length=255)
    min_net_score = serializers.FloatField(required=False, allow_null=True, min_value=0, max_value=1)
    is_sensitive = serializers.BooleanField(required=False, allow_null=True, default=None)
    flag = OneOf(FLAGS, required=False, allow_null=True, help_text="One that their metadata shows.")
    newest_only = serializers.BooleanField(
        required=False, default=False, help_text="Of each name its highest version alone."
    )
    sort = OneOf(["newest", "name", "downloads", "score"], required=False)


class PackageSerializer(serializers.ModelSerializer[Package]):
    """A package in a list. The fields describe it; it is written by hand, since a page of fifty rows took longer to
    serialize field by field than to find."""

    description = serializers.CharField()
    uploader = serializers.CharField(allow_null=True)
    upload_date = serializers.DateTimeField()
    downloads = serializers.IntegerField()
    average_rating = serializers.FloatField(allow_null=True)

    class Meta:
        model = Package
        fields = (
            "id", "name", "version", "kind", "description", "license", "net_score", "size_bytes", "sha256",
            "is_sensitive", "uploader", "upload_date", "downloads", "average_rating",
        )  # fmt: skip

    def to_representation(self, instance: Package) -> dict[str, Any]:
        tally = instance.tally
        average = round(tally.rating_sum / tally.rating_count, 2) if tally.rating_count else None
        written: dict[str, Any] = {field: getattr(instance, field) for field in self.Meta.fields[:10]}
        return written | {
            "uploader": instance.uploader.username if instance.uploader else None,
            "upload_date": instance.created_at,
            "downloads": tally.downloads,
            "average_rating": average,
        }


class PackagePageSerializer(serializers.Serializer[Any]):
    packages = PackageSerializer(many=True)
    total = serializers.IntegerField(help_text="Exact up to 1,000; beyond, an estimate.")
    total_is_exact = serializers.BooleanField()
    offset = serializers.IntegerField()
    limit = serializers.IntegerField()
    next = serializers.CharField(allow_null=True, help_text="Send as ?cursor= for the page after this.")


class ScanSerializer(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(["clean", "suspicious", "malicious", "not_scanned"])
    findings = serializers.ListField(child=serializers.CharField())


class UrlSerializer(serializers.Serializer[Any]):
    url = serializers.URLField()
    expires_in = serializers.IntegerField(help_text="seconds")
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    scan = ScanSerializer(help_text="Of the file; of a whole package the worst, with the files found wanting.")


class WeightUrlSerializer(UrlSerializer):
    file = serializers.CharField()


class WeightsSerializer(serializers.Serializer[Any]):
    """One weight file stands at the top; several stand under `files`."""

    url = serializers.URLField(required=False)
    file = serializers.CharField(required=False)
    expires_in = serializers.IntegerField(help_text="seconds")
    size_bytes = serializers.IntegerField(required=False)
    sha256 = serializers.CharField(required=False)
    scan = ScanSerializer(required=False)
    files = WeightUrlSerializer(many=True, required=False)


class RateSerializer(StrictSerializer):
    score = serializers.IntegerField(min_value=1, max_value=5)


class RatedSerializer(serializers.Serializer[Any]):
    average = serializers.FloatField()
    count = serializers.IntegerField()
    score = serializers.IntegerField()


class StarsSerializer(serializers.Serializer[Any]):
    average = serializers.FloatField(allow_null=True)
    count = serializers.IntegerField()
    score = serializers.IntegerField(allow_null=True, help_text="One's own stars; null when not rated.")


class JobErrorSerializer(serializers.Serializer[Any]):
    detail = serializers.CharField()
    code = serializers.CharField()


class JobSerializer(serializers.ModelSerializer[Job]):
    job_id = serializers.UUIDField(source="id")
    package_id = serializers.UUIDField(allow_null=True)
    error = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = (
            "job_id", "kind", "status", "stage", "progress", "activity", "package_id", "name", "version", "error", "scores",
            "failed_metrics", "attempts", "created_at", "started_at", "finished_at",
        )  # fmt: skip

    @extend_schema_field(JobErrorSerializer(allow_null=True))
    def get_error(self, job: Job) -> dict[str, str] | None:
        return {"detail": job.error_detail, "code": job.error_code} if job.error_code else None


class DownloadSerializer(serializers.ModelSerializer[Download]):
    user = serializers.CharField(source="user.username", default=None, allow_null=True)
    ip = serializers.IPAddressField(source="ip_address", allow_null=True)

    class Meta:
        model = Download
        fields = ("user", "timestamp", "ip", "user_agent", "kind", "file", "outcome", "reason")


class DownloadHistorySerializer(serializers.Serializer[Any]):
    package_id = serializers.UUIDField()
    downloads = DownloadSerializer(many=True)
    total = serializers.IntegerField()
    offset = serializers.IntegerField()
    limit = serializers.IntegerField()


class ConfusionFindingSerializer(serializers.ModelSerializer[ConfusionFinding]):
    package_id = serializers.UUIDField()
    package = serializers.CharField(source="package.name")
    lookalike_id = serializers.UUIDField(allow_null=True)
    pattern = serializers.CharField(source="suspicious_pattern")
    details = serializers.DictField(help_text="`reason` says it in a sentence, `lookalike` names the other package.")
    decided_by = serializers.CharField(source="decided_by.username", default=None, allow_null=True)

    class Meta:
        model = ConfusionFinding
        fields = (
            "id", "package_id", "package", "pattern", "severity", "details", "lookalike_id", "detected_at",
            "state", "note", "decided_by", "decided_at",
        )  # fmt: skip


class FindingFilterSerializer(serializers.Serializer[Any]):
    """Which findings: `?severity=high&state=open`."""

    severity = OneOf(ConfusionFinding.Severity.choices, required=False)
    state = OneOf(ConfusionFinding.State.choices, required=False)


class DecisionSerializer(StrictSerializer):
    decision = OneOf(ConfusionFinding.State.choices, help_text="`open` takes a decision back.")
    note = serializers.CharField(
        required=False, default="", allow_blank=True, max_length=2_000, help_text="Why; a dismissal needs it."
    )


class FindingPageSerializer(serializers.Serializer[Any]):
    findings = ConfusionFindingSerializer(many=True)
    total = serializers.IntegerField()
    offset = serializers.IntegerField()
    limit = serializers.IntegerField()
