"""Who derives from whom, as the packages themselves declare it."""

from django.db import models

from packages_app.models import Package


class Edge(models.Model):
    """A package's declaration of one parent. The reference stays when the parent is not held here, or is deleted."""

    package = models.ForeignKey(Package, models.CASCADE, related_name="parent_edges")
    parent = models.ForeignKey(Package, models.SET_NULL, null=True, related_name="child_edges")
    parent_name = models.CharField(max_length=255)
    parent_version = models.CharField(max_length=64, blank=True)
    relationship_type = models.CharField(max_length=50, default="derived_from")
    #: The file that declares it.
    source = models.CharField(max_length=255)

    class Meta:
        db_table = "lineage"
        ordering = ("id",)
        constraints = [
            models.UniqueConstraint(fields=["package", "parent_name", "parent_version"], name="lineage_declared_once")
        ]
        indexes = [
            models.Index(fields=["parent_name"], name="lineage_unresolved", condition=models.Q(parent__isnull=True))
        ]

    def __str__(self) -> str:
        return f"{self.relationship_type} {self.parent_name} {self.parent_version}".strip()
