"""Writing the graph: a package's declared parents, and the children that waited for it."""

from collections.abc import Sequence
from uuid import UUID

from django.db.models import F

from lineage_app.domain.declared import DeclaredParent
from lineage_app.models import Edge
from packages_app.models import Package


def record_parents(package: Package, declared: Sequence[DeclaredParent]) -> None:
    """Replace a package's declared parents. Those not held here stay as references. Joins the caller's transaction."""
    Edge.objects.filter(package=package).delete()
    Edge.objects.bulk_create(
        Edge(
            package=package,
            parent=_held(parent.name, parent.version, but_not=package),
            parent_name=parent.name,
            parent_version=parent.version,
            relationship_type=parent.relationship,
            source=parent.source,
        )
        for parent in declared
    )


def adopt_children(package: Package) -> None:
    """Resolve the references that waited for this package. Joins the caller's transaction."""
    Edge.objects.filter(
        parent__isnull=True, parent_name=package.name, parent_version__in=["", package.version]
    ).exclude(package=package).update(parent=package)


def children_of(package_id: UUID) -> list[UUID]:
    """The packages whose parent this is: those whose tree score moves with its score."""
    return list(Edge.objects.filter(parent_id=package_id).values_list("package_id", flat=True).distinct())


def _held(name: str, version: str, *, but_not: Package) -> Package | None:
    """The ready package a reference means: the version it names, else the newest there is."""
    candidates = Package.objects.filter(name=name, status=Package.Status.READY).exclude(pk=but_not.pk)
    if version:
        return candidates.filter(version=version).first()
    return candidates.order_by(F("version_key").desc(nulls_last=True), "-id").first()
