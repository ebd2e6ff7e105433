"""Writing the graph: a package's declared parents, and the children that waited for it."""

from collections.abc import Sequence

from lineage_app.domain.declared import DeclaredParent
from lineage_app.models import Edge
from lineage_app.queries import held_parent
from packages_app.models import Package


def record_parents(package: Package, declared: Sequence[DeclaredParent]) -> None:
    """Replace a package's declared parents. Those not held here stay as references. Joins the caller's transaction."""
    Edge.objects.filter(package=package).delete()
    Edge.objects.bulk_create(
        Edge(
            package=package,
            parent=held_parent(parent.name, parent.version, but_not=package),
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


def resolve_again(*, name: str, version: str) -> list[Package]:
    """After the package `name` `version` went: point the references to it elsewhere where they allow. Its children."""
    waiting = Edge.objects.select_related("package").filter(
        parent__isnull=True, parent_name=name, parent_version__in=["", version]
    )
    for edge in waiting:
        edge.parent = held_parent(edge.parent_name, edge.parent_version, but_not=edge.package)
        edge.save(update_fields=["parent"])
    return [edge.package for edge in waiting if edge.package.status == Package.Status.READY]
