"""Files that are a ZIP archive and something else as well: two programs would see two different packages."""

from typing import BinaryIO

from packages_app.domain.refusals import Unacceptable
from packages_app.domain.zip_records import read_exactly

_HEAD_BYTES = 1024
_TAR_BLOCK = 512
_HDF5 = b"\x89HDF\r\n\x1a\n"
#: Formats that are recognised by bytes further in, which a ZIP archive's own start leaves free: offset, magic, name.
_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (257, b"ustar", "tar archive"),
    (128, b"DICM", "DICOM image"),
    *((1 << power, _HDF5, "HDF5 file") for power in range(9, 40)),
    *((sector, magic, "disc image") for sector in (0x8001, 0x8801, 0x9001) for magic in (b"CD001", b"BEA01", b"NSR0")),
    (-512, b"koly", "disk image"),
    (-512, b"conectix", "disk image"),
)


def refuse_other_formats(file: BinaryIO, size: int, directory: int) -> None:
    """Raises Unacceptable (`polyglot`) where the archive of `size` bytes would also pass for another format.

    `directory`: where the central directory starts; a PDF that is merely a file in the archive ends before it.
    """
    for offset, magic, name in _MAGIC:
        at = offset if offset >= 0 else size + offset
        if 0 <= at <= size - len(magic) and read_exactly(file, at, len(magic)) == magic:
            raise _polyglot(name)
    head = read_exactly(file, 0, min(size, _HEAD_BYTES))
    if is_tar_header(head[:_TAR_BLOCK]):
        raise _polyglot("tar archive")
    start = max(directory, size - _HEAD_BYTES)
    tail = read_exactly(file, start, size - start)
    if b"%PDF-" in head and (b"%%EOF" in tail or b"startxref" in tail):
        raise _polyglot("PDF document")


def is_tar_header(block: bytes) -> bool:
    """Whether 512 bytes carry a tar header's checksum, the only mark of the oldest tar format."""
    if len(block) < _TAR_BLOCK:
        return False
    digits = block[148:156].strip(b" \0")
    if not digits or not all(digit in b"01234567" for digit in digits):
        return False
    return int(digits, 8) == sum(block) - sum(block[148:156]) + 8 * ord(" ")


def _polyglot(name: str) -> Unacceptable:
    return Unacceptable(f"The archive is a {name} as well; upload a plain ZIP archive.", "polyglot")
