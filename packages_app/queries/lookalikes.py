"""What a newcomer may be taken for: held and well-known names, weights and cards, each found by an index.

Only what was held before the newcomer counts: an original isn't suspected for the copies that came after it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from packages_app.domain.card_prints import NEARLY_SAME, likeness, runs_of_words
from packages_app.domain.similarity import Lookalike, compare
from packages_app.domain.similarity_keys import index_keys, lookup_keys, owner_keys
from packages_app.models import Card, CardPrint, File, HeldName, HeldOwner, Package
from packages_app.popular_names import popular_names

#: How many of the longest-held candidates are compared; many thousand share a base such as `bert-base-uncased`.
_COMPARED = 200
_CARDS_READ = 12
#: A card that so many owners share is a template.
_OWNERS_OF_A_TEMPLATE = 5

# What shares a key is found by functions of the database, made by this app's migrations, which say why. The same base under
# an unrelated owner is no look-alike, and there may be thousands, which are left out here; owners that look alike are
# found by their own keys.
_NAMES = """
SELECT name FROM packages_names_near(%(keys)s::bigint[])
WHERE id < %(before)s AND name <> %(name)s
  AND (lower(split_part(name, '/', 2)) <> lower(%(base)s) OR %(base)s = ''
       OR ltrim(lower(split_part(name, '/', 1)), '@') = ltrim(lower(%(owner)s), '@'))
ORDER BY id LIMIT %(limit)s
"""
_OWNERS = """
SELECT coalesce(same_base.name, example.name) FROM packages_owners_near(%(keys)s::bigint[]) AS near
JOIN held_names example ON example.id = near.example_id
LEFT JOIN held_names same_base ON same_base.name = near.owner || '/' || %(base)s AND same_base.id < %(before)s
WHERE near.id < %(since)s AND near.owner <> %(owner)s
ORDER BY near.id LIMIT %(limit)s
"""


@dataclass(frozen=True)
class Likeness:
    """A name that a newcomer may be taken for, why, and whether the registry holds it or it is only well known."""

    name: str
    why: Lookalike
    is_held: bool = True


def owner_of(name: str) -> str:
    """What stands before the slash of a name, an `@` included; empty without one."""
    return name.rpartition("/")[0]


def held_lookalikes(held: HeldName) -> list[Likeness]:
    """The names held before this one that it may be taken for; between two that are well known, each is an original."""
    owner, _, base = held.name.rpartition("/")
    asked: dict[str, Any] = {
        "name": held.name,
        "owner": owner,
        "base": base if owner else "",
        "before": held.pk,
        "limit": _COMPARED,
    }
    names = _column(_NAMES, asked | {"keys": list(lookup_keys(held.name))})
    mine = HeldOwner.objects.filter(owner=owner).first() if owner else None
    if mine:
        names += _column(_OWNERS, asked | {"since": mine.pk, "keys": mine.keys})
    originals = popular_names() if held.name in popular_names() else frozenset()
    others = [name for name in dict.fromkeys(names) if name not in originals]
    return [Likeness(name, why) for name in others for why in compare(held.name, name)]


def popular_lookalikes(name: str) -> list[Likeness]:
    """The well-known names that `name` may be taken for; none for a well-known name, which is the original."""
    if name in popular_names():
        return []
    by_key, by_owner = _popular_keys()
    found = {other: None for key in lookup_keys(name) for other in by_key.get(key, ())}
    base = name.rpartition("/")[2]
    for key in owner_keys(name):
        for owner, example in by_owner.get(key, ()):
            same_base = f"{owner}/{base}"
            found[same_base if same_base in popular_names() else example] = None
    return [Likeness(other, why, is_held=False) for other in sorted(found) for why in compare(name, other)]


@cache
def _popular_keys() -> tuple[dict[int, list[str]], dict[int, list[tuple[str, str]]]]:
    """The well-known names by their keys, and their owners, each with one name, by theirs."""
    by_key: dict[int, list[str]] = {}
    by_owner: dict[int, list[tuple[str, str]]] = {}
    examples: dict[str, str] = {}
    for name in sorted(popular_names()):
        examples.setdefault(owner_of(name), name)
        for key in index_keys(name):
            by_key.setdefault(key, []).append(name)
    for owner, example in examples.items():
        for key in owner_keys(example):
            by_owner.setdefault(key, []).append((owner, example))
    return by_key, by_owner


def same_weights(package: Package, before: QuerySet[HeldName]) -> Iterator[tuple[str, File]]:
    """Names of other owners that a weight file of the package was published under before, with that file of theirs."""
    mine = File.objects.filter(package=package, is_weight=True, size__gt=0).values_list("sha256", flat=True)
    theirs = File.objects.filter(
        is_weight=True, sha256__in=list(mine[:_COMPARED]), package__status=Package.Status.READY
    ).exclude(package__name=package.name)
    earlier = theirs.filter(package__name__in=before.values("name")).select_related("package")
    seen: set[str] = set()
    for file in earlier.order_by("package_id", "path")[:_COMPARED]:
        if file.package.name not in seen and is_of_another_owner(package, file.package):
            seen.add(file.package.name)
            yield file.package.name, file


def same_cards(package: Package, print_: CardPrint, before: QuerySet[HeldName]) -> Sequence[tuple[str, float]]:
    """Names of other owners published before under nearly the same card, and how alike it is (0 to 1).

    None where so many owners have that card that it must be a template.
    """
    near = CardPrint.objects.filter(bands__overlap=print_.bands, package__status=Package.Status.READY)
    others = near.exclude(package__name=package.name).filter(package__name__in=before.values("name"))
    newest = others.order_by("package_id").select_related("package")[:_CARDS_READ]
    texts = dict(Card.objects.filter(pk__in=[package.pk, *(one.pk for one in newest)]).values_list("pk", "text"))
    mine = runs_of_words(texts[package.pk])
    alike: dict[str, float] = {}
    for other in newest:
        share = likeness(mine, runs_of_words(texts.get(other.pk, "")))
        if share >= NEARLY_SAME and is_of_another_owner(package, other.package):
            alike[other.package.name] = max(share, alike.get(other.package.name, 0))
    is_template = len({owner_of(name) or name for name in alike}) >= _OWNERS_OF_A_TEMPLATE
    return [] if is_template else list(alike.items())


def is_of_another_owner(package: Package, other: Package) -> bool:
    """By what stands before the slash; between names without one, by who uploaded them."""
    owner, others = owner_of(package.name), owner_of(other.name)
    return owner.lower() != others.lower() or (not owner and package.uploader_id != other.uploader_id)


def _column(statement: str, asked: dict[str, Any]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return [str(name) for (name,) in cursor.fetchall()]
