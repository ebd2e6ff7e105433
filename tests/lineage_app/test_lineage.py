"""The graph: parents that arrive and go, and questions that end whatever was declared."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from lineage_app.domain.declared import DeclaredParent
from lineage_app.models import Edge
from lineage_app.queries import children_of, held_parent, lineage_of
from lineage_app.services import adopt_children, record_parents, resolve_again
from packages_app.errors import PackageNotFound
from packages_app.models import Package
from tests.factories.accounts import UserFactory, calling
from tests.factories.packages import PackageFactory

pytestmark = pytest.mark.django_db


def declared(name: str, version: str = "", relationship: str = "finetune") -> DeclaredParent:
    return DeclaredParent(name, version, relationship, "README.md base_model")


def derive(child: Package, *parents: Package) -> None:
    for parent in parents:
        Edge.objects.create(package=child, parent=parent, parent_name=parent.name, source="README.md")


def family(*names: str) -> list[Package]:
    return [PackageFactory.create(name=name) for name in names]


def seen(package: Package, direction: str = "ancestors") -> list[tuple[str, int]]:
    found = lineage_of(package.pk, direction).relatives  # type: ignore[arg-type]  # a table's text
    return sorted(((one.name, one.depth) for one in found), key=lambda pair: (pair[1], pair[0]))


def test_ancestors_come_nearest_first() -> None:
    old, middle, young = family("old", "middle", "young")
    derive(middle, old)
    derive(young, middle)
    assert [(one.name, one.depth) for one in lineage_of(young.pk).relatives] == [
        ("young", 0),
        ("middle", 1),
        ("old", 2),
    ]
    assert seen(old, "descendants") == [("old", 0), ("middle", 1), ("young", 2)]
    assert seen(middle, "both") == [("middle", 0), ("old", 1), ("young", 1)]


def test_diamonds_are_seen_once_at_the_shortest_depth() -> None:
    top, left, right, bottom = family("top", "left", "right", "bottom")
    derive(left, top)
    derive(right, left)
    derive(bottom, left, right)
    assert seen(bottom) == [("bottom", 0), ("left", 1), ("right", 1), ("top", 2)]


def test_forty_diamonds_end(django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    top = PackageFactory.create(name="d0")
    for number in range(1, 41):
        left, right, bottom = family(f"l{number}", f"r{number}", f"d{number}")
        derive(left, top)
        derive(right, top)
        derive(bottom, left, right)
        top = bottom
    with django_assert_max_num_queries(4):
        assert len(lineage_of(top.pk).relatives) == 121


def test_cycles_are_harmless() -> None:
    one, two, three = family("one", "two", "three")
    derive(one, two)
    derive(two, three)
    derive(three, one)
    assert seen(one) == [("one", 0), ("two", 1), ("three", 2)]
    assert seen(one, "descendants") == [("one", 0), ("three", 1), ("two", 2)]
    assert seen(one, "both") == [("one", 0), ("three", 1), ("two", 1), ("three", 2), ("two", 2)]


def test_unresolved_parents_are_told() -> None:
    [child] = family("child")
    record_parents(child, [declared("absent"), declared("absent-too", "2.0.0")])
    found = lineage_of(child.pk)
    assert [(one.id, one.name, one.version, one.depth, one.resolved) for one in found.relatives[1:]] == [
        (None, "absent", "", 1, False),
        (None, "absent-too", "2.0.0", 1, False),
    ]
    assert [(link.parent, link.parent_name) for link in found.links] == [(None, "absent"), (None, "absent-too")]


def test_lineage_of_nothing_is_refused() -> None:
    with pytest.raises(PackageNotFound):
        lineage_of(UserFactory.create().pk)


@pytest.mark.parametrize(
    ("reference", "found"),
    [
        (("base", ""), "2.0.0"),
        (("base", "1.0.0"), "1.0.0"),
        (("base", "3.0.0"), None),
        (("base", "4.0.0"), None),
        (("BASE", ""), None),
        (("elsewhere", ""), None),
    ],
)
def test_reference_means_the_version_it_names_or_the_newest(reference: tuple[str, str], found: str | None) -> None:
    for version in ("2.0.0", "1.0.0", "deadbeef"):
        PackageFactory.create(name="base", version=version)
    PackageFactory.create(name="base", version="4.0.0", status="pending")
    [child] = family("child")
    held = held_parent(*reference, but_not=child)
    assert (held.version if held else None) == found


def test_children_find_their_parent_when_it_arrives_and_another_when_it_goes() -> None:
    [child] = family("child")
    record_parents(child, [declared("base")])
    first = PackageFactory.create(name="base", version="1.0.0")
    adopt_children(first)
    assert children_of(first) == [child]
    second = PackageFactory.create(name="base", version="0.9.0")
    first.delete()
    assert resolve_again(name="base", version="1.0.0") == [child]
    assert children_of(second) == [child]


def test_recording_again_replaces() -> None:
    [child] = family("child")
    record_parents(child, [declared("a"), declared("b")])
    record_parents(child, [declared("b", relationship="merge")])
    assert list(Edge.objects.values_list("parent_name", "relationship_type")) == [("b", "merge")]


def test_lineage_over_http(client: Client) -> None:
    base, child = family("base", "child")
    derive(child, base)
    headers = calling(UserFactory.create())
    answer = client.get(f"/package/{child.pk}/lineage", headers=headers).json()
    assert answer["package_id"] == str(child.pk)
    assert [(one["id"], one["depth"], one["direction"]) for one in answer["lineage"]] == [
        (str(child.pk), 0, "self"),
        (str(base.pk), 1, "ancestor"),
    ]
    assert answer["edges"] == [
        {
            "child": str(child.pk),
            "parent": str(base.pk),
            "parent_name": "base",
            "parent_version": "",
            "relationship": "derived_from",
            "source": "README.md",
        }
    ]
