"""The graph of who derives from whom in the admin site, one declaration a row."""

from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from accounts_app.long_lists import LongList, ReadOnly
from lineage_app.models import Edge
from packages_app.admin.searching import FoundByPackage


class HeldFilter(admin.SimpleListFilter):
    title = "parent held here"
    parameter_name = "held"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Held here"), ("no", "Not held here")]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[Edge]) -> QuerySet[Edge]:
        return queryset.filter(parent__isnull=self.value() == "no") if self.value() else queryset


@admin.register(Edge)
class EdgeAdmin(ReadOnly, FoundByPackage, LongList):
    list_display = ("package", "relationship_type", "parent_name", "parent_version", "parent", "source")
    list_filter = (HeldFilter,)
    list_select_related = ("package", "parent")
    package_fields = ("package", "parent")
    search_help_text = "part of the name of either package, or the whole name of a parent that is not held here"
    ordering = ("-id",)

    def also_found_by(self, term: str) -> Q:
        return Q(parent__isnull=True, parent_name=term)
