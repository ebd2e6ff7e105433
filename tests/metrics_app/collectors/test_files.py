from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from metrics_app.collectors.files import ManifestError, files_of, resolved
from tests.metrics_app.collectors.packages import package


@pytest.mark.parametrize(
    ("path", "plain"),
    [
        ("a.js", "a.js"),
        ("./a.js", "a.js"),
        ("lib/../a.js", "a.js"),
        ("./lib//b/", "lib/b"),
        (".", ""),
        ("../a.js", None),
        ("lib/../../a.js", None),
    ],
)
def test_resolved(path: str, plain: str | None) -> None:
    assert resolved(path) == plain


@pytest.mark.parametrize(
    ("content", "detail"),
    [
        ("{", "not valid JSON"),
        ("[]", "no JSON object"),
        (b"\xff", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("", "not valid"),
    ],
)
def test_json_refuses_what_is_no_object(content: str | bytes, detail: str) -> None:
    with pytest.raises(ManifestError, match=detail):
        package({"a.json": content}).json("a.json")


def test_json_reads_objects_with_or_without_a_byte_order_mark() -> None:
    assert package({"a.json": b'\xef\xbb\xbf{"a": 1}'}).json("a.json") == {"a": 1}


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"caf\xc3\xa9", "café"),
        (b"\xef\xbb\xbfa", "a"),
        ("a".encode("utf-16"), "a"),
        (b"a\xff", "a\ufffd"),
        (b"a\0b", "ab"),
    ],
)
def test_text_is_read_whatever_its_encoding(content: bytes, text: str) -> None:
    assert package({"a": content}).text("a") == text


@dataclass(frozen=True)
class Stored:
    path: str
    data: bytes
    is_directory: bool = False

    @property
    def size(self) -> int:
        return len(self.data)


class Folder:
    """An archive in memory with one top folder, told in chunks of three bytes."""

    members = (Stored("top", b"", is_directory=True), Stored("top/a.txt", b"0123456789"))

    def path_of(self, member: Stored) -> str:
        return member.path.removeprefix("top/")

    def stream(self, member: Stored, chunk_size: int) -> Iterator[bytes]:
        for at in range(0, len(member.data), min(3, chunk_size)):
            yield member.data[at : at + min(3, chunk_size)]


@pytest.mark.parametrize(("limit", "head"), [(1, b"0"), (3, b"012"), (4, b"0123"), (99, b"0123456789")])
def test_files_of_an_archive_are_read_from_their_start(limit: int, head: bytes) -> None:
    files = files_of(Folder())
    assert (dict(files.sizes), files.head("a.txt", limit)) == ({"a.txt": 10}, head)
