"""Whether a ZIP archive is sound as a container, decided from its framing alone, before anything in it is unpacked.

Python's zipfile accepts overlapping entries and headers that disagree, and readers differ in which header they believe.
Here every byte of the archive belongs to exactly one record, and every record says the same, so that all readers see
the same files. Archives of Info-ZIP, Finder, Windows, Go, Java, Python and 7-Zip are like that, data descriptors and
ZIP64 included. Whether the data are what the headers say shows when they are read: see packages_app.archive.
"""

import stat
import struct
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import BinaryIO, Literal

from packages_app.domain.member_paths import clash_key, safe_path
from packages_app.domain.polyglots import refuse_other_formats
from packages_app.domain.refusals import Unacceptable, shown
from packages_app.domain.zip_records import (
    FULL_16,
    FULL_32,
    Central,
    End,
    Local,
    bad_archive,
    check_comment,
    extra_fields,
    read_central,
    read_end,
    read_exactly,
    read_local,
    zip64_values,
)

MIB = 1024 * 1024

_ENCRYPTED = 0x0001 | 0x0040 | 0x2000
_DESCRIPTOR = 0x0008
_KNOWN_FLAGS = 0x0002 | 0x0004 | _DESCRIPTOR | 0x0800  # the two of deflate's effort; UTF-8 names
_METHODS: dict[int, Literal["stored", "deflate"]] = {0: "stored", 8: "deflate"}
_NEWEST_VERSION = 63
_DEFLATE_RATIO = 1032  # 258 bytes from two bits
_SHORTEST_DEFLATE, _EMPTY_DEFLATE_BYTES = 2, 16
_DOS_DIRECTORY, _DOS_SPECIAL = 0x10, 0x0008 | 0x0040 | 0x0400  # volume label, device, reparse point
_DESCRIPTOR_SIGNATURE = b"PK\7\10"


@dataclass(frozen=True)
class Limits:
    """How much an archive may hold. Sizes in bytes; `ratio`: unpacked to packed, of what is larger than the bomb floor.

    `names_bytes` bounds the memory that all names together take while they are compared.
    """

    members: int
    unpacked_bytes: int
    member_bytes: int
    ratio: int
    bomb_floor_bytes: int = 64 * MIB
    path_bytes: int = 1024
    names_bytes: int = 32 * MIB


@dataclass(frozen=True, slots=True)
class Member:
    """A file or directory of an archive. `offset`: of its data, in bytes; a directory's path has no trailing slash."""

    path: str
    size: int
    compressed_size: int
    crc32: int
    method: Literal["stored", "deflate"]
    offset: int
    is_directory: bool


@dataclass(frozen=True, slots=True)
class _Entry:
    """What the central directory says of a member, until its local header has said the same."""

    path: str
    size: int
    compressed_size: int
    crc32: int
    method: Literal["stored", "deflate"]
    header: int
    flags: int

    @property
    def name(self) -> bytes:
        return self.path.encode("utf-8")


def read_framing(file: BinaryIO, size: int, limits: Limits) -> tuple[Member, ...]:
    """The members of the archive of `size` bytes, in the order of their data; at least one.

    Raises Unacceptable for everything that isn't sound. Memory grows by less than 64 MB whatever the archive claims,
    time with the archive's true size.
    """
    end = read_end(file, size)
    if end.members > limits.members:
        raise _too_large(f"The archive lists {end.members} files; at most {limits.members} are taken.")
    refuse_other_formats(file, size, end.offset)
    entries = _directory(file, end, limits)
    if not entries:
        raise bad_archive("The archive is empty; put the package's files into it.")
    _check_sizes(entries, size, limits)
    entries.sort(key=lambda entry: entry.header, reverse=True)
    members = []
    at = 0
    while entries:  # from the last, so that each entry's memory goes as its member comes
        entry = entries.pop()
        if entry.header != at:
            raise bad_archive(f"The archive has a gap or an overlap before {shown(entry.path)}; pack it again.")
        member, at = _member(file, entry, end.offset)
        members.append(member)
    if at != end.offset:
        raise bad_archive("The archive has data between its last file and its directory; pack it again.")
    return tuple(members)


def _directory(file: BinaryIO, end: End, limits: Limits) -> list[_Entry]:
    """All entries of the central directory, each acceptable by itself, no two of one name."""
    entries: list[_Entry] = []
    keys: list[bytes] = []
    named = 0
    for central in _centrals(file, end):
        entry = _entry(central, limits)
        key = clash_key(entry.path)
        named += sys.getsizeof(entry.path) + sys.getsizeof(key)
        if named > limits.names_bytes:
            raise _too_large("The archive's file names are too long altogether; shorten them or pack fewer files.")
        entries.append(entry)
        keys.append(key)
    _refuse_clashes(keys)
    return entries


def _centrals(file: BinaryIO, end: End) -> Iterator[Central]:
    at, stop = end.offset, end.offset + end.size
    for _ in range(end.members):
        central = read_central(file, at, stop)
        at += central.length
        yield central
    if at != stop:
        raise bad_archive("The archive's directory lists more files than its end record counts; pack it again.")


