"""The only room that speaks to object storage: Django's storages, taught to move large objects without holding them.

Two kinds, one contract: a directory of this machine, whose signed URLs the registry serves itself, and S3 by
django-storages, whose presigned URLs it only hands out.
"""

import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any, Protocol, cast
from urllib.parse import quote

from boto3.s3.transfer import TransferConfig
from django.conf import settings
from django.core import signing
from django.core.files.storage import FileSystemStorage, default_storage
from storages.backends.s3 import S3Storage

from packages_app.domain.parts import HeldPart, PartRange
from packages_app.local_parts import LocalParts
from packages_app.s3_parts import S3Parts

_COPY_BYTES = 1024 * 1024
#: Within S3, bytes are copied whole or in few large pieces; boto3's own 8 MiB are meant for a network in between.
_COPYING = TransferConfig(multipart_threshold=1024**3, multipart_chunksize=256 * 1024**2)
_SIGNATURE_SALT = "packages_app.storage.signed_url"


@dataclass(frozen=True)
class StoredObject:
    key: str
    size: int
    modified: datetime


class Objects(Protocol):
    """What the registry asks of its object storage. Writing and placing replace; deleting what is gone is no error."""

    def adopt(self, path: Path, key: str) -> None:
        """Take the file at `path` as the object `key`; afterwards the file may be gone."""

    def place(self, source: str, key: str) -> None:
        """Make the object `key` the same bytes as the object `source`, without them passing through here."""

    def write(self, key: str, chunks: Iterable[bytes]) -> None:
        """Write an object from chunks in constant memory; it appears whole or not at all."""

    def exists(self, name: str) -> bool: ...

    def size(self, name: str) -> int:
        """In bytes. Raises FileNotFoundError."""

    def delete(self, name: str) -> None: ...

    def opened(self, key: str) -> Any:
        """A context manager: the object as a seekable binary file. Raises FileNotFoundError."""

    def walk(self, prefix: str = "") -> Iterator[StoredObject]: ...

    def signed_url(self, key: str, *, filename: str, sha256: str) -> str:
        """A URL (or, for our own, a path) that hands out the object as an attachment for URL_LIFETIME_SECONDS."""

    def ping(self) -> None:
        """Raises OSError or the client's error when the storage can't be reached."""

    # Uploads in parts: begun under the key of the object to be, known to S3 by a name of its own, `storage_id`.

    keeps_account_of_parts: bool

    def begin_parts(self, key: str, size: int, *, hashed: bool) -> str:
        """Make ready for the parts of an object of `size` bytes; the storage's own name for it. `hashed`: every part's
        URL will be asked for with its hash."""

    def part_url(self, key: str, storage_id: str, part: PartRange, sha256: str) -> str:
        """A URL (or, for our own, a path) that takes the part for PART_URL_LIFETIME_SECONDS; `sha256` may be empty."""

    def part_headers(self, sha256: str) -> dict[str, str]:
        """What must be sent with the part of that hash."""

    @property
    def parts_origin(self) -> str | None:
        """The scheme and host of every part's URL; None where it is the registry's own."""

    def held_parts(self, key: str, storage_id: str) -> Sequence[HeldPart]:
        """The parts that arrived, where the storage keeps account of them."""

    def assemble(self, key: str, storage_id: str) -> None:
        """Make the parts, which are all there, the object `key`; done before, nothing. No bytes are copied. Raises
        FileNotFoundError when neither is there."""

    def abandon_parts(self, key: str, storage_id: str) -> None:
        """Forget the upload and its parts; what is gone already is no error."""

    def begun_parts(self, *, older_than: timedelta) -> Iterator[tuple[str, str]]:
        """The key and the storage's own name of each upload that was begun, or last changed, that long ago."""

    def room(self) -> int | None:
        """How many bytes there is room for; None where that is nobody's worry."""

    def peeked(self, key: str) -> Any:
        """A context manager: the object as a seekable binary file for a look at a few places; only what is read is
        fetched. Raises FileNotFoundError, and TooScattered while it is read."""


def objects() -> Objects:
    return cast(Objects, default_storage)


