"""The audit trail: to look at, and to take along."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from unfold.decorators import action

from accounts_app.audit import Action
from accounts_app.chaining import exported_lines
from accounts_app.long_lists import LongList, ReadOnly
from accounts_app.models import AuditEntry


class ActionFilter(admin.SimpleListFilter):
    title = "action"
    parameter_name = "action"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        return [(action.value, str(action.label)) for action in Action]

    def queryset(self, _request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset.filter(action=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly, LongList):
    list_display = ["at", "actor", "action", "target", "told", "address"]
    list_filter = [ActionFilter, ("at", admin.DateFieldListFilter)]
    search_fields = ["actor__exact", "target__exact"]
    search_help_text = 'a username, or a target in quotes: "package <id>"'
    ordering = ["-id"]
    fields = ["at", "actor", "actor_id", "action", "target", "told", "address"]
    readonly_fields = fields
    actions_list = ["export"]

    @admin.display(description="details")
    def told(self, entry: AuditEntry) -> str:
        return "; ".join(f"{name}: {value}" for name, value in sorted(entry.details.items()) if value not in ("", None))

    @action(description="Export", url_path="export", permissions=["view"])  # type: ignore[untyped-decorator]  # unfold
    def export(self, _request: HttpRequest) -> StreamingHttpResponse:
        """The whole chain, as `manage.py export_audit` writes it."""
        return StreamingHttpResponse(
            _lines(),
            content_type="application/jsonl",
            headers={"Content-Disposition": 'attachment; filename="audit-trail.jsonl"'},
        )


def _lines() -> Iterator[str]:
    for line in exported_lines():
        yield line + "\n"