def _entry(central: Central, limits: Limits) -> _Entry:
    path = safe_path(central.name, longest=limits.path_bytes)
    extras = extra_fields(central.extra, central.name)
    if central.comment:
        check_comment(central.comment, f"The file {shown(path)}")
    _check_kind(path, extras, central.attributes)
    if central.flags & _ENCRYPTED:
        raise Unacceptable(f"The file {shown(path)} is encrypted; pack it without a password.", "encrypted")
    method = _METHODS.get(central.method)
    if method is None or central.flags & ~_KNOWN_FLAGS or central.version & 0xFF > _NEWEST_VERSION:
        raise Unacceptable(
            f"The file {shown(path)} is compressed by other means than deflate; pack it with deflate or stored.",
            "unsupported_compression",
        )
    if central.disk:
        raise bad_archive(f"The file {shown(path)} lies in another part of the archive; upload it as a single file.")
    claims = (central.size, central.compressed_size, central.offset)
    size, compressed_size, offset = zip64_values(extras.get(0x0001), claims, central.name)
    entry = _Entry(path, size, compressed_size, central.crc32, method, offset, central.flags)
    _check_plausible(entry)
    return entry


def _check_kind(path: str, extras: dict[int, bytes], attributes: int = 0) -> None:
    """A plain file or a directory, and the same to every reader: by its slash, its Unix mode, its DOS attributes."""
    accounts = [attributes]
    if (repeated := extras.get(0x6C78)) is not None:
        accounts.append(_repeated_attributes(repeated, path))
    modes = [account >> 16 for account in accounts]
    if (unix := extras.get(0x756E)) is not None:
        modes.append(int.from_bytes(unix[4:6], "little"))
    kinds = {stat.S_IFMT(mode) for mode in modes if mode != FULL_16}  # Maven wrote -1 for want of a mode
    linked = len(extras.get(0x000D, b"")) > 12  # holds the target of a link
    special = any(account & _DOS_SPECIAL for account in accounts)
    if linked or special or not kinds <= {0, stat.S_IFREG, stat.S_IFDIR}:
        raise Unacceptable(f"{shown(path)} is a link or a special file; pack plain files only.", "special_file")
    is_directory = path.endswith("/")
    named = stat.S_IFDIR if is_directory else stat.S_IFREG
    if not kinds <= {0, named} or (not is_directory and any(account & _DOS_DIRECTORY for account in accounts)):
        raise bad_archive(f"{shown(path)} is a directory by one account and a file by another; pack the archive again.")


def _repeated_attributes(field: bytes, path: str) -> int:
    """The attributes in libarchive's "xl" field, which it heeds above the directory's; 0 where it gives none.

    Source: `process_extra` in libarchive's `archive_read_support_format_zip.c`.
    """
    given = field[0] if field else FULL_16
    at = 1 + 2 * (given & 1) + (given & 2)  # past the writer's version and the internal attributes
    if given > 0xF or len(field) < at + (given & 4):
        raise bad_archive(f"The extra fields of {shown(path)} are not sound; pack the archive again.")
    return int.from_bytes(field[at : at + 4], "little") if given & 4 else 0


def _check_plausible(entry: _Entry) -> None:
    """Sizes and checksum that the method can bring about."""
    stored = entry.method == "stored"
    if (
        (stored and entry.size != entry.compressed_size)
        or (not stored and entry.compressed_size < _SHORTEST_DEFLATE)
        or (not stored and entry.size > entry.compressed_size * _DEFLATE_RATIO)
        or (entry.size == 0 and entry.crc32)
    ):
        raise bad_archive(f"The sizes of {shown(entry.path)} can't be true; pack the archive again.")
    if entry.path.endswith("/") and (entry.size or entry.compressed_size > _EMPTY_DEFLATE_BYTES):
        raise bad_archive(f"The directory {shown(entry.path)} holds data; pack the archive again.")


def _check_sizes(entries: list[_Entry], size: int, limits: Limits) -> None:
    """`size`: of the archive, in bytes."""
    total = 0
    for entry in entries:
        total += entry.size
        if entry.size > limits.member_bytes:
            raise _too_large(
                f"{shown(entry.path)} unpacks to {entry.size} bytes; at most {limits.member_bytes} are taken."
            )
        if entry.size > limits.bomb_floor_bytes and entry.size > limits.ratio * entry.compressed_size:
            raise _bomb(shown(entry.path), limits)
    if total > limits.unpacked_bytes:
        raise _too_large(f"The archive unpacks to {total} bytes; at most {limits.unpacked_bytes} are taken.")
    if total > limits.bomb_floor_bytes and total > limits.ratio * size:
        raise _bomb("The archive", limits)


