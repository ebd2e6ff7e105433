"""The chain of the audit trail: each link holds the hash of the one before, so that no row can be changed or taken away
without all that follow disagreeing.

    hash = SHA-256(previous hash, in hexadecimal · line feed · the row as canonical JSON), both in UTF-8

Canonical JSON: keys sorted, no white space, everything but ASCII escaped, times in UTC with microseconds.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

#: What stands before the first row.
BEGINNING = "0" * 64


def canonical(row: Mapping[str, Any]) -> str:
    """`row` as the one JSON text that is hashed, and exported. Its values are what JSON knows, times and identifiers."""
    return json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=_plain)


def link_hash(previous: str, row: Mapping[str, Any]) -> str:
    """The hash, 64 hexadecimal digits, of `row` after the row whose hash is `previous`."""
    return sha256(f"{previous}\n{canonical(row)}".encode()).hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return str(value)
