"""Parts of large files on this machine's disk: URLs of our own signing, one file that every part is written into."""

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core import signing

from packages_app.domain.parts import HeldPart, PartRange
from packages_app.part_file import PartFile

_SIGNATURE_SALT = "packages_app.local_parts"


class LocalParts:
    """What a directory of objects does for uploads in parts; a part of LocalObjects."""

    #: Which parts have arrived is known to whoever received them: the registry, in its database.
    keeps_account_of_parts = False
    parts_origin = None

    def begin_parts(self, key: str, size: int, *, hashed: bool) -> str:  # noqa: ARG002 - we always hash
        part_file(key).make(size)
        return ""

    def part_url(self, key: str, storage_id: str, part: PartRange, sha256: str) -> str:  # noqa: ARG002 - as above
        name = key.rpartition("/")[2]
        signed = _signer().sign(f"{name}/{part.number}")
        return f"/uploads/{name}/parts/{part.number}?signature={signed.partition(':')[2]}"

    def part_headers(self, sha256: str) -> dict[str, str]:  # noqa: ARG002 - as above
        return {}

    def held_parts(self, key: str, storage_id: str) -> Sequence[HeldPart]:
        raise NotImplementedError  # see keeps_account_of_parts

    def assemble(self, key: str, storage_id: str) -> None:  # noqa: ARG002 - S3 has one
        part_file(key).take(Path(self.path(key)))  # type: ignore[attr-defined]  # of the storage

    def abandon_parts(self, key: str, storage_id: str) -> None:  # noqa: ARG002 - S3 has one
        part_file(key).remove()

    def begun_parts(self, *, older_than: timedelta) -> Iterator[tuple[str, str]]:
        before = time.time() - older_than.total_seconds()
        for path in settings.UPLOADS_DIR.glob("*"):
            if path.suffix != ".marks" and path.stat().st_mtime < before:
                yield f"staging/{path.name}", ""

    def room(self) -> int | None:
        settings.UPLOADS_DIR.mkdir(parents=True, exist_ok=True)
        return shutil.disk_usage(settings.UPLOADS_DIR).free

    @contextmanager
    def peeked(self, key: str) -> Iterator[IO[bytes]]:
        with Path(self.path(key)).open("rb") as file:  # type: ignore[attr-defined]  # of the storage
            yield file


def part_file(key: str) -> PartFile:
    return PartFile(settings.UPLOADS_DIR / key.rpartition("/")[2])


def is_part_url(upload_id: str, number: int, signature: str) -> bool:
    """Whether we signed a URL with this signature for this part, within its lifetime."""
    try:
        _signer().unsign(f"{upload_id}/{number}:{signature}", max_age=settings.PART_URL_LIFETIME_SECONDS)
    except signing.BadSignature:
        return False
    return True


def _signer() -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=_SIGNATURE_SALT)
