"""Request bodies that are small by nature: JSON and forms, bounded in size, free of what PostgreSQL can't store.

REST framework's own parsers read a body of any length into memory and crash on deep nesting. Files have a parser of
their own in packages_app.
"""

import re
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from rest_framework.exceptions import ParseError
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser

_SUSPICIOUS = re.compile("\0|[\ud800-\udfff]")


class _Bounded:
    """Refuses by the declared length; a body without one reads as empty."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        request = (parser_context or {}).get("request")
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if request is not None and limit is not None and int(request.META.get("CONTENT_LENGTH") or 0) > limit:
            raise RequestDataTooBig(f"The body may have at most {limit:,} bytes here.")
        return super().parse(stream, media_type, parser_context)  # type: ignore[misc]  # a parser follows in the order


class BoundedJSONParser(_Bounded, JSONParser):
    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            body = super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
        except ParseError as problem:
            why = str(problem.detail).removeprefix("JSON parse error - ")
            raise ParseError(f"The body is not JSON, or not one document of it: {why}.") from None
        if body is None:
            raise ParseError("The body is null; send a JSON object.")
        if any(_SUSPICIOUS.search(string) for string in _strings(body)):
            raise ParseError("The JSON holds a NUL character or half of a surrogate pair, which no text may.")
        return body


class BoundedFormParser(_Bounded, FormParser):
    pass


class _Unread(FileUploadHandler):
    """Notes that a file was there, under its field's name, and lets its bytes go."""

    def receive_data_chunk(self, _raw_data: bytes, _start: int) -> None:
        return None

    def file_complete(self, _file_size: int) -> "UploadedFile[bytes]":
        return UploadedFile(BytesIO(), self.file_name, size=0)


class FilelessMultiPartParser(_Bounded, MultiPartParser):
    """Multipart forms as browsers send them, without the bytes of any file in them."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        if parser_context:
            parser_context["request"]._request.upload_handlers = [_Unread()]  # noqa: SLF001 - where Django looks for them
        return super().parse(stream, media_type, parser_context)


def _strings(value: Any) -> Iterator[str]:
    """Every string in a JSON value, keys included."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            waiting.extend([*value.keys(), *value.values()])
        elif isinstance(value, list):
            waiting.extend(value)