def _refuse_clashes(keys: list[bytes]) -> None:
    """No two paths that some file system holds for one, and no file where another needs a directory.

    Among sorted keys, what lies below a path directly follows it: comparing neighbours is enough.
    """
    keys.sort()
    for before, key in pairwise(keys):
        twice = before.removesuffix(b"\0") == key.removesuffix(b"\0")
        if twice or (not before.endswith(b"\0") and key.startswith(before + b"\0")):
            raise Unacceptable(
                f"The archive holds {shown(before.replace(bytes(1), b'/'))} twice, as file and directory, or in "
                "spellings that some systems can't keep apart; keep one.",
                "duplicate_path",
            )


def _member(file: BinaryIO, entry: _Entry, stop: int) -> tuple[Member, int]:
    """The member whose local header says what `entry` says, and where its record ends, at most at `stop`."""
    local = read_local(file, entry.header, entry.name)
    data = entry.header + local.length
    at = data + entry.compressed_size
    if at > stop:
        raise bad_archive(f"The data of {shown(entry.path)} reach beyond the archive's files; pack it again.")
    has_zip64 = _check_local(local, entry)
    if entry.flags & _DESCRIPTOR:
        at += _descriptor_length(
            file, entry, at, stop, wide=has_zip64 or max(entry.size, entry.compressed_size) >= FULL_32
        )
    is_directory = entry.path.endswith("/")
    if is_directory and entry.compressed_size:
        _check_empty(read_exactly(file, data, entry.compressed_size), entry.path)
    path = entry.path.removesuffix("/")
    member = Member(path, entry.size, entry.compressed_size, entry.crc32, entry.method, data, is_directory)
    return member, at


def _check_local(local: Local, entry: _Entry) -> bool:
    """Raises Unacceptable unless `local` says what the directory says; whether it has a ZIP64 field.

    Where a data descriptor follows, sizes and checksum may be zero.
    """
    same = (
        local.name == entry.name
        and local.flags == entry.flags
        and _METHODS.get(local.method) == entry.method
        and local.version & 0xFF <= _NEWEST_VERSION
    )
    later = (0,) if entry.flags & _DESCRIPTOR else ()
    extras = extra_fields(local.extra, entry.name)
    _check_kind(entry.path, extras)
    field = extras.get(0x0001)
    sizes = (entry.size, entry.compressed_size)
    same = same and local.crc32 in (entry.crc32, *later)
    for claim, size in zip((local.size, local.compressed_size), sizes, strict=True):
        same = same and (claim in (size, *later) or (claim == FULL_32 and field is not None))
    if field is not None:
        same = same and _says(field, local, sizes, entry.header, later)
    if not same:
        raise bad_archive(f"The archive's two headers of {shown(entry.path)} disagree; pack it again.")
    return field is not None


def _says(field: bytes, local: Local, sizes: tuple[int, int], header: int, later: tuple[int, ...]) -> bool:
    """Whether the ZIP64 field of a local header gives `sizes`: both, as APPNOTE asks, or the one that is full.

    miniz adds the header's offset, and gives it alone where only it is large. Some readers take from the field only
    what is full, in its order: so the packed size, where it alone is full, has to be the only value.
    """
    count, rest = divmod(len(field), 8)
    values = struct.unpack_from(f"<{count}Q", field)
    full = [size for claim, size in zip((local.size, local.compressed_size), sizes, strict=True) if claim == FULL_32]
    expected = {1: tuple(full) or (header,), 2: sizes, 3: (*sizes, header)}.get(count, ())
    misread = local.compressed_size == FULL_32 != local.size and count > 1
    if rest or misread or len(expected) != count or (full and not count):
        return False
    return all(value in (want, *later) for value, want in zip(values, expected, strict=True))


def _descriptor_length(file: BinaryIO, entry: _Entry, at: int, stop: int, *, wide: bool) -> int:
    """The length of the data descriptor at `at`, which repeats the directory; `wide`: its sizes have 64 bits."""
    plain = struct.pack("<LQQ" if wide else "<LLL", entry.crc32, entry.compressed_size, entry.size)
    for descriptor in (_DESCRIPTOR_SIGNATURE + plain, plain):
        if at + len(descriptor) <= stop and read_exactly(file, at, len(descriptor)) == descriptor:
            return len(descriptor)
    raise bad_archive(f"The data descriptor of {shown(entry.path)} disagrees with the directory; pack it again.")


def _check_empty(data: bytes, path: str) -> None:
    """Java's ZipOutputStream deflates the nothing in a directory; nothing else may be in it."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        empty = inflater.decompress(data, 1) == b"" and inflater.eof and not inflater.unused_data
    except zlib.error:
        empty = False
    if not empty:
        raise bad_archive(f"The directory {shown(path)} holds data; pack the archive again.")


def _too_large(detail: str) -> Unacceptable:
    return Unacceptable(detail, "archive_too_large")


def _bomb(what: str, limits: Limits) -> Unacceptable:
    return Unacceptable(
        f"{what} unpacks to more than {limits.ratio} times its size; store it without compression.", "archive_bomb"
    )
