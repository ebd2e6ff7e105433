"""The records of a ZIP file, one by one, as APPNOTE 6.3.10 lays them out; whether they agree is framing's matter.

Nothing here trusts a length: each record is read whole and small, or refused.
"""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from packages_app.domain.refusals import Unacceptable, shown

FULL_16 = 0xFFFF
FULL_32 = 0xFFFFFFFF
COMMENT_BYTES = 4096
EXTRA_BYTES = 4096
EXTRA_FIELDS = 32

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_MEANINGFUL = frozenset({0x0001, 0x7075, 0x756E, 0x000D, 0x6C78})  # ZIP64, Unicode path, and kinds of files
_CIPHERED = frozenset({0x0014, 0x0015, 0x0016, 0x0017, 0x0019, 0x9901})


def bad_archive(detail: str) -> Unacceptable:
    return Unacceptable(detail, "bad_archive")


def read_exactly(file: BinaryIO, offset: int, length: int) -> bytes:
    """`length` bytes at `offset`; fewer is a broken archive."""
    file.seek(offset)
    data = file.read(length)
    if len(data) != length:
        raise bad_archive("The archive is cut short: a record reaches beyond its end; upload it again.")
    return data


@dataclass(frozen=True, slots=True)
class End:
    """Where the central directory lies: [offset, offset + size), and how many members it says it lists."""

    offset: int
    size: int
    members: int


@dataclass(frozen=True, slots=True)
class Central:
    """An entry of the central directory, without its ZIP64 field applied. `length`: of the whole record, in bytes."""

    version: int
    flags: int
    method: int
    crc32: int
    compressed_size: int
    size: int
    disk: int
    attributes: int
    offset: int
    name: bytes
    extra: bytes
    comment: bytes
    length: int


@dataclass(frozen=True, slots=True)
class Local:
    """A local header, without its ZIP64 field applied. `length`: of the whole record, in bytes; the data follow it."""

    version: int
    flags: int
    method: int
    crc32: int
    compressed_size: int
    size: int
    name: bytes
    extra: bytes
    length: int


def read_end(file: BinaryIO, size: int) -> End:
    """The end record of an archive of `size` bytes, reconciled with its ZIP64 form; the directory ends where it starts.

    The last signature in the file is the end record, as every reader takes it; its comment is text and ends the file.
    """
    window = min(size, _END.size + FULL_16)
    tail = read_exactly(file, size - window, window)
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < _END.size:
        raise bad_archive("The file is not a whole ZIP archive: it has no end record; upload a .zip file.")
    _, disk, first_disk, here, members, length, offset, comment = _END.unpack_from(tail, at)
    if len(tail) - at - _END.size != comment:
        raise bad_archive("The archive has data after its end; pack it again.")
    check_comment(tail[at + _END.size :], "The archive")
    start = size - window + at
    claims = (here, members, length, offset)
    located = read_exactly(file, start - _LOCATOR64.size, _LOCATOR64.size) if start >= _LOCATOR64.size else b""
    if located.startswith(b"PK\6\7"):
        start, claims = _reconciled(file, start, located, claims)
        disk, first_disk = (0 if number == FULL_16 else number for number in (disk, first_disk))
    here, members, length, offset = claims
    if disk or first_disk or here != members:
        raise bad_archive("The archive is one part of several; upload it as a single file.")
    if offset + length != start:
        raise bad_archive("The archive's directory is not where its end record says; pack it again.")
    return End(offset, length, members)


def ends_as_archive(file: BinaryIO, size: int) -> bool:
    """Whether a directory of a ZIP archive ends the file of `size` bytes, whatever stands before it."""
    window = min(size, _END.size + FULL_16)
    tail = read_exactly(file, size - window, window)
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < _END.size:
        return False
    start = size - window + at
    directory = start - _END.unpack_from(tail, at)[5]
    has_entry = 0 <= directory <= start - 4 and read_exactly(file, directory, 4) == b"PK\1\2"
    return has_entry or tail.startswith(b"PK\6\7", max(0, at - _LOCATOR64.size))


def _reconciled(
    file: BinaryIO, start: int, located: bytes, claims: tuple[int, int, int, int]
) -> tuple[int, tuple[int, int, int, int]]:
    """The start and the claims of the ZIP64 end record; the plain claims agree with it or are left to it."""
    _, disk, at, disks = _LOCATOR64.unpack(located)
    if disk or disks != 1 or at != start - _LOCATOR64.size - _END64.size:
        raise bad_archive("The archive's ZIP64 locator points elsewhere than to its end record; pack it again.")
    signature, length, _, _, disk, first_disk, *claims64 = _END64.unpack(read_exactly(file, at, _END64.size))
    if signature != b"PK\6\6" or length != _END64.size - 12 or disk or first_disk:
        raise bad_archive("The archive's ZIP64 end record is not sound; pack it again.")
    for claim, claim64, full in zip(claims, claims64, (FULL_16, FULL_16, FULL_32, FULL_32), strict=True):
        if claim not in (claim64, full):
            raise bad_archive("The archive's end record and its ZIP64 form disagree; pack it again.")
    here, members, length, offset = claims64
    return at, (here, members, length, offset)


