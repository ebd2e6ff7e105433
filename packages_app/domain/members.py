"""The bytes of an archive's members: checked while they are streamed, or as a file to look around in."""

import io
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from packages_app.domain.framing import Member
from packages_app.domain.refusals import Unacceptable, shown

CHUNK_BYTES = 256 * 1024
REREAD_BYTES = 2 * 1024 * 1024 * 1024


def stream_member(file: BinaryIO, member: Member, chunk_size: int = CHUNK_BYTES) -> Iterator[bytes]:
    """The bytes of `member` of the archive `file`, in chunks of at most `chunk_size`, none of them empty.

    Raises Unacceptable (`corrupt_file`), at the latest in place of the end, where the data are not of the declared size
    and checksum, or the deflate stream is broken, goes on, or leaves input over.
    """
    checksum = size = 0
    for chunk in _unpacked(file, member, chunk_size):
        size += len(chunk)
        checksum = zlib.crc32(chunk, checksum)
        if size > member.size:
            raise _corrupt(member, "unpacks to more than its declared size")
        yield chunk
    if size != member.size:
        raise _corrupt(member, "unpacks to less than its declared size")
    if checksum != member.crc32:
        raise _corrupt(member, "does not match its checksum")


class MemberFile(io.RawIOBase):
    """A member as a file that can seek; checksums are not looked at. The archive stays open when it is closed.

    Going back in a deflated member unpacks it from its start again; Unacceptable (`too_costly`) is raised once that
    came to more than twice its size and 2 GiB.
    """

    def __init__(self, file: BinaryIO, member: Member) -> None:
        super().__init__()
        self._file = file
        self._member = member
        self._at = 0
        self._chunks: Iterator[bytes] = iter(())
        self._chunk = memoryview(b"")
        self._chunk_end = member.size + 1  # nothing is unpacked yet
        self._work = 2 * member.size + REREAD_BYTES

    @property
    def is_stored(self) -> bool:
        return self._member.method == "stored"

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._member.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # typeshed's Buffer is wider
        view = memoryview(buffer)[: max(0, self._member.size - self._at)]
        if not view:
            return 0
        if self.is_stored:
            self._file.seek(self._member.offset + self._at)
            data = memoryview(self._file.read(len(view)))
        else:
            data = self._piece()[: len(view)]
        view[: len(data)] = data
        self._at += len(data)
        return len(data)

    def _piece(self) -> memoryview:
        """What is unpacked from the present position on, at least a byte of it; empty where the data end before."""
        start = self._chunk_end - len(self._chunk)
        if not start <= self._at:
            self._chunks = _unpacked(self._file, self._member, CHUNK_BYTES)
            self._chunk, self._chunk_end = memoryview(b""), 0
        while self._at >= self._chunk_end:
            self._chunk = memoryview(next(self._chunks, b""))
            if not self._chunk:
                return self._chunk
            self._chunk_end += len(self._chunk)
            self._work -= len(self._chunk)
            if self._work < 0:
                raise Unacceptable(f"{shown(self._member.path)} is too large to look around in packed.", "too_costly")
        return self._chunk[self._at - self._chunk_end :]


def _unpacked(file: BinaryIO, member: Member, chunk_size: int) -> Iterator[bytes]:
    return _stored(file, member, chunk_size) if member.method == "stored" else _inflated(file, member, chunk_size)


def _stored(file: BinaryIO, member: Member, chunk_size: int) -> Iterator[bytes]:
    at, left = member.offset, member.compressed_size
    while left:
        file.seek(at)
        chunk = file.read(min(left, chunk_size))
        if not chunk:
            raise _corrupt(member, "is cut short")
        at, left = at + len(chunk), left - len(chunk)
        yield chunk


def _inflated(file: BinaryIO, member: Member, chunk_size: int) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    packed = _stored(file, member, CHUNK_BYTES)
    try:
        for data in packed:
            left = data
            while left and not inflater.eof:
                if chunk := inflater.decompress(left, chunk_size):
                    yield chunk
                left = inflater.unconsumed_tail
            if inflater.eof:
                break
        while not inflater.eof and (chunk := inflater.decompress(b"", chunk_size)):
            yield chunk
    except zlib.error:
        raise _corrupt(member, "is not sound deflate data") from None
    if not inflater.eof:
        raise _corrupt(member, "ends before its deflate data do")
    if inflater.unused_data or next(packed, b""):
        raise _corrupt(member, "has data after the end of its deflate data")


def _corrupt(member: Member, why: str) -> Unacceptable:
    return Unacceptable(f"The file {shown(member.path)} {why}; pack the archive again.", "corrupt_file")
