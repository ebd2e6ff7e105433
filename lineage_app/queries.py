"""Reading the graph: ancestors and descendants by a bounded recursive query, depths afterwards.

`UNION` on the node alone visits each package once, whatever diamonds and cycles the declarations make; with paths or
depths inside the recursion it would not end.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.db import connection
from django.db.models import F

from lineage_app.models import Edge
from packages_app.errors import PackageNotFound
from packages_app.models import Package

Direction = Literal["ancestors", "descendants", "both"]
MOST_PACKAGES = 1_000

_ANCESTORS = """
WITH RECURSIVE reached(id) AS (
    SELECT %s::uuid UNION SELECT e.parent_id FROM reached r JOIN lineage e ON e.package_id = r.id WHERE e.parent_id IS NOT NULL
) SELECT id FROM reached LIMIT %s
"""
_DESCENDANTS = """
WITH RECURSIVE reached(id) AS (
    SELECT %s::uuid UNION SELECT e.package_id FROM reached r JOIN lineage e ON e.parent_id = r.id
) SELECT id FROM reached LIMIT %s
"""


@dataclass(frozen=True)
class Relative:
    """A package of the graph. `id` is None for a declared parent that the registry does not hold."""

    id: UUID | None
    name: str
    version: str
    depth: int
    relationship: str
    direction: Literal["self", "ancestor", "descendant"]
    net_score: float | None = None

    @property
    def resolved(self) -> bool:
        return self.id is not None


@dataclass(frozen=True)
class Link:
    """One declaration: `child` derives from `parent` (None when not held here, then by its name alone)."""

    child: UUID
    parent: UUID | None
    parent_name: str
    parent_version: str
    relationship: str
    source: str


@dataclass(frozen=True)
class Lineage:
    package_id: UUID
    relatives: Sequence[Relative]
    links: Sequence[Link]
    truncated: bool


def lineage_of(package_id: UUID, direction: Direction = "ancestors") -> Lineage:
    """The package itself and its relatives, nearest first; at most MOST_PACKAGES each way. Raises PackageNotFound."""
    package = Package.objects.filter(pk=package_id).first()
    if package is None:
        raise PackageNotFound("There is no such package.")
    relatives = [Relative(package.pk, package.name, package.version, 0, "self", "self", package.net_score)]
    links: dict[int, Link] = {}
    truncated = False
    if direction != "descendants":
        ids = _reached(_ANCESTORS, package_id)
        edges = list(Edge.objects.filter(package_id__in=ids))
        relatives += _ancestors(package_id, edges)
        links |= {edge.pk: _link(edge) for edge in edges}
        truncated |= len(ids) >= MOST_PACKAGES
    if direction != "ancestors":
        ids = _reached(_DESCENDANTS, package_id)
        edges = list(Edge.objects.filter(parent_id__in=ids))
        relatives += _descendants(package_id, edges)
        links |= {edge.pk: _link(edge) for edge in edges}
        truncated |= len(ids) >= MOST_PACKAGES
    return Lineage(package_id, sorted(relatives, key=lambda found: found.depth), list(links.values()), truncated)


def held_parent(name: str, version: str, *, but_not: Package | None) -> Package | None:
    """The ready package that a reference means: the version it names, else the newest there is."""
    candidates = Package.objects.filter(name=name, status=Package.Status.READY)
    if but_not is not None:
        candidates = candidates.exclude(pk=but_not.pk)
    if version:
        return candidates.filter(version=version).first()
    return candidates.order_by(F("version_key").desc(nulls_last=True), "-id").first()


def parents_of(package: Package) -> list[tuple[str, Package | None]]:
    """The declared parents of a package by name, and those held here. Inside a transaction their rows stay as they are
    until it ends, so that a parent's new score can't slip between reading it and writing what depends on it."""
    edges = list(Edge.objects.filter(package=package))
    held = (
        Package.objects.select_for_update(no_key=True)
        .order_by("id")
        .in_bulk([edge.parent_id for edge in edges if edge.parent_id])
    )
    return [(edge.parent_name, held.get(edge.parent_id) if edge.parent_id else None) for edge in edges]


def children_of(package: Package) -> list[Package]:
    """The packages that derive from this one directly: those whose tree score moves with its score."""
    return list(Package.objects.filter(parent_edges__parent=package, status=Package.Status.READY).distinct())


def _reached(statement: str, package_id: UUID) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(statement, [package_id, MOST_PACKAGES])
        return [row[0] for row in cursor.fetchall()]


def _link(edge: Edge) -> Link:
    return Link(
        edge.package_id, edge.parent_id, edge.parent_name, edge.parent_version, edge.relationship_type, edge.source
    )


def _ancestors(start: UUID, edges: Sequence[Edge]) -> list[Relative]:
    parents: dict[UUID, list[Edge]] = {}
    for edge in edges:
        parents.setdefault(edge.package_id, []).append(edge)
    depths, reached_by = _breadth_first(
        start, {child: [e for e in up if e.parent_id] for child, up in parents.items()}, "parent_id"
    )
    held = Package.objects.in_bulk(list(reached_by))
    found = [
        Relative(
            pk, held[pk].name, held[pk].version, depths[pk], edge.relationship_type, "ancestor", held[pk].net_score
        )
        for pk, edge in reached_by.items()
        if pk in held
    ]
    unresolved: dict[tuple[str, str], Relative] = {}
    for edge in edges:
        if edge.parent_id is None and edge.package_id in depths:
            named = Relative(
                None,
                edge.parent_name,
                edge.parent_version,
                depths[edge.package_id] + 1,
                edge.relationship_type,
                "ancestor",
            )
            known = unresolved.get((edge.parent_name, edge.parent_version))
            if known is None or named.depth < known.depth:
                unresolved[edge.parent_name, edge.parent_version] = named
    return [*found, *unresolved.values()]


def _descendants(start: UUID, edges: Sequence[Edge]) -> list[Relative]:
    children: dict[UUID, list[Edge]] = {}
    for edge in edges:
        assert edge.parent_id is not None
        children.setdefault(edge.parent_id, []).append(edge)
    depths, reached_by = _breadth_first(start, children, "package_id")
    held = Package.objects.in_bulk(list(reached_by))
    return [
        Relative(
            pk, held[pk].name, held[pk].version, depths[pk], edge.relationship_type, "descendant", held[pk].net_score
        )
        for pk, edge in reached_by.items()
        if pk in held
    ]


def _breadth_first(
    start: UUID, outgoing: dict[UUID, list[Edge]], target: Literal["parent_id", "package_id"]
) -> tuple[dict[UUID, int], dict[UUID, Edge]]:
    """The depth of every package reached from `start`, and the edge that reached it first."""
    depths, reached_by, wave = {start: 0}, {}, [start]
    while wave:
        further: list[UUID] = []
        for node in wave:
            for edge in outgoing.get(node, ()):
                found: UUID = getattr(edge, target)
                if found not in depths:
                    depths[found] = depths[node] + 1
                    reached_by[found] = edge
                    further.append(found)
        wave = further
    return depths, reached_by
