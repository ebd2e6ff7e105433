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


class InWords:
    """What a score holds, as people read it."""

    @admin.display(description="value")
    def measure(self, score: Score) -> str:
        return "unknown" if score.value is None else f"{score.value:.2f}"

    @admin.display(description="status")
    def standing(self, score: Score) -> str:
        return score.status.replace("_", " ").capitalize()

    @admin.display(description="took")
    def took(self, score: Score) -> str:
        return f"{score.latency:.1f} s" if score.latency >= 1 else f"{score.latency * 1000:.1f} ms"


class MetricFilter(admin.SimpleListFilter):
    title = "metric"
    parameter_name = "metric"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        return [(metric, metric.replace("_", " ").capitalize()) for metric in METRICS]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Score]) -> QuerySet[Score]:
        return queryset.filter(metric=self.value()) if self.value() else queryset


@admin.register(Score)
class ScoreAdmin(InWords, ReadOnly, FoundByPackage, LongList):
    list_display = ("package", "metric", "measure", "standing", "reason", "weight", "took", "computed_at")
    list_filter = (MetricFilter, "status")
    list_select_related = ("package",)
    ordering = ("-id",)
    fields = (
        "package",
        "metric",
        "measure",
        "standing",
        "reason",
        "advice",
        "evidence",
        "flags",
        "weight",
        "took",
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
