"""Whether weight files are what they say: safetensors headers, and the shards that an index names.

Source: the safetensors format (8 bytes little-endian header length, a JSON header, the tensors' bytes without gaps).
"""

import json
import math
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from metrics_app.collectors.files import Files, ManifestError
from metrics_app.domain.evidence import Check

HEADER_BYTES = 100 * 1000 * 1000
#: Longer headers are real but rare; they are checked for their length alone, so that memory stays bounded.
READ_BYTES = 16 * 1024 * 1024
BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "F4": 4,
    "F6_E2M3": 6, "F6_E3M2": 6, "I16": 16, "U16": 16, "F16": 16, "BF16": 16, "I32": 32, "U32": 32, "F32": 32,
    "I64": 64, "U64": 64, "F64": 64, "C64": 64,
}  # fmt: skip
MOST = 1_000


def safetensors(files: Files) -> tuple[Check, ...]:
    paths = sorted(path for path in files.sizes if path.endswith(".safetensors"))[:MOST]
    checks = ((path, _problem(files, path)) for path in paths)
    return tuple(Check(path, not problem, problem) for path, problem in checks)


def _problem(files: Files, path: str) -> str:
    """What is wrong with the header, "" where it is sound."""
    size = files.sizes[path]
    if size < 8:
        return "shorter than a header"
    length = int.from_bytes(files.head(path, 8), "little")
    if length > HEADER_BYTES or length > size - 8:
        return f"header length {length} does not fit"
    if length > READ_BYTES:
        return ""
    try:
        header = json.loads(files.head(path, 8 + length)[8:])
    except (ValueError, RecursionError):
        return "header is not JSON"
    if not isinstance(header, dict):
        return "header holds no JSON object"
    return _layout_problem(header, size - 8 - length)


def _layout_problem(header: Mapping[str, Any], room: int) -> str:
    """Tensors must have the bytes their type and shape take, and fill the `room` bytes without gap or overlap."""
    spans = []
    for name, tensor in header.items():
        if name == "__metadata__":
            continue
        span = _span(tensor)
        if span is None:
            return f"tensor {name[:100]} is not described soundly"
        spans.append(span)
    at = 0
    for start, end in sorted(spans):
        if start != at:
            return "tensors overlap or leave gaps"
        at = end
    return "" if at == room else f"tensors end at byte {at} of {room}"


def _span(tensor: object) -> tuple[int, int] | None:
    if not isinstance(tensor, Mapping):
        return None
    shape, offsets, bits = (
        _counts(tensor.get("shape")),
        _counts(tensor.get("data_offsets")),
        BITS.get(str(tensor.get("dtype"))),
    )
    if shape is None or offsets is None or len(offsets) != 2 or len(shape) > 64 or not bits:
        return None
    start, end = offsets
    return (start, end) if (end - start) * 8 == math.prod(shape) * bits else None


def _counts(value: object) -> list[int] | None:
    """`value` where it is a list of whole numbers that sizes can be."""
    sound = isinstance(value, list) and all(type(one) is int and 0 <= one < 2**63 for one in value)
    return value if isinstance(value, list) and sound else None


def shards(files: Files) -> tuple[Check, ...]:
    """Whether each file that a weight index names lies beside it; an index that can't be read names itself, missing."""
    checks: list[Check] = []
    for path in sorted(path for path in files.sizes if path.endswith((".safetensors.index.json", ".bin.index.json"))):
        folder = PurePosixPath(path).parent
        try:
            named = files.json(path).get("weight_map")
        except ManifestError as error:
            checks.append(Check(path, holds=False, detail=str(error)))
            continue
        targets = sorted({str(one) for one in named.values()}) if isinstance(named, Mapping) else []
        if not targets:
            checks.append(Check(path, holds=False, detail="names no files"))
        checks += (Check(str(folder / one)[:300], files.has(str(folder / one)), path) for one in targets[:MOST])
    return tuple(checks)
