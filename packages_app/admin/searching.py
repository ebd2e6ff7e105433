"""Finding rows of long tables by their packages' names."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from packages_app.models import Package

_PACKAGES = 1_000


class FoundByPackage:
    """The index of names gives the packages, and theirs gives the rows, so that no long table is read through."""

    search_fields: tuple[str, ...] = ("package__name",)
    search_help_text = f"part of a package's name; of at most {_PACKAGES:,} packages"
    package_fields: tuple[str, ...] = ("package",)

    def also_found_by(self, _term: str) -> Q:
        """What else the words typed may mean."""
        return Q()

    def get_search_results(
        self, _request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The rows, none of them twice."""
        term = search_term.strip()
        if not term:
            return queryset, False
        ids = list(Package.objects.filter(name__icontains=term).order_by().values_list("pk", flat=True)[:_PACKAGES])
        wanted = self.also_found_by(term)
        for field in self.package_fields:
            wanted |= Q(**{f"{field}__in": ids})
        return queryset.filter(wanted), False
