"""Finding packages among millions: every filter answered by an index, totals counted only as far as anyone reads.

See DESIGN.md for the measurements behind the shapes: ids are found first, by the narrow tables; words and counts are joined
for the one page that is shown.
"""

import base64
import binascii
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import DataError, OperationalError, connection, transaction
from django.db.models import Case, Exists, F, OrderBy, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from accounts_app.errors import Refused
from packages_app.domain.patterns import check_pattern
from packages_app.domain.semver import RELEASE
from packages_app.domain.versions import Exact, KeyInterval, parse_filter
from packages_app.errors import BadRegex, RegexTooExpensive
from packages_app.models import Card, ConfusionFinding, File, Package

COUNTED_TO = 1_000
_RANKED_AMONG = 500
_MOST_NAMED = 8  # words
_REGEX_MILLISECONDS = 2_000
_CANCELLED = "57014"
_LITERAL = re.compile(r"[A-Za-z0-9]{3}")


@dataclass(frozen=True)
class Criteria:
    """What is looked for; None is no condition. All that are given must hold."""

    name: str | None = None
    version: str | None = None
    regex: str | None = None
    query: str | None = None
    kind: str | None = None
    license: str | None = None
    min_net_score: float | None = None
    is_sensitive: bool | None = None
    flag: str | None = None
    newest_only: bool = False
    sort: str = "newest"


@dataclass(frozen=True)
class Page:
    """Packages in order, how many there are in all, and where the next page starts (None: this was the last)."""

    packages: Sequence[Package]
    total: int
    total_is_exact: bool
    next: str | None


_STANDING = ConfusionFinding.objects.exclude(state=ConfusionFinding.State.DISMISSED).order_by()
_LIKENESS = Q(details__has_key="lookalike")
#: What raises each flag of a package, as in its metadata.
_RAISERS: dict[str, QuerySet[Any, Any]] = {
    "looks_like_another": _STANDING.filter(_LIKENESS),
    "unusual_downloads": _STANDING.exclude(_LIKENESS),
    "suspicious": File.objects.filter(verdict=File.Verdict.SUSPICIOUS).order_by(),
    "malicious": File.objects.filter(verdict=File.Verdict.MALICIOUS).order_by(),
}
FLAGS = tuple(_RAISERS)

_ORDERS: dict[str, tuple[str | OrderBy, ...]] = {
    "newest": ("-id",),
    "name": ("name", F("version_key").desc(nulls_last=True), "-id"),
    "downloads": ("-tally__downloads", "-id"),
    "score": (F("net_score").desc(nulls_last=True), "-id"),  # what couldn't be rated comes last
}


def packages_matching(criteria: Criteria, *, offset: int, limit: int, cursor: str | None = None) -> Page:
    """The page of ready packages that meet `criteria`. `cursor` (a page's `next`) stands in for a deep `offset`.

    Raises Refused for a bad version filter or cursor, BadRegex, RegexTooExpensive.
    """
    found = _filtered(criteria)
    with _regex_bounded(criteria.regex):
        if criteria.query is not None and criteria.query.strip():
            return _ranked_page(found, criteria.query, _offset_of(cursor, offset), limit)
        if criteria.sort == "newest":
            return _newest_page(found, _last_id_of(cursor), offset, limit)
        start = _offset_of(cursor, offset)
        ordered = found.order_by(*_ORDERS[criteria.sort])
        return _page([found], ordered[start : start + limit + 1], start, limit, lambda _: f"offset:{start + limit}")


def _filtered(criteria: Criteria) -> QuerySet[Package]:
    found = Package.objects.filter(status=Package.Status.READY)
    if criteria.name:
        found = found.filter(name__icontains=criteria.name)
    if criteria.version:
        found = found.filter(_version_condition(criteria.version))
    if criteria.regex:
        found = _matching_regex(found, criteria.regex)
    if criteria.kind:
        found = found.filter(kind=criteria.kind)
    if criteria.license:
        found = found.filter(license__icontains=criteria.license)
    if criteria.min_net_score is not None:
        found = found.filter(net_score__gte=criteria.min_net_score)
    if criteria.is_sensitive is not None:
        found = found.filter(is_sensitive=criteria.is_sensitive)
    if criteria.flag is not None:
        found = found.filter(pk__in=_RAISERS[criteria.flag].values("package"))
    if criteria.newest_only:
        found = found.filter(~Exists(_newer_of_its_name()))
    return found


