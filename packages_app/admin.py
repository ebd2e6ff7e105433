"""Packages, their jobs and audits in the admin site. Pages read; actions call the services, so their rules hold here too."""

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.admin import TabularInline
from unfold.forms import ActionForm

from accounts_app.errors import Refused
from accounts_app.long_lists import LongList
from accounts_app.models import User
from packages_app.models import (
    ConfusionFinding,
    Download,
    File,
    Job,
    Origin,
    Package,
    Policy,
    PolicyVerdict,
    Rating,
    RetiredVersion,
    Waiver,
)
from packages_app.policy_admin import PolicyAdmin
from packages_app.services.confusion import decide_finding
from packages_app.services.delete import delete_package
from packages_app.services.jobs import queue_rescore, retry_job
from packages_app.services.label import mark_sensitive

_SHOWN_INLINE = 20


class ReadOnly:
    """What is looked at and not written by hand."""

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False


class ReadOnlyInline(ReadOnly, TabularInline):  # type: ignore[misc]  # unfold is untyped
    extra = 0
    can_delete = False
    tab = True


class RecentInline(ReadOnlyInline):
    """The newest rows only: a popular package has millions."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).order_by("-pk")
        package_id = request.resolver_match.kwargs.get("object_id") if request.resolver_match else None
        newest = rows.filter(package_id=package_id).values("pk")[:_SHOWN_INLINE]
        recent: QuerySet[Any] = rows.filter(pk__in=newest)
        return recent


class FileInline(RecentInline):
    model = File
    fields = readonly_fields = ("path", "size", "sha256", "compression", "is_weight", "verdict")


class RatingInline(RecentInline):
    model = Rating
    fields = readonly_fields = ("user", "score", "timestamp")


class DownloadInline(RecentInline):
    model = Download
    verbose_name_plural = "download history"
    fields = readonly_fields = ("user", "timestamp", "ip_address", "kind", "outcome", "reason")


class OriginInline(ReadOnlyInline):
    model = Origin
    verbose_name_plural = "origin"
    fields = readonly_fields = ("provider", "identity", "revision")


class WaiverInline(ReadOnlyInline):
    model = Waiver
    fields = readonly_fields = ("metric", "reason", "granted_by", "granted_at")


class PolicyVerdictInline(RecentInline):
    model = PolicyVerdict
    fields = readonly_fields = ("now", "downloader", "code", "reason", "duration_ms", "policy_sha256")


class ConfusionInline(ReadOnlyInline):
    model = ConfusionFinding
    fk_name = "package"
    fields = readonly_fields = ("suspicious_pattern", "severity", "details", "detected_at", "state", "note")


class PackageAdmin(LongList):
    """registry_project.admin adds what the other apps know of a package, and registers it."""

    list_display = (
        "name",
        "version",
        "kind",
        "status",
        "net_score",
        "license",
        "size",
        "is_sensitive",
        "uploader",
        "created_at",
    )
    list_filter = ("status", "kind", "is_sensitive")
    list_select_related = ("uploader",)
    search_fields = ("name", "version__exact", "sha256__exact")
    ordering = ("-id",)
    fields = (
        "name",
        "version",
        "kind",
        "status",
        "uploader",
        "license",
        "net_score",
        "size_bytes",
        "sha256",
        "is_sensitive",
        "created_at",
    )
    readonly_fields = fields
    inlines: Sequence[Any] = (
        FileInline,
        OriginInline,
        WaiverInline,
        RatingInline,
        DownloadInline,
        PolicyVerdictInline,
        ConfusionInline,
    )
    actions = ("rescore", "mark_sensitive", "mark_not_sensitive")

    @admin.display(ordering="size_bytes")
    def size(self, package: Package) -> str:
        return f"{package.size_bytes:,} B"

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def get_deleted_objects(
        self, objs: Sequence[Package], _request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """What the confirmation lists: counted, since a package may have a hundred thousand files."""
        ids = [package.pk for package in objs]
        counts = {
            "packages": len(ids),
            "files": File.objects.filter(package__in=ids).count(),
            "downloads in the history": Download.objects.filter(package__in=ids).count(),
            "ratings": Rating.objects.filter(package__in=ids).count(),
        }
        return [str(package) for package in objs], counts, set(), []

    def delete_model(self, _request: HttpRequest, obj: Package) -> None:
        delete_package(package_id=obj.pk)

    def delete_queryset(self, _request: HttpRequest, queryset: QuerySet[Package]) -> None:
        for package in queryset:
            delete_package(package_id=package.pk)

    @admin.action(description="Score again from the package's files")
    def rescore(self, request: HttpRequest, queryset: QuerySet[Package]) -> None:
        ready = list(queryset.filter(status=Package.Status.READY))
        for package in ready:
            queue_rescore(package, recollect=True)
        self.message_user(request, f"{len(ready)} packages are queued to be scored again.", messages.SUCCESS)

    @admin.action(description="Mark as sensitive")
    def mark_sensitive(self, request: HttpRequest, queryset: QuerySet[Package]) -> None:
        self._mark(request, queryset, is_sensitive=True)

    @admin.action(description="Mark as not sensitive")
    def mark_not_sensitive(self, request: HttpRequest, queryset: QuerySet[Package]) -> None:
        self._mark(request, queryset, is_sensitive=False)

    def _mark(self, request: HttpRequest, queryset: QuerySet[Package], *, is_sensitive: bool) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        mark_sensitive(package_ids=ids, is_sensitive=is_sensitive)
        self.message_user(
            request,
            f"Packages that are {'sensitive' if is_sensitive else 'not sensitive'} now: {len(ids)}.",
            messages.SUCCESS,
        )


@admin.register(Job)
class JobAdmin(ReadOnly, LongList):
    list_display = (
        "kind",
        "name",
        "version",
        "status",
        "stage",
        "percent",
        "owner",
        "attempts",
        "created_at",
        "finished_at",
    )
    list_filter = ("status", "kind")
    list_select_related = ("owner",)
    search_fields = ("name", "id__exact", "owner__username__exact")
    ordering = ("-id",)
    exclude = ("staging_key", "fence")
    actions = ("retry",)

    @admin.display(description="progress")
    def percent(self, job: Job) -> str:
        return format_html(
            "<progress max='1' value='{}' aria-label='progress'></progress> {} %",
            job.progress,
            round(job.progress * 100),
        )

    @admin.action(description="Retry", permissions=["view"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        for job in queryset:
            try:
                retry_job(job_id=job.pk)
            except Refused as refused:
                self.message_user(request, f"{job}: {refused.detail}", messages.ERROR)
            else:
                self.message_user(request, f"{job} is queued again.", messages.SUCCESS)


class DecisionForm(ActionForm):  # type: ignore[misc]  # unfold is untyped
    """Beside the choice of an action."""

    note = forms.CharField(required=False, max_length=2_000, label="note, which a dismissal needs")


@admin.register(ConfusionFinding)
class ConfusionFindingAdmin(ReadOnly, LongList):
    """The queue of findings, and what is decided on each."""

    list_display = ("package", "suspicious_pattern", "severity", "reason", "lookalike", "state", "detected_at")
    list_filter = ("state", "severity", "suspicious_pattern")
    list_select_related = ("package", "lookalike")
    search_fields = ("package__name", "suspicious_pattern")
    ordering = ("-id",)
    action_form = DecisionForm
    actions = ("confirm", "dismiss", "reopen")

    @admin.display(description="why")
    def reason(self, finding: ConfusionFinding) -> str:
        return str(finding.details.get("reason", ""))

    @admin.action(description="Confirm", permissions=["view"])
    def confirm(self, request: HttpRequest, queryset: QuerySet[ConfusionFinding]) -> None:
        self._decide(request, queryset, ConfusionFinding.State.CONFIRMED)

    @admin.action(description="Dismiss, with a note", permissions=["view"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[ConfusionFinding]) -> None:
        self._decide(request, queryset, ConfusionFinding.State.DISMISSED)

    @admin.action(description="Open again", permissions=["view"])
    def reopen(self, request: HttpRequest, queryset: QuerySet[ConfusionFinding]) -> None:
        self._decide(request, queryset, ConfusionFinding.State.OPEN)

    def _decide(self, request: HttpRequest, queryset: QuerySet[ConfusionFinding], decision: str) -> None:
        """All of the chosen findings or, where one can't be decided so, none."""
        note, ids = request.POST.get("note", "")[:2_000], list(queryset.values_list("pk", flat=True))
        try:
            with transaction.atomic():
                for finding_id in ids:
                    decide_finding(finding_id=finding_id, decision=decision, note=note, by=cast(User, request.user))
        except Refused as refused:
            self.message_user(request, refused.detail, messages.ERROR)
        else:
            self.message_user(request, f"Findings now {decision}: {len(ids)}.", messages.SUCCESS)


@admin.register(RetiredVersion)
class RetiredVersionAdmin(ReadOnly, LongList):
    list_display = ("name", "version", "sha256", "retired_at")
    search_fields = ("name",)


admin.site.register(Policy, PolicyAdmin)


@admin.register(PolicyVerdict)
class PolicyVerdictAdmin(ReadOnly, LongList):
    list_display = ("now", "package", "downloader", "code", "reason", "duration_ms")
    list_filter = ("code",)
    list_select_related = ("package",)
    search_fields = ("package__name", "downloader__exact", "policy_sha256__exact")
    ordering = ("-id",)