def read_central(file: BinaryIO, offset: int, end: int) -> Central:
    """The entry at `offset` of a directory that ends at `end`."""
    if end - offset < _CENTRAL.size:
        raise bad_archive("The archive's directory ends in the middle of an entry; pack it again.")
    head = _CENTRAL.unpack(read_exactly(file, offset, _CENTRAL.size))
    signature, _, version, flags, method, _, _, crc32, compressed_size, size, *lengths, disk, _, attributes, start = (
        head
    )
    if signature != b"PK\1\2":
        raise bad_archive("The archive's directory holds something that is not an entry; pack it again.")
    names, extras, comments = lengths
    length = _CENTRAL.size + names + extras + comments
    if length > end - offset:
        raise bad_archive("The archive's directory ends in the middle of an entry; pack it again.")
    rest = read_exactly(file, offset + _CENTRAL.size, length - _CENTRAL.size)
    name, extra, comment = rest[:names], rest[names : names + extras], rest[names + extras :]
    return Central(
        version, flags, method, crc32, compressed_size, size, disk, attributes, start, name, extra, comment, length
    )


def read_local(file: BinaryIO, offset: int, name: bytes) -> Local:
    """The local header at `offset`, which has to be that of `name`."""
    head = _LOCAL.unpack(read_exactly(file, offset, _LOCAL.size))
    signature, version, flags, method, _, _, crc32, compressed_size, size, names, extras = head
    if signature != b"PK\3\4":
        raise bad_archive(f"The archive has no local header for {shown(name)} where its directory says; pack it again.")
    if names != len(name):
        raise bad_archive(f"The archive names {shown(name)} otherwise in its local header; pack it again.")
    rest = read_exactly(file, offset + _LOCAL.size, names + extras)
    length = _LOCAL.size + names + extras
    return Local(version, flags, method, crc32, compressed_size, size, rest[:names], rest[names:], length)


def check_comment(comment: bytes, whose: str) -> None:
    """A comment is a short text; anything else is a place to hide another file in."""
    if not comment:
        return
    try:
        text = comment.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if len(comment) > COMMENT_BYTES or not all(c.isprintable() or c in "\t\r\n" for c in text) or b"PK\5\6" in comment:
        raise bad_archive(f"{whose} has a comment that is not a short text; pack it again without the comment.")


def extra_fields(extra: bytes, name: bytes) -> dict[int, bytes]:
    """The extra fields of a header by their number; whole, few, and the ones with a meaning once."""
    if not extra:
        return {}
    if len(extra) > EXTRA_BYTES:
        raise bad_archive(
            f"The header of {shown(name)} has more than {EXTRA_BYTES} bytes of extra fields; pack it again."
        )
    fields: dict[int, bytes] = {}
    at = count = 0
    while at < len(extra):
        number, length = struct.unpack_from("<2H", extra, at) if len(extra) - at >= 4 else (0, FULL_16)
        at, count = at + 4 + length, count + 1
        if at > len(extra) or count > EXTRA_FIELDS or (number in fields and number in _MEANINGFUL):
            raise bad_archive(f"The extra fields of {shown(name)} are not sound; pack the archive again.")
        fields[number] = extra[at - length : at]
    if not _CIPHERED.isdisjoint(fields):
        raise Unacceptable(f"The file {shown(name)} is encrypted or signed; pack it without a password.", "encrypted")
    _check_unicode_path(fields.get(0x7075), name)
    return fields


def _check_unicode_path(field: bytes | None, name: bytes) -> None:
    """The Info-ZIP Unicode path, where there is one, is the name again: readers differ in which they follow."""
    if field is not None and field != b"\1" + struct.pack("<L", zlib.crc32(name)) + name:
        raise bad_archive(f"The Unicode name of {shown(name)} is another one; pack the archive again with UTF-8 names.")


def zip64_values(field: bytes | None, claims: Sequence[int], name: bytes) -> list[int]:
    """`claims` (sizes, offset: in the order of the ZIP64 field) with those that are full taken from `field`.

    Where none is full, a field that repeats them is borne; a field that says something else is a lie.
    """
    full = [at for at, claim in enumerate(claims) if claim == FULL_32]
    if field is None and not full:
        return list(claims)
    count, disk = divmod(len(field or b""), 8)
    values = struct.unpack_from(f"<{count}Q", field or b"")
    sound = disk == 0 or (disk == 4 and (field or b"")[-4:] == bytes(4))
    if full and sound and count == len(full):
        found = dict(zip(full, values, strict=True))
        return [found.get(at, claim) for at, claim in enumerate(claims)]
    if not full and sound and list(values) == list(claims[:count]):
        return list(claims)
    raise bad_archive(f"The ZIP64 sizes of {shown(name)} are missing or not sound; pack the archive again.")
