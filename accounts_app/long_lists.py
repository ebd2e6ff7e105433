"""Lists of the admin site that stay quick however many rows there are."""

from functools import cached_property
from typing import Any, ClassVar

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

_COUNTED = 10_000


class CappedPaginator(Paginator):  # type: ignore[type-arg]  # Django's takes no arguments at run time
    """Counts no further than anybody leafs; behind the last page shown a search finds the rest."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        return rows.values("pk")[:_COUNTED].count()  # in their order: the newest of a kind are found from that end


class LongList(ModelAdmin):  # type: ignore[misc]  # unfold is untyped
    """Actions take what is on the page, never all the pages: the commands are there for that. What may be sorted by has
    an index; each list says so itself."""

    show_full_result_count = False
    list_per_page = 50
    list_disable_select_all = True
    list_filter_sheet = True
    sortable_by: ClassVar[tuple[str, ...]] = ()
    paginator = CappedPaginator


class ReadOnly:
    """What is looked at and not written by hand."""

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False
