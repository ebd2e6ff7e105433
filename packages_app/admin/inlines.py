"""What a package's page in the admin site shows of its rows in other tables."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import TabularInline

from accounts_app.long_lists import ReadOnly
from packages_app.domain.sizes import in_words
from packages_app.models import ConfusionFinding, Download, File, Job, Origin, PolicyVerdict, Rating, Waiver

_SHOWN = 20


class ReadOnlyInline(ReadOnly, TabularInline):  # type: ignore[misc]  # unfold is untyped
    extra = 0
    can_delete = False
    tab = True
    hide_title = True
    #: Foreign keys whose rows are shown by name.
    named: tuple[str, ...] = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        return rows.select_related(*self.named) if self.named else rows


class RecentInline(ReadOnlyInline):
    """The newest rows only: a popular package has millions."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).order_by("-pk")
        package_id = request.resolver_match.kwargs.get("object_id") if request.resolver_match else None
        newest = rows.filter(**{self.fk_name or "package": package_id}).values("pk")[:_SHOWN]
        return rows.filter(pk__in=newest)


class FileInline(RecentInline):
    model = File
    fields = readonly_fields = ("path", "unpacked", "sha256", "compression", "is_weight", "verdict", "findings")

    @admin.display(description="size")
    def unpacked(self, file: File) -> str:
        return in_words(file.size)


class RatingInline(RecentInline):
    model = Rating
    named = ("user",)
    fields = readonly_fields = ("user", "score", "timestamp")


class DownloadInline(RecentInline):
    model = Download
    verbose_name_plural = "download history"
    named = ("user",)
    fields = readonly_fields = ("user", "timestamp", "ip_address", "kind", "outcome", "reason")


class JobInline(RecentInline):
    model = Job
    named = ("owner",)
    show_change_link = True
    fields = readonly_fields = ("kind", "status", "owner", "created_at", "finished_at", "error_detail")


class OriginInline(ReadOnlyInline):
    model = Origin
    verbose_name_plural = "origin"
    fields = readonly_fields = ("provider", "identity", "revision")


class WaiverInline(ReadOnlyInline):
    model = Waiver
    named = ("granted_by",)
    fields = readonly_fields = ("metric", "reason", "granted_by", "granted_at")


class PolicyVerdictInline(RecentInline):
    model = PolicyVerdict
    fields = readonly_fields = ("now", "downloader", "code", "reason", "duration_ms", "policy_sha256")


class ConfusionInline(ReadOnlyInline):
    model = ConfusionFinding
    fk_name = "package"
    show_change_link = True
    fields = readonly_fields = ("suspicious_pattern", "severity", "reason", "detected_at", "state", "note")

    def reason(self, finding: ConfusionFinding) -> str:
        return finding.reason
