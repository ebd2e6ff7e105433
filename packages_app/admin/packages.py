"""Packages in the admin site; registry_project.admin adds what the other apps know of one, and registers them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.formats import date_format
from django.utils.timezone import localtime
from unfold.decorators import action

from accounts_app.asking import ask, caller, confirmed
from accounts_app.long_lists import LongList
from packages_app.admin.inlines import (
    ConfusionInline,
    DownloadInline,
    FileInline,
    JobInline,
    OriginInline,
    PolicyVerdictInline,
    RatingInline,
    WaiverInline,
)
from packages_app.domain.sizes import in_words
from packages_app.models import Download, File, Package, Rating
from packages_app.services.delete import delete_package
from packages_app.services.jobs import queue_rescore
from packages_app.services.label import mark_sensitive


class PackageAdmin(LongList):
    list_display = (
        "name",
        "version",
        "kind",
        "status",
        "score",
        "licence",
        "size",
        "sensitive",
        "uploader",
        "uploaded",
    )
    list_filter = ("status", "kind", "is_sensitive")
    list_select_related = ("uploader",)
    search_fields = ("name", "version__exact", "sha256__exact")
    search_help_text = "part of a name, a whole version or the SHA-256 of an archive"
    ordering = ("-id",)
    sortable_by = ("name", "version")
    fields = (
        "name",
        "version",
        "kind",
        "status",
        "uploader",
        "licence",
        "score",
        "size",
        "hash",
        "sensitive",
        "uploaded",
    )
    readonly_fields = fields
    inlines: Sequence[Any] = (
        FileInline,
        OriginInline,
        WaiverInline,
        JobInline,
        RatingInline,
        DownloadInline,
        PolicyVerdictInline,
        ConfusionInline,
    )
    actions = ("rescore", "mark_sensitive", "mark_not_sensitive")
    actions_detail = ("rescore_one", "change_sensitivity")

    @admin.display(description="size")
    def size(self, package: Package) -> str:
        return in_words(package.size_bytes)

    @admin.display(description="licence")
    def licence(self, package: Package) -> str | None:
        return package.license or None

    @admin.display(description="net score")
    def score(self, package: Package) -> str | None:
        return None if package.net_score is None else f"{package.net_score:.2f}"

    @admin.display(description="sensitive")
    def sensitive(self, package: Package) -> str | None:
        return "yes" if package.is_sensitive else None

    @admin.display(description="SHA-256")
    def hash(self, package: Package) -> str:
        return package.sha256

    @admin.display(description="uploaded")
    def uploaded(self, package: Package) -> str:
        return date_format(localtime(package.created_at), "DATETIME_FORMAT")

    def view_on_site(self, package: Package) -> str:
        return f"/package/{package.pk}"

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
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
            queue_rescore(package, recollect=True, owner=caller(request))
        self.message_user(request, f"Packages that are queued to be scored again: {len(ready)}.", messages.SUCCESS)

    @admin.action(description="Mark as sensitive")
    def mark_sensitive(self, request: HttpRequest, queryset: QuerySet[Package]) -> None:
        self._mark(request, list(queryset.values_list("pk", flat=True)), is_sensitive=True)

    @admin.action(description="Mark as not sensitive")
    @confirmed(
        says="Everybody who may download will get these packages, and no policy is asked any more.",
        button="Mark as not sensitive",
    )
    def mark_not_sensitive(self, request: HttpRequest, queryset: QuerySet[Package]) -> None:
        self._mark(request, list(queryset.values_list("pk", flat=True)), is_sensitive=False)

    @action(description="Score again", url_path="rescore")  # type: ignore[untyped-decorator]  # unfold is untyped
    def rescore_one(self, request: HttpRequest, object_id: str) -> HttpResponse:
        chosen = Package.objects.filter(pk=object_id)
        if request.method == "POST":
            self.rescore(request, chosen)
            return redirect("admin:packages_app_package_change", object_id)
        says = "Evidence is collected anew from the package's files, and every score computed from it."
        return ask(self, request, title="Score again", says=says, button="Score again", chosen=chosen)

    @action(description="Sensitivity", url_path="sensitivity")  # type: ignore[untyped-decorator]  # as above
    def change_sensitivity(self, request: HttpRequest, object_id: str) -> HttpResponse:
        package = self.get_object(request, object_id)
        if package is None:
            return redirect("admin:packages_app_package_changelist")
        if request.method == "POST":
            self._mark(request, [package.pk], is_sensitive=not package.is_sensitive)
            return redirect("admin:packages_app_package_change", object_id)
        says = (
            "Everybody who may download will get it, and no policy is asked any more."
            if package.is_sensitive
            else "Its policy decides over every download; without one, only its uploader and administrators get it."
        )
        button = "Mark as not sensitive" if package.is_sensitive else "Mark as sensitive"
        return ask(self, request, title=button, says=says, button=button, chosen=[package])

    def _mark(self, request: HttpRequest, ids: list[UUID], *, is_sensitive: bool) -> None:
        mark_sensitive(package_ids=ids, is_sensitive=is_sensitive)
        now = "sensitive" if is_sensitive else "not sensitive"
        self.message_user(request, f"Packages that are {now} now: {len(ids)}.", messages.SUCCESS)
