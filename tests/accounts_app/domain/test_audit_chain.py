"""What is hashed, to the letter, since others check it too."""

from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from uuid import UUID

from accounts_app.domain.audit_chain import BEGINNING, canonical, link_hash

ROW = {
    "id": 7,
    "at": datetime(2026, 1, 2, 3, 4, 5, 6, timezone(timedelta(hours=1))),
    "actor": "zoë",
    "actor_id": UUID(int=1),
    "details": {"b": [1.5, None, True], "a": "x"},
    "address": None,
}
TEXT = (
    '{"actor":"zo\\u00eb","actor_id":"00000000-0000-0000-0000-000000000001","address":null,"at":"2026-01-02T02:04:05.000006Z",'
    '"details":{"a":"x","b":[1.5,null,true]},"id":7}'
)


def test_row_has_one_canonical_form() -> None:
    assert canonical(ROW) == TEXT
    assert canonical(dict(reversed(ROW.items())) | {"at": ROW["at"].astimezone(UTC)}) == TEXT  # type: ignore[attr-defined]


def test_link_holds_the_one_before() -> None:
    first = link_hash(BEGINNING, ROW)
    assert first == sha256(f"{'0' * 64}\n{TEXT}".encode()).hexdigest()
    assert len({first, link_hash(first, ROW), link_hash(BEGINNING, ROW | {"id": 8})}) == 3
