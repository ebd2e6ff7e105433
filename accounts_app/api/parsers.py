"""Request bodies that are small by nature: JSON and forms, bounded in size, free of what PostgreSQL can't store.

REST framework's own parsers read a body of any length into memory and crash on deep nesting. Files have a parser of
their own in packages_app.
"""

import json
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

_MALFORMED_FORM = (
    "The form can't be read; send multipart/form-data whose boundary is the one named in the Content-Type."
)
_SUSPICIOUS = re.compile("\0|[\ud800-\udfff]")


class _Bounded:
    """Refuses by the declared length; a body without one reads as empty."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        request = (parser_context or {}).get("request")
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if request is not None and limit is not None and int(request.META.get("CONTENT_LENGTH") or 0) > limit:
            raise RequestDataTooBig(f"The body may have at most {limit:,} bytes here.")
        return super().parse(stream, media_type, parser_context)  # type: ignore[misc]  # a parser follows in the order


class _StrictJSONParser(JSONParser):
    """Takes one document as RFC 8259 has it, in UTF-8, every key once; says in plain words what else it is."""

    def parse(
        self, stream: IO[Any], _media_type: str | None = None, _parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            text = stream.read().decode("utf-8")
            return json.loads(text, parse_constant=_no_number, object_pairs_hook=_without_repetition)
        except RecursionError:
            raise ParseError("The JSON is nested too deeply.") from None
        except UnicodeDecodeError:
            raise ParseError("The body is not text in UTF-8.") from None
        except json.JSONDecodeError as problem:
            why = "it begins with a byte order mark" if problem.doc.startswith("\ufeff") else problem
            raise ParseError(f"The body is not JSON, or not one document of it: {why}.") from None
        except ValueError:  # of int(), and nothing else
            raise ParseError("A number in the JSON has too many digits.") from None


class BoundedJSONParser(_Bounded, _StrictJSONParser):
    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = super().parse(stream, media_type, parser_context)
        if body is None:
            raise ParseError("The body is null; send a JSON object.")
        if any(_SUSPICIOUS.search(string) for string in _strings(body)):
            raise ParseError("The JSON holds a NUL character or half of a surrogate pair, which no text may.")
        return body


def _no_number(name: str) -> None:
    raise ParseError(f"The JSON holds {name}, which is no number of JSON's.")


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ParseError(f"The JSON has the key {key[:100]!a} twice in one object.")
        found[key] = value
    return found


class BoundedFormParser(_Bounded, FormParser):
    pass


class _Unread(FileUploadHandler):
    """Notes that a file was there, under its field's name, and lets its bytes go."""

    def receive_data_chunk(self, _raw_data: bytes, _start: int) -> None:
        return None

    def file_complete(self, _file_size: int) -> "UploadedFile[bytes]":
        return UploadedFile(BytesIO(), self.file_name, size=0)


class PlainMultiPartParser(MultiPartParser):
    """REST framework's, refusing in words that say what to do."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except ParseError:
            raise ParseError(_MALFORMED_FORM) from None


class FilelessMultiPartParser(_Bounded, PlainMultiPartParser):
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
