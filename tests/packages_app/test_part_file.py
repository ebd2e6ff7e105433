"""A file written in parts, by several writers at once."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from packages_app.domain.parts import PartRange
from packages_app.part_file import PartFile, Superseded

FIRST, SECOND = PartRange(1, 0, 6), PartRange(2, 6, 4)


@pytest.fixture
def parts(tmp_path: Path) -> PartFile:
    file = PartFile(tmp_path / "uploads" / "one")
    file.make(10)
    return file


def test_parts_land_at_their_places_in_any_order(parts: PartFile, tmp_path: Path) -> None:
    assert parts.write(SECOND, [b"ABCD"], turn=1) == (4, hashlib.sha256(b"ABCD").hexdigest())
    assert parts.write(FIRST, [b"abc", b"def"], turn=1) == (6, hashlib.sha256(b"abcdef").hexdigest())
    target = tmp_path / "objects" / "it"
    parts.take(target)
    parts.take(target)
    assert target.read_bytes() == b"abcdefABCD"
    assert list(parts.path.parent.iterdir()) == []


def test_nothing_is_written_beyond_a_part(parts: PartFile) -> None:
    parts.write(SECOND, [b"ABCD"], turn=1)
    assert parts.write(FIRST, [b"abcd", b"efgh"], turn=1) == (6, hashlib.sha256(b"abcdef").hexdigest())
    assert parts.path.read_bytes() == b"abcdefABCD"


def test_short_part_is_told(parts: PartFile) -> None:
    assert parts.write(FIRST, [b"abc"], turn=1) == (3, hashlib.sha256(b"abc").hexdigest())


def test_newer_writer_of_a_part_wins_from_its_first_byte(parts: PartFile) -> None:
    def cut_in() -> Iterator[bytes]:
        yield b"old"
        parts.write(FIRST, [b"newnew"], turn=2)
        yield b"old"

    with pytest.raises(Superseded):
        parts.write(FIRST, cut_in(), turn=1)
    with pytest.raises(Superseded):
        parts.write(FIRST, [b"late"], turn=1)
    assert parts.path.read_bytes()[:6] == b"newnew"


def test_other_parts_are_nobodys_rivals(parts: PartFile) -> None:
    def beside() -> Iterator[bytes]:
        yield b"abc"
        parts.write(SECOND, [b"ABCD"], turn=9)
        yield b"def"

    parts.write(FIRST, beside(), turn=1)
    assert parts.path.read_bytes() == b"abcdefABCD"


def test_file_that_is_gone_is_told(parts: PartFile, tmp_path: Path) -> None:
    parts.remove()
    parts.remove()
    with pytest.raises(FileNotFoundError):
        parts.write(FIRST, [b"abcdef"], turn=1)
    with pytest.raises(FileNotFoundError):
        parts.take(tmp_path / "it")
