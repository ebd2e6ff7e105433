"""Bytes on their way in: to disk as they come, hashed by a thread beside, never whole in memory."""

import hashlib
import queue
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from packages_app.errors import PackageTooLarge

_CHUNK_BYTES = 1024 * 1024
_CHUNKS_AHEAD = 8


class SpooledFile(TemporaryUploadedFile):
    """A received file on the disk that local objects live on, so that storing it is a rename."""

    sha256: str
    file: IO[bytes]

    def __init__(self, name: str, content_type: str, charset: str | None, extra: dict[str, bytes] | None) -> None:
        settings.SPOOL_DIR.mkdir(parents=True, exist_ok=True)
        file = tempfile.NamedTemporaryFile(dir=settings.SPOOL_DIR)  # noqa: SIM115 - Django closes it with the request
        super(TemporaryUploadedFile, self).__init__(file, name, content_type, 0, charset, extra)

    @property
    def path(self) -> Path:
        return Path(self.temporary_file_path())


class _Writer(threading.Thread):
    """Writes and hashes chunks in their order beside the receiving thread; both let go of the interpreter lock."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(name="spool", daemon=True)
        self._file = file
        self._digest = hashlib.sha256()
        self._chunks: queue.Queue[bytes | None] = queue.Queue(_CHUNKS_AHEAD)
        self._error: OSError | None = None

    def run(self) -> None:
        while (chunk := self._chunks.get()) is not None:
            if self._error is None:
                self._take(chunk)

    def _take(self, chunk: bytes) -> None:
        try:
            self._file.write(chunk)
            self._digest.update(chunk)
        except OSError as error:  # a full disk, told at the end: a sender who is cut off would not read the answer
            self._error = error

    def put(self, chunk: bytes) -> None:
        self._chunks.put(chunk)

    def finish(self) -> str:
        """The SHA-256 of all that was put, in hexadecimal. Raises OSError when the disk refused."""
        self.stop()
        if self._error is not None:
            raise self._error
        return self._digest.hexdigest()

    def stop(self) -> None:
        self._chunks.put(None)
        self.join()


class HashingUploadHandler(FileUploadHandler):
    """Django's way in for every uploaded file; refuses a declared length over the limit before reading the body."""

    chunk_size = _CHUNK_BYTES
    _spooled: SpooledFile | None = None
    _writer: _Writer | None = None

    def handle_raw_input(
        self,
        _input_data: Any,
        _meta: dict[str, Any],
        content_length: int,
        _boundary: str,
        _encoding: str | None = None,
    ) -> None:
        if content_length > settings.UPLOAD_LIMIT_BYTES:
            raise PackageTooLarge(
                f"The upload declares {content_length:,} bytes; this registry takes at most "
                f"{settings.UPLOAD_LIMIT_BYTES:,}."
            )

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._spooled = SpooledFile(
            self.file_name or "", self.content_type or "", self.charset, self.content_type_extra
        )
        self._writer = _Writer(self._spooled.file)
        self._writer.start()

    def receive_data_chunk(self, raw_data: bytes, _start: int) -> None:
        assert self._writer is not None
        self._writer.put(raw_data)

    def file_complete(self, file_size: int) -> SpooledFile:
        assert self._spooled is not None
        assert self._writer is not None
        spooled, writer, self._spooled, self._writer = self._spooled, self._writer, None, None
        try:
            spooled.sha256 = writer.finish()
            spooled.file.seek(0)
        except OSError:
            spooled.close()
            raise
        spooled.size = file_size
        return spooled

    def upload_interrupted(self) -> None:
        if self._writer is not None:
            self._writer.stop()
        if self._spooled is not None:
            self._spooled.close()


class LetGoOfUnfinished:
    """Middleware that gives up files still on their way in, of which Django lets go only where a handler refused them,
    not where the rest of their form turned out malformed."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            return self.get_response(request)
        finally:
            for handler in request.upload_handlers:
                handler.upload_interrupted()
