"""Serving local objects by their signed URLs: no session, no token, the signature is the permission.

Whole or a range (RFC 9110 §14), straight from the file by the server's sendfile, or not at all where the asker's copy is the
same; always as an attachment, so that nothing of a package is ever shown as a page of ours.
"""

import os
import re
from typing import IO
from urllib.parse import quote

from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.cache import get_conditional_response

from accounts_app.api.read_only import read_only
from packages_app.storage import read_grant

#: A place of more digits than any file has is no range that we know; Python would refuse to read the longest.
_RANGE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})", re.ASCII)
_BLOCK_BYTES = 256 * 1024


class FileSlice:
    """The bytes [start, start + length) of an open file, for servers that read and for those that use its descriptor."""

    def __init__(self, file: IO[bytes], start: int, length: int) -> None:
        self._file, self._left = file, length
        # The descriptor itself is moved: sendfile starts where it stands.
        os.lseek(file.fileno(), start, os.SEEK_SET)

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        data = self._file.read(wanted) if wanted else b""
        self._left -= len(data)
        return data

    def fileno(self) -> int:
        return self._file.fileno()

    def close(self) -> None:
        self._file.close()


@read_only
def serve_object(request: HttpRequest, grant: str, filename: str) -> HttpResponseBase:
    granted = read_grant(grant)
    if granted is None or granted.filename != filename or request.META["QUERY_STRING"]:
        return _refusal(403, "url_invalid", "The URL was changed or its five minutes are over; ask for a new one.")
    try:
        file = (settings.OBJECTS_DIR / granted.key).open("rb", buffering=0)
    except FileNotFoundError:
        return _refusal(
            404, "object_gone", "The file is no longer here; it may have been deleted since the URL was made."
        )
    size = os.fstat(file.fileno()).st_size
    etag = f'"{granted.sha256}"'
    if unchanged := get_conditional_response(request, etag=etag):
        file.close()
        return unchanged
    wanted = _range(request, etag, size)
    start, stop = wanted or (0, size)
    if start >= stop and wanted is not None:
        file.close()
        refusal = _refusal(
            416, "range_not_satisfiable", f"The file has {size:,} bytes; no byte of that range is in it."
        )
        refusal["Content-Range"] = f"bytes */{size}"
        return refusal
    response = FileResponse(FileSlice(file, start, stop - start), status=206 if wanted else 200)
    response.block_size = _BLOCK_BYTES
    if wanted:
        response["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    response["Content-Length"] = str(stop - start)
    response["Content-Type"] = "application/octet-stream"
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(filename)}"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    response["Cache-Control"] = "private, max-age=300"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def _range(request: HttpRequest, etag: str, size: int) -> tuple[int, int] | None:
    """The half-open range of bytes asked for, empty when the file has none of them; None asks for the whole file."""
    match = _RANGE.fullmatch(request.headers.get("Range", "").strip())
    condition = request.headers.get("If-Range", etag)
    if match is None or condition != etag or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size if int(last) else 0
    if last and int(last) < int(first):  # not a valid range, so ignored
        return None
    return int(first), min(int(last) + 1, size) if last else size


def _refusal(status: int, code: str, detail: str) -> HttpResponse:
    return JsonResponse({"detail": detail, "code": code}, status=status)
