"""The admin site where apps meet: its front page, and a package with what every app knows of it."""

import django_q.admin  # noqa: F401 - registers what is taken out here
from django.contrib import admin
from django_q.models import Failure, OrmQ, Schedule, Success

from lineage_app.models import Edge
from metrics_app.admin import InWords
from metrics_app.models import Score
from packages_app.admin.inlines import ReadOnlyInline, RecentInline
from packages_app.admin.packages import PackageAdmin
from packages_app.models import Package

admin.site.index_title = "What matters now"
admin.site.index_template = "registry_project/front_page.html"
for model in (Failure, OrmQ, Schedule, Success):  # jobs say what they say; and a schedule runs any function by its name
    if admin.site.is_registered(model):  # the queue is not where it lies elsewhere
        admin.site.unregister(model)


class ScoreInline(InWords, ReadOnlyInline):
    model = Score
    fields = readonly_fields = ("metric", "measure", "standing", "reason", "weight", "took", "computed_at")


class ParentInline(ReadOnlyInline):
    model = Edge
    fk_name = "package"
    verbose_name_plural = "parents"
    named = ("parent",)
    fields = readonly_fields = ("parent_name", "parent_version", "parent", "relationship_type", "source")


class ChildInline(RecentInline):
    model = Edge
    named = ("package",)
    fk_name = "parent"
    verbose_name_plural = "children"
    fields = readonly_fields = ("package", "relationship_type", "source")


@admin.register(Package)
class WholePackageAdmin(PackageAdmin):
    inlines = (ScoreInline, ParentInline, ChildInline, *PackageAdmin.inlines)
