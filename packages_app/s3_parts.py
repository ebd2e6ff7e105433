"""Parts of large files on S3: its own multipart uploads, by URLs that it checks itself."""

import base64
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from http import HTTPStatus
from typing import IO, Any, cast
from urllib.parse import urlsplit

from botocore.exceptions import ClientError, NoCredentialsError
from django.conf import settings

from packages_app.domain.parts import HeldPart, PartRange

_READ_AHEAD_BYTES = 256 * 1024
_MOST_READS = 300


class TooScattered(Exception):
    """Looking into the object would take more requests than an answer may wait for."""


class S3Parts:
    """What a bucket does for uploads in parts; a part of S3Objects."""

    keeps_account_of_parts = True
    bucket_name: str
    _client: Any

    def begin_parts(self, key: str, size: int, *, hashed: bool) -> str:  # noqa: ARG002 - S3 makes room
        more = {"ChecksumAlgorithm": "SHA256"} if hashed else {}
        begun = self._client.create_multipart_upload(
            Bucket=self.bucket_name, Key=key, ContentType="application/octet-stream", **more
        )
        return str(begun["UploadId"])

    def part_url(self, key: str, storage_id: str, part: PartRange, sha256: str) -> str:
        """Length and hash are signed with it, so that S3 refuses a part of any other."""
        more = {"ChecksumSHA256": _base64(sha256)} if sha256 else {}
        named = self._named(key, storage_id) | {"PartNumber": part.number, "ContentLength": part.size} | more
        lifetime = settings.PART_URL_LIFETIME_SECONDS
        return str(self._client.generate_presigned_url("upload_part", Params=named, ExpiresIn=lifetime))

    def part_headers(self, sha256: str) -> dict[str, str]:
        return {"x-amz-checksum-sha256": _base64(sha256)} if sha256 else {}

    @cached_property
    def parts_origin(self) -> str | None:
        try:
            url = urlsplit(self.part_url("staging/any", "any", PartRange(1, 0, 1), ""))
        except NoCredentialsError:  # which is for /health to say, not for each page
            return None
        return f"{url.scheme}://{url.netloc}"

    def held_parts(self, key: str, storage_id: str) -> Sequence[HeldPart]:
        return [
            HeldPart(part["PartNumber"], part["Size"], part["ETag"].strip('"')) for part in self._parts(key, storage_id)
        ]

    def assemble(self, key: str, storage_id: str) -> None:
        try:
            listed = [
                {name: part[name] for name in ("PartNumber", "ETag", "ChecksumSHA256") if name in part}
                for part in self._parts(key, storage_id)
            ]
            self._client.complete_multipart_upload(**self._named(key, storage_id), MultipartUpload={"Parts": listed})
        except self._client.exceptions.NoSuchUpload:  # S3 forgets the upload once it is an object
            _size(self._client, {"Bucket": self.bucket_name, "Key": key})

    def abandon_parts(self, key: str, storage_id: str) -> None:
        try:
            self._client.abort_multipart_upload(**self._named(key, storage_id))
        except self._client.exceptions.NoSuchUpload:
            return

    def begun_parts(self, *, older_than: timedelta) -> Iterator[tuple[str, str]]:
        before = datetime.now(UTC) - older_than
        pages = self._client.get_paginator("list_multipart_uploads").paginate(
            Bucket=self.bucket_name, Prefix="staging/"
        )
        try:
            for page in pages:
                for found in page.get("Uploads", ()):
                    if found["Initiated"] < before:
                        yield found["Key"], found["UploadId"]
        except self._client.exceptions.NoSuchUpload:  # how some servers say that there is none
            return

    def room(self) -> int | None:
        return None

    @contextmanager
    def peeked(self, key: str) -> Iterator[IO[bytes]]:
        raw = _RangedObject(self._client, self.bucket_name, key)
        yield cast("IO[bytes]", io.BufferedReader(raw, _READ_AHEAD_BYTES))

    def _parts(self, key: str, storage_id: str) -> list[dict[str, Any]]:
        pages = self._client.get_paginator("list_parts").paginate(**self._named(key, storage_id))
        return [part for page in pages for part in page.get("Parts", ())]

    def _named(self, key: str, storage_id: str) -> dict[str, Any]:
        return {"Bucket": self.bucket_name, "Key": key, "UploadId": storage_id}


class _RangedObject(io.RawIOBase):
    """An object read piece by piece where it lies, for a look at a few places in it."""

    def __init__(self, client: Any, bucket: str, key: str) -> None:
        self._client, self._named = client, {"Bucket": bucket, "Key": key}
        self._size = _size(client, self._named)
        self._at = self._reads = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        stop = min(self._at + len(view), self._size)
        if stop <= self._at:
            return 0
        self._reads += 1
        if self._reads > _MOST_READS:
            raise TooScattered
        try:
            body = self._client.get_object(**self._named, Range=f"bytes={self._at}-{stop - 1}")["Body"]
        except self._client.exceptions.NoSuchKey as error:  # deleted meanwhile
            raise FileNotFoundError(self._named["Key"]) from error
        count = 0
        while count < stop - self._at and (data := body.read(stop - self._at - count)):
            view[count : count + len(data)] = data
            count += len(data)
        self._at += count
        return count


def _size(client: Any, named: dict[str, str]) -> int:
    """Of an object, in bytes. Raises FileNotFoundError."""
    try:
        return int(client.head_object(**named)["ContentLength"])
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != HTTPStatus.NOT_FOUND:
            raise
        raise FileNotFoundError(named["Key"]) from error


def _base64(sha256: str) -> str:
    return base64.b64encode(bytes.fromhex(sha256)).decode()
