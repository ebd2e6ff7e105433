"""The database against the objects, both ways."""

import hashlib
from collections.abc import Iterator
from functools import partial
from itertools import islice

from packages_app.queries.stored import ExpectedObject, expected_objects
from packages_app.services.rebuild import rebuild_object, rebuild_policy
from packages_app.services.sweep import orphans_among
from packages_app.storage import objects
from registry_project.doctor.finding import Finding

_CHUNK_BYTES = 1024 * 1024
_AT_ONCE = 1000
_FEW = 10  # orphans that may go without being asked about, whatever share of all objects they are


def missing_or_wrong(*, deep: bool) -> Iterator[Finding]:
    """What the database names and the storage hasn't got as it was; `deep` also reads every byte."""
    for expected in expected_objects():
        wrong = _wrong(expected, deep=deep)
        if wrong is None:
            continue
        if expected.file is not None:
            advice = "Write it again from the package's archive."
            yield Finding("objects", expected.key, wrong, advice, partial(rebuild_object, expected.file))
        elif expected.policy_of is not None:
            advice = "Write it again as the database has it."
            yield Finding("objects", expected.key, wrong, advice, partial(rebuild_policy, expected.policy_of))
        else:
            advice = (
                "Put the object back from a backup or an earlier version of it in the bucket; where there is none, delete "
                f"{expected.owner}, after which the same bytes may be uploaded again."
            )
            yield Finding("objects", expected.key, wrong, advice)


def orphans() -> Iterator[Finding]:
    """Objects over an hour old that no row names."""
    found: list[str] = []
    count = 0
    stored = objects().walk()
    while batch := list(islice(stored, _AT_ONCE)):
        count += len(batch)
        found += orphans_among(batch)
    foreign = len(found) > max(_FEW, count // 2)
    for key in found:
        if foreign:
            advice = (
                "Make sure that this database belongs to this storage, since most of its objects are unknown here; only "
                "then remove them."
            )
            yield Finding("objects", key, "no row names it", advice)
        else:
            yield Finding("objects", key, "no row names it", "Remove it.", partial(objects().delete, key))


def _wrong(expected: ExpectedObject, *, deep: bool) -> str | None:
    try:
        size = objects().size(expected.key)
        if size != expected.size:
            return f"it has {size:,} bytes instead of {expected.size:,}"
        if deep and expected.sha256 and _sha256(expected.key) != expected.sha256:
            return "its bytes have another SHA-256 than when they were stored"
    except FileNotFoundError:
        return "it is gone"
    return None


def _sha256(key: str) -> str:
    digest = hashlib.sha256()
    with objects().opened(key) as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
