"""Linking the audit trail's rows into their chain, and finding out whether it is whole."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Count, Exists, Max, Min, OuterRef

from accounts_app.domain.audit_chain import BEGINNING, canonical, link_hash
from accounts_app.models import AuditEnd, AuditEntry, AuditLink, AuditUnlinked

log = logging.getLogger(__name__)

#: Any number, the same for every process: whoever holds its lock may append to the chain.
_APPENDING = 7_302_013
_ROWS_AT_ONCE = 2_000
_BATCHES = 20
_THE_ONE_ROW = 1
HASHED = ("id", "at", "actor", "actor_id", "action", "target", "details", "address")


@dataclass(frozen=True)
class Verdict:
    """What a look at the whole trail found. `fault` says where the chain breaks first, empty when it is whole."""

    linked: int
    unlinked: int
    head: str
    fault: str = ""


def link_entries() -> int:
    """Append what was written since to the chain, in the order of writing as far as it is known. How many rows."""
    count = 0
    for _ in range(_BATCHES):
        linked = _link_batch()
        count += linked
        if linked < _ROWS_AT_ONCE:
            break
    return count


def _link_batch() -> int:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_APPENDING])
        last = AuditLink.objects.order_by("-position").first()
        position, previous = (last.position, last.hash) if last else (0, BEGINNING)
        waiting = list(AuditUnlinked.objects.order_by("entry_id").values_list("entry_id", flat=True)[:_ROWS_AT_ONCE])
        links = []
        for row in AuditEntry.objects.filter(pk__in=waiting).order_by("pk").values(*HASHED):
            position, before, previous = position + 1, previous, link_hash(previous, row)
            links.append(AuditLink(position=position, entry_id=row["id"], previous=before, hash=previous))
        AuditLink.objects.bulk_create(links)
        AuditUnlinked.objects.filter(pk__in=waiting).delete()
        if links:
            AuditEnd.objects.update_or_create(pk=_THE_ONE_ROW, defaults={"position": position})
    if links:
        log.info("audit trail: %d rows, head %s", position, previous)  # kept elsewhere, it betrays a rewritten chain
    return len(links)


def verify_trail(head: str | None = None) -> Verdict:
    """Recompute the whole chain, up to the end that is kept beside it. With `head`, a hash noted earlier, that one must be
    in it."""
    previous, position, seen_head = BEGINNING, 0, head is None or head == BEGINNING
    end = _end()  # before the look, since the chain may grow meanwhile
    fault = ""
    for link in linked_rows():
        position += 1
        row = {field: link[f"entry__{field}"] for field in HASHED}
        fault = _fault(link, row, position, previous)
        if fault:
            break
        previous = link["hash"]
        seen_head = seen_head or previous == head
    if not fault and position < end:
        fault = f"Row {position + 1} of the chain is missing, and so are all behind it, up to row {end}."
    if not fault and (lost := _neither_linked_nor_waiting()):
        fault = f"The link of entry {lost} was taken away."
    if not fault and not seen_head:
        fault = f"The head {head} is not in the chain: rows at its end were taken away, or all were written anew."
    waiting = AuditEntry.objects.filter(link__isnull=True).aggregate(count=Count("pk"), oldest=Min("at"))
    return Verdict(position, waiting["count"], previous, fault)


def _end() -> int:
    """The position of the last link that there was."""
    ends = [AuditEnd.objects.aggregate(last=Max("position")), AuditLink.objects.aggregate(last=Max("position"))]
    return max(end["last"] or 0 for end in ends)


def _neither_linked_nor_waiting() -> int | None:
    waiting = AuditUnlinked.objects.filter(pk=OuterRef("pk"))
    lost = AuditEntry.objects.filter(~Exists(waiting), link__isnull=True).order_by("pk")
    return lost.values_list("pk", flat=True).first()


def _fault(link: dict[str, Any], row: dict[str, Any], position: int, previous: str) -> str:
    if link["position"] != position:
        return f"Row {position} of the chain is missing."
    if link["previous"] != previous or link["hash"] != link_hash(previous, row):
        return f"Row {position} of the chain (entry {row['id']}) is not what was written."
    return ""


def exported_lines() -> Iterator[str]:
    """The chain from its beginning, a JSON document for each row: `row`, its canonical form being what was hashed after
    `previous` and a line feed, and `hash`, so that it can be checked without this program."""
    for link in linked_rows():
        row = {field: link[f"entry__{field}"] for field in HASHED}
        yield canonical({"position": link["position"], "previous": link["previous"], "hash": link["hash"], "row": row})


def linked_rows() -> Iterator[dict[str, Any]]:
    """The chain from its beginning: position, previous, hash, and the entry's fields as `entry__…`."""
    fields = ("position", "previous", "hash", *(f"entry__{field}" for field in HASHED))
    position = 0
    while rows := list(
        AuditLink.objects.filter(position__gt=position).order_by("position").values(*fields)[:_ROWS_AT_ONCE]
    ):
        yield from rows
        position = rows[-1]["position"]
