"""How a large file is cut into parts: all of one size but the last, within what S3 allows, few enough to list at once."""

from collections.abc import Sequence
from dataclasses import dataclass

MIB = 1024 * 1024
LEAST_PART_BYTES = 5 * MIB  # S3's; the last part may be smaller
MOST_PART_BYTES = 5 * 1024 * MIB
MOST_PARTS = 1_000  # of S3's 10,000: their URLs are listed in one answer
_USUAL_PART_BYTES = 16 * MIB
_USUAL_PARTS = 512


class InvalidParts(ValueError):
    """The sizes don't go together; the message is a sentence for whoever chose them."""


@dataclass(frozen=True, slots=True)
class PartRange:
    """Part `number`, counted from 1: the `size` bytes of the file from `offset` on."""

    number: int
    offset: int
    size: int


def usual_part_bytes(size: int) -> int:
    """The size of the parts of a file of `size` bytes when nobody asks for another: whole MiB, at least 16."""
    return max(_USUAL_PART_BYTES, -(-size // (_USUAL_PARTS * MIB)) * MIB)


def cut(size: int, part_bytes: int) -> Sequence[PartRange]:
    """The parts of a file of `size` bytes, at least one. Raises InvalidParts."""
    if size < 1:
        raise InvalidParts("An empty file is no package; nothing was to be uploaded.")
    if not LEAST_PART_BYTES <= part_bytes <= MOST_PART_BYTES:
        raise InvalidParts(f"Parts have from {LEAST_PART_BYTES:,} to {MOST_PART_BYTES:,} bytes, not {part_bytes:,}.")
    if -(-size // part_bytes) > MOST_PARTS:
        raise InvalidParts(
            f"Parts of {part_bytes:,} bytes are too small for {size:,}: at most {MOST_PARTS:,} are taken; "
            f"ask for {usual_part_bytes(size):,} or leave it out."
        )
    return [
        PartRange(number, offset, min(part_bytes, size - offset))
        for number, offset in enumerate(range(0, size, part_bytes), start=1)
    ]


@dataclass(frozen=True, slots=True)
class HeldPart:
    """A part that has arrived whole. `etag`: what the storage calls its content, without quotes."""

    number: int
    size: int
    etag: str
