"""Weights as files: safetensors and GGUF, written by the rules of their formats with the standard library alone.

Sources: the format section of the safetensors README; docs/gguf.md of ggml.
"""

import json
import struct
import sys
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

_GGUF_VERSION = 3
_GGUF_ALIGNMENT = 32
_UINT32, _FLOAT32, _STRING, _ARRAY = 4, 6, 8, 9
_Q8_0 = 8
#: Q8_0 keeps this many weights with one scale of half precision.
BLOCK = 32

GGUFValue = int | float | str | Sequence[str]


@dataclass(frozen=True)
class Tensor:
    """Float32 `values` in row-major order; as many as the product of `shape`."""

    shape: tuple[int, ...]
    values: "array[float]"

    def __post_init__(self) -> None:
        count = 1
        for length in self.shape:
            count *= length
        if count != len(self.values):
            raise ValueError(f"A tensor of shape {self.shape} has {count} values, not {len(self.values)}.")


def safetensors(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> bytes:
    """A safetensors file of `tensors` as F32, without holes, the data aligned to 8 bytes."""
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    offset = 0
    for name, tensor in tensors.items():
        size = 4 * len(tensor.values)
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + size]}
        offset += size
    written = json.dumps(header, separators=(",", ":")).encode()
    written += b" " * (-len(written) % 8)
    return struct.pack("<Q", len(written)) + written + b"".join(_float32(one.values) for one in tensors.values())


def gguf(metadata: Mapping[str, GGUFValue], tensors: Mapping[str, Tensor]) -> bytes:
    """A GGUF file, version 3, of two-dimensional `tensors` quantized to Q8_0; their rows are multiples of BLOCK."""
    quantized = {name: b"".join(_q8_0(tensor.values)) for name, tensor in tensors.items()}
    head = [struct.pack("<4sIQQ", b"GGUF", _GGUF_VERSION, len(tensors), len(metadata))]
    head += [_gguf_string(key) + _gguf_value(value) for key, value in metadata.items()]
    offset = 0
    for name, tensor in tensors.items():
        rows, columns = tensor.shape
        head.append(_gguf_string(name) + struct.pack("<IQQIQ", 2, columns, rows, _Q8_0, offset))
        offset += len(_padded(quantized[name]))
    return _padded(b"".join(head)) + b"".join(_padded(data) for data in quantized.values())


def _float32(values: Iterable[float]) -> bytes:
    written = array("f", values)
    if sys.byteorder == "big":
        written.byteswap()
    return written.tobytes()


def _q8_0(values: Sequence[float]) -> Iterator[bytes]:
    """Blocks of a half-precision scale and BLOCK signed bytes: weight = scale * byte."""
    for start in range(0, len(values), BLOCK):
        block = values[start : start + BLOCK]
        scale = max(abs(value) for value in block) / 127
        yield struct.pack(f"<e{BLOCK}b", scale, *(round(value / scale) if scale else 0 for value in block))


def _gguf_value(value: GGUFValue) -> bytes:
    if isinstance(value, str):
        return struct.pack("<I", _STRING) + _gguf_string(value)
    if isinstance(value, int):
        return struct.pack("<II", _UINT32, value)
    if isinstance(value, float):
        return struct.pack("<If", _FLOAT32, value)
    return struct.pack("<IIQ", _ARRAY, _STRING, len(value)) + b"".join(map(_gguf_string, value))


def _gguf_string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % _GGUF_ALIGNMENT)