def _newer_of_its_name() -> QuerySet[Package]:
    """The higher versions of a row's name: a number is higher than what is none; of equals, what was uploaded later is."""
    mine = Coalesce(OuterRef("version_key"), Value(""))
    higher = Q(key__gt=mine) | Q(key=mine, pk__gt=OuterRef("pk"))
    named = Package.objects.filter(name=OuterRef("name"), status=Package.Status.READY)
    return named.alias(key=Coalesce("version_key", Value(""))).filter(higher)


def _version_condition(text: str) -> Q:
    try:
        wanted = parse_filter(text)
    except ValueError as error:
        raise Refused(str(error), errors={"version": [str(error)]}) from error
    if isinstance(wanted, Exact):
        return Q(version=wanted.text)
    inside = Q(pk__in=[])
    for interval in wanted.intervals:
        inside |= _inside(interval)
    return inside


def _inside(interval: KeyInterval) -> Q:
    """The versions of an interval; a prerelease only where its release is one that the range names (node-semver)."""
    condition = Q(version_key__endswith=RELEASE)
    for core in interval.prereleases_of:
        condition |= Q(version_key__startswith=core)
    if interval.lower is not None:
        condition &= Q(**{f"version_key__{'gte' if interval.lower_inclusive else 'gt'}": interval.lower})
    if interval.upper is not None:
        condition &= Q(**{f"version_key__{'lte' if interval.upper_inclusive else 'lt'}": interval.upper})
    return condition


def _matching_regex(found: QuerySet[Package], pattern: str) -> QuerySet[Package]:
    """Packages whose name or card matches. With a literal the trigram indexes find the ids; without one nothing can,
    and looking at rows in page order ends soonest."""
    try:
        check_pattern(pattern)
    except ValueError as error:
        raise BadRegex(str(error), errors={"regex": [str(error)]}) from error
    if not _LITERAL.search(pattern):
        return found.filter(Q(name__regex=pattern) | Q(card__text__regex=pattern))
    names = Package.objects.filter(name__regex=pattern).values("pk")
    cards = Card.objects.filter(text__regex=pattern).values("pk")
    return found.filter(pk__in=names.union(cards))


@contextmanager
def _regex_bounded(pattern: str | None) -> Iterator[None]:
    """Around a query with a stranger's pattern: a time limit, and PostgreSQL's verdict on it as a refusal."""
    if not pattern:
        yield
        return
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = %s", [_REGEX_MILLISECONDS])
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) != _CANCELLED:
            raise
        detail = "The pattern takes too long to match; add a literal part of three letters or more."
        raise RegexTooExpensive(detail, errors={"regex": [detail]}) from error
    except DataError as error:
        detail = f"The pattern is not a regular expression PostgreSQL can read: {_primary(error)}."
        raise BadRegex(detail, errors={"regex": [detail]}) from error


def _primary(error: DataError) -> str:
    diagnosis = getattr(error.__cause__, "diag", None)
    return str(diagnosis.message_primary if diagnosis else error).removeprefix("invalid regular expression: ")


def _newest_page(found: QuerySet[Package], after: UUID | None, offset: int, limit: int) -> Page:
    rows = found.order_by("-id")
    rows = rows.filter(pk__lt=after) if after is not None else rows[offset:]
    return _page([found], rows[: limit + 1], None if after else offset, limit, lambda last: f"after:{last.pk}")


