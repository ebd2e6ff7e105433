"""Safetensors headers, checked as the format's own reader checks them: no lie, no hole, no overlap, nothing left over.

Source: the format section of the safetensors project's README, and `Metadata::validate` in `safetensors/src/tensor.rs`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from packages_app.domain.documents import parse_json
from packages_app.domain.reading import Reader
from packages_app.domain.refusals import Unacceptable, shown

HEADER_BYTES = 4 * 1024 * 1024
LONGEST_HEADER_BYTES = 100_000_000  # the format's own bound
METADATA_BYTES = 1024 * 1024
TENSOR_BYTES = 16 * 1024
BATCH = 256
DIMENSIONS = 64
_MOST = 1 << 62
#: Bits of one element.
DTYPE_BITS = {
    **dict.fromkeys(("F4",), 4),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("I16", "U16", "F16", "BF16"), 16),
    **dict.fromkeys(("I32", "U32", "F32"), 32),
    **dict.fromkeys(("I64", "U64", "F64", "C64"), 64),
}


_METADATA = b'"__metadata__"'
_STRING = rb'"(?:[^"\\]|\\.)*+"'
#: A key, and an object that holds no others; whether they are sound JSON is seen when they are parsed.
_ENTRY = re.compile(
    rb'\s*+(%b\s*+:\s*+(?:\{[^"{}]*+(?:%b[^"{}]*+)*+\}|null))\s*+(?:,(?!\s*+\})|(?=\}))' % (_STRING, _STRING), re.DOTALL
)
_END = re.compile(rb"\s*+\}\s*+")


@dataclass(frozen=True)
class Safetensors:
    """What a header declares. `dtypes`: number of parameters by dtype; `header_bytes`: without its length."""

    tensors: int
    parameters: int
    dtypes: Mapping[str, int]
    metadata: Mapping[str, str]
    header_bytes: int


def looks_like_safetensors(head: bytes, size: int) -> bool:
    length = int.from_bytes(head[:8], "little")
    return head[8:9] == b"{" and 2 <= length <= min(size - 8, LONGEST_HEADER_BYTES)


def read_safetensors(reader: Reader, path: str) -> Safetensors:
    """The header of the file `path` that `reader` stands at the start of.

    Raises Unacceptable: `bad_weights` where it isn't sound, `weights_not_read` where it is longer than is read here;
    and Truncated, Exhausted.
    """
    size = reader.left
    if size < 10:
        raise _bad(path, "is too short for safetensors")
    (length,) = reader.unpack("<Q")
    if length > min(size - 8, LONGEST_HEADER_BYTES):
        raise _bad(path, "says that its header is longer than the file, or than the format allows")
    if length > HEADER_BYTES:
        raise Unacceptable(f"{path} has a header of more than {HEADER_BYTES >> 20} MiB.", "weights_not_read")
    reader.step(length // 8)
    metadata: dict[str, str] = {}
    names: set[str] = set()
    spans: list[tuple[int, int]] = []
    dtypes: Counter[str] = Counter()
    for name, declared in _entries(reader.take(length), path):
        if name in names:
            raise _bad(path, f"declares the tensor {shown(name)} twice")
        names.add(name)
        if name == "__metadata__":
            metadata = _metadata(declared, path)
            continue
        dtype, parameters, begin, end = _tensor(name, declared, path)
        dtypes[dtype] += parameters
        spans.append((begin, end))
    _check_spans(spans, size - 8 - length, path)
    return Safetensors(len(spans), sum(dtypes.values()), dict(dtypes), metadata, length)


def _entries(header: bytes, path: str) -> Iterator[tuple[str, object]]:
    """The tensors and the metadata that a header declares, one by one: together they would take much memory."""
    if not header.startswith(b"{"):
        raise _bad(path, "has a header that doesn't start with {")
    at = 1
    batch: list[bytes] = []
    while found := _ENTRY.match(header, at):
        if len(found[1]) > (METADATA_BYTES if found[1].startswith(_METADATA) else TENSOR_BYTES):
            raise Unacceptable(f"{path} declares more about a tensor, or about all, than is read.", "weights_not_read")
        batch.append(found[1])
        at = found.end()
        if len(batch) == BATCH:
            yield from _parsed(batch, path)
            batch = []
    yield from _parsed(batch, path)
    if _END.fullmatch(header, at) is None:
        raise _bad(path, "has a header that is not an object of tensors")


def _parsed(entries: list[bytes], path: str) -> Iterable[tuple[str, object]]:
    return cast("dict[str, object]", parse_json(b"{%b}" % b",".join(entries), path, most=HEADER_BYTES)).items()


def _metadata(declared: object, path: str) -> dict[str, str]:
    if declared is None:
        return {}
    if not isinstance(declared, dict) or not all(isinstance(value, str) for value in declared.values()):
        raise _bad(path, "has metadata that are not strings")
    return declared


def _tensor(name: str, declared: object, path: str) -> tuple[str, int, int, int]:
    """dtype, number of parameters, and where its data begin and end."""
    if not isinstance(declared, dict) or declared.keys() != {"dtype", "shape", "data_offsets"}:
        raise _bad(path, f"declares the tensor {name!r} without exactly dtype, shape and data_offsets")
    dtype, shape, offsets = declared["dtype"], declared["shape"], declared["data_offsets"]
    bits = DTYPE_BITS.get(dtype) if isinstance(dtype, str) else None
    if bits is None:
        raise _bad(path, f"declares the tensor {name!r} with an unknown dtype")
    if not _are_counts(shape) or len(shape) > DIMENSIONS or not _are_counts(offsets) or len(offsets) != 2:
        raise _bad(path, f"declares the tensor {name!r} with a shape or offsets that are not counts")
    parameters = _product(shape)
    begin, end = offsets
    if parameters * bits != (end - begin) * 8:
        raise _bad(path, f"gives the tensor {name!r} another number of bytes than dtype and shape need")
    return dtype, parameters, begin, end


def _are_counts(value: object) -> bool:
    return isinstance(value, list) and all(type(count) is int and 0 <= count < _MOST for count in value)


def _product(shape: list[int]) -> int:
    """Their product, or something too large to be true as soon as it is clear."""
    if 0 in shape:
        return 0
    product = 1
    for count in shape:
        product *= count
        if product > _MOST:
            break
    return product


def _check_spans(spans: list[tuple[int, int]], size: int, path: str) -> None:
    at = 0
    for begin, end in sorted(spans):
        if begin != at:
            raise _bad(path, f"has tensors that overlap or leave a hole at byte {min(begin, at)} of their data")
        at = end
    if at != size:
        raise _bad(path, f"has {size} bytes of data, and its header accounts for {at}")


def _bad(path: str, why: str) -> Unacceptable:
    return Unacceptable(f"{path} {why}; save it again.", "bad_weights")
