"""Scores in the admin site: found, filtered, looked into, and computed again."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts_app.asking import caller
from accounts_app.long_lists import LongList, ReadOnly
from metrics_app.domain.result import METRICS
from metrics_app.models import Score
from packages_app.admin.searching import FoundByPackage
from packages_app.models import Package
from packages_app.services.jobs import queue_rescore


class MetricFilter(admin.SimpleListFilter):
    title = "metric"
    parameter_name = "metric"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        return [(metric, metric.replace("_", " ").capitalize()) for metric in METRICS]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Score]) -> QuerySet[Score]:
        return queryset.filter(metric=self.value()) if self.value() else queryset


@admin.register(Score)
class ScoreAdmin(ReadOnly, FoundByPackage, LongList):
    list_display = ("package", "metric", "wire_value", "status", "reason", "weight", "latency", "computed_at")
    list_filter = (MetricFilter, "status")
    list_select_related = ("package",)
    ordering = ("-id",)
    fields = (
        "package",
        "metric",
        "wire_value",
        "status",
        "reason",
        "advice",
        "evidence",
        "flags",
        "weight",
        "latency",
        "formula_version",
        "computed_at",
    )
    readonly_fields = fields
    actions = ("rescore",)

    @admin.action(description="Score their packages again", permissions=["view"])
    def rescore(self, request: HttpRequest, queryset: QuerySet[Score]) -> None:
        packages = Package.objects.filter(pk__in=queryset.values("package"), status=Package.Status.READY)
        for package in packages:
            queue_rescore(package, recollect=True, owner=caller(request))
        self.message_user(request, f"Packages that are queued to be scored again: {len(packages)}.", messages.SUCCESS)