def _ranked_page(found: QuerySet[Package], text: str, start: int, limit: int) -> Page:
    """Packages that have the words in their card, description or name, or all of them as parts of their name, which
    come first. Each kind's newest are ranked, so that a name isn't lost among those that mention it."""
    words = SearchQuery(text, config="english", search_type="websearch") | SearchQuery(
        text, config="simple", search_type="websearch"
    )
    is_named = _name_holds(text)
    kinds = [found.filter(card__search=words), *([found.filter(is_named)] if is_named else [])]
    best = Package.objects.filter(pk__in=_newest_of(kinds, _RANKED_AMONG))
    named_first = Case(When(is_named, then=1.0), default=0.0) if is_named else Value(0.0)
    ranked = best.annotate(rank=SearchRank(F("card__search"), words) + named_first).order_by("-rank", "-id")
    known = start if start + limit < _RANKED_AMONG else None  # there the ranking ends, and not what matches
    return _page(kinds, ranked[start : start + limit + 1], known, limit, lambda _: f"offset:{start + limit}")


def _name_holds(text: str) -> Q | None:
    """That a name has every word in it somewhere; None where the words have operators between them, are too many, or
    have no three letters that the trigram index could find."""
    words = text.split()
    is_plain = not any(word.lower() == "or" or word.startswith("-") or '"' in word for word in words)
    if not is_plain or len(words) > _MOST_NAMED or not _LITERAL.search(text):
        return None
    return Q(*(Q(name__icontains=word) for word in words))


def _newest_of(kinds: Sequence[QuerySet[Package]], most: int) -> QuerySet[Package, Any]:
    """The ids of the newest of each kind, each but once."""
    first, *others = [kind.order_by("-id").values("pk")[:most] for kind in kinds]
    return first.union(*others) if others else first


def _page(
    kinds: Sequence[QuerySet[Package]],
    rows: QuerySet[Package],
    start: int | None,
    limit: int,
    next_of: Callable[[Package], str],
) -> Page:
    """The page of `rows`, of which there is one more than `limit` where there are more; `start`: how many come before, if
    that is known. In all, there are as many as packages of any of the `kinds`."""
    shown = (
        rows.select_related("uploader", "tally")
        .defer("uploader__password")
        .annotate(description=F("card__description"))
    )
    packages = list(shown)
    more = len(packages) > limit
    packages = packages[:limit]
    if start is not None and not more and (packages or not start):  # the last page tells how many there are
        total, exact = start + len(packages), True
    else:
        total, exact = _count(kinds)
    return Page(packages, total, exact, _encode(next_of(packages[-1])) if more and packages else None)


def _count(kinds: Sequence[QuerySet[Package]]) -> tuple[int, bool]:
    """How many packages: exactly up to COUNTED_TO, beyond it the planner's estimate of the largest kind."""
    first, *others = [kind.order_by().values("pk")[: COUNTED_TO + 1] for kind in kinds]
    counted = first.union(*others).count() if others else first.count()
    if counted <= COUNTED_TO:
        return counted, True
    return max(counted, *map(_estimated, kinds)), False


def _estimated(found: QuerySet[Package]) -> int:
    plan = found.order_by().values("pk").explain(format="json")
    estimate = re.search(r'"Plan Rows": (\d+)', plan)
    return int(estimate[1]) if estimate else 0


def _encode(position: str) -> str:
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def _decode(cursor: str, kind: str) -> str:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        found, _, value = base64.urlsafe_b64decode(padded.encode()).decode().partition(":")
    except (binascii.Error, ValueError):
        found, value = "", ""
    if found != kind:
        detail = "The cursor is not one that this search handed out; leave it out to start from the first page."
        raise Refused(detail, errors={"cursor": [detail]})
    return value


def _offset_of(cursor: str | None, offset: int) -> int:
    if cursor is None:
        return offset
    value = _decode(cursor, "offset")
    return int(value) if value.isdecimal() and len(value) < 12 else 0


def _last_id_of(cursor: str | None) -> UUID | None:
    if cursor is None:
        return None
    try:
        return UUID(_decode(cursor, "after"))
    except ValueError:
        return None
