"""The admin site where apps meet: a package with what every app knows of it."""

from django.contrib import admin

from lineage_app.models import Edge
from metrics_app.models import Score
from packages_app.admin import PackageAdmin, ReadOnlyInline
from packages_app.models import Package


class ScoreInline(ReadOnlyInline):
    model = Score
    fields = readonly_fields = ("metric", "wire_value", "status", "reason", "weight", "latency", "computed_at")


class ParentInline(ReadOnlyInline):
    model = Edge
    fk_name = "package"
    verbose_name_plural = "parents"
    fields = readonly_fields = ("parent_name", "parent_version", "parent", "relationship_type", "source")


class ChildInline(ReadOnlyInline):
    model = Edge
    fk_name = "parent"
    verbose_name_plural = "children"
    fields = readonly_fields = ("package", "relationship_type", "source")


@admin.register(Package)
class WholePackageAdmin(PackageAdmin):
    inlines = (ScoreInline, ParentInline, ChildInline, *PackageAdmin.inlines)