class LocalObjects(LocalParts, FileSystemStorage):
    """Objects in a directory."""

    def _place_for(self, key: str) -> Path:
        path = Path(self.path(key))
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def adopt(self, path: Path, key: str) -> None:
        with path.open("rb") as file:
            os.fsync(file.fileno())  # what is acknowledged outlives the machine's power, as the database's rows do
        path.replace(self._place_for(key))

    def place(self, source: str, key: str) -> None:
        target = self._place_for(key)
        with _temporary_beside(target) as temporary:
            temporary.unlink()
            try:
                os.link(self.path(source), temporary)
            except PermissionError:  # a file system without hard links
                shutil.copyfile(self.path(source), temporary)
            temporary.replace(target)

    def write(self, key: str, chunks: Iterable[bytes]) -> None:
        target = self._place_for(key)
        with _temporary_beside(target) as temporary:
            with temporary.open("wb") as file:
                for chunk in chunks:
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(target)

    def delete(self, name: str) -> None:
        path = Path(self.path(name))
        path.unlink(missing_ok=True)
        for folder in path.relative_to(self.location).parents[:-1]:
            try:
                (Path(self.location) / folder).rmdir()
            except OSError:  # another object lives there, or another delete was quicker
                return

    @contextmanager
    def opened(self, key: str) -> Iterator[IO[bytes]]:
        with Path(self.path(key)).open("rb") as file:
            yield file

    def walk(self, prefix: str = "") -> Iterator[StoredObject]:
        root = Path(self.location)
        for folder, _, names in os.walk(root / prefix if prefix.endswith("/") else root):
            for name in names:
                path = Path(folder, name)
                key = path.relative_to(root).as_posix()
                if not key.startswith(prefix):
                    continue
                try:
                    status = path.stat()
                except FileNotFoundError:
                    continue
                yield StoredObject(key, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))

    def signed_url(self, key: str, *, filename: str, sha256: str) -> str:
        grant = signing.dumps({"key": key, "filename": filename, "sha256": sha256}, salt=_SIGNATURE_SALT)
        return f"/objects/{grant}/{quote(filename)}"

    def ping(self) -> None:
        Path(self.location).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=self.location) as file:
            file.write(b".")


@contextmanager
def _temporary_beside(target: Path) -> Iterator[Path]:
    descriptor, name = tempfile.mkstemp(prefix=".", dir=target.parent)
    os.close(descriptor)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


@dataclass(frozen=True)
class Grant:
    """What one of our own signed URLs allows: to read one object, under one name."""

    key: str
    filename: str
    sha256: str


def read_grant(signed: str) -> Grant | None:
    """The grant in a signed URL; None when it was changed, was not ours, or is past its time."""
    try:
        return Grant(**signing.loads(signed, salt=_SIGNATURE_SALT, max_age=settings.URL_LIFETIME_SECONDS))
    except (signing.BadSignature, TypeError):  # a TypeError: signed by another version of the registry
        return None


class S3Objects(S3Parts, S3Storage):  # type: ignore[misc]  # django-storages is untyped
    """Objects in an S3 bucket."""

    @property
    def _client(self) -> Any:
        return self.connection.meta.client

    def adopt(self, path: Path, key: str) -> None:
        self._client.upload_file(str(path), self.bucket_name, key)

    def place(self, source: str, key: str) -> None:
        whole = {"Bucket": self.bucket_name, "Key": source}
        self._client.copy(whole, self.bucket_name, key, Config=_COPYING)

    def write(self, key: str, chunks: Iterable[bytes]) -> None:
        with _spool() as file:
            for chunk in chunks:
                file.write(chunk)
            file.seek(0)
            self._client.upload_fileobj(file, self.bucket_name, key)

    def delete(self, name: str) -> None:
        self._client.delete_object(Bucket=self.bucket_name, Key=name)

    @contextmanager
    def opened(self, key: str) -> Iterator[IO[bytes]]:
        with _spool() as file:
            try:
                body = self._client.get_object(Bucket=self.bucket_name, Key=key)["Body"]
            except self._client.exceptions.NoSuchKey as error:
                raise FileNotFoundError(key) from error
            shutil.copyfileobj(body, file, _COPY_BYTES)
            file.seek(0)
            yield file

    def walk(self, prefix: str = "") -> Iterator[StoredObject]:
        pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket_name, Prefix=prefix)
        for page in pages:
            for found in page.get("Contents", ()):
                yield StoredObject(found["Key"], found["Size"], found["LastModified"])

    def signed_url(self, key: str, *, filename: str, sha256: str) -> str:  # noqa: ARG002 - S3 has its own ETag
        return str(
            self._client.generate_presigned_url(
                "get_object",
                Params={
                    "Bucket": self.bucket_name,
                    "Key": key,
                    "ResponseContentDisposition": f"attachment; filename*=UTF-8''{quote(filename)}",
                    "ResponseContentType": "application/octet-stream",
                },
                ExpiresIn=settings.URL_LIFETIME_SECONDS,
            )
        )

    def ping(self) -> None:
        self._client.head_bucket(Bucket=self.bucket_name)


def _spool() -> Any:
    settings.SPOOL_DIR.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryFile(dir=settings.SPOOL_DIR)
