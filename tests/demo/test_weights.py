"""Files written by demo.weights, parsed back by the rules of their formats."""

import json
import struct
from array import array
from dataclasses import dataclass, field
from typing import Any

import pytest

from demo.weights import GGUFValue, Tensor, gguf, safetensors


def tensor(*shape: int, step: float = 0.25) -> Tensor:
    count = 1
    for length in shape:
        count *= length
    return Tensor(shape, array("f", (step * number - 1 for number in range(count))))


@dataclass
class Cursor:
    """Reads little-endian values off the front of `data`."""

    data: bytes
    at: int = 0
    kinds: dict[int, str] = field(default_factory=lambda: {4: "I", 6: "f"})

    def take(self, form: str) -> Any:
        (value,) = struct.unpack_from(f"<{form}", self.data, self.at)
        self.at += struct.calcsize(f"<{form}")
        return value

    def text(self) -> str:
        length = self.take("Q")
        self.at += length
        return self.data[self.at - length : self.at].decode()

    def value(self) -> Any:
        kind = self.take("I")
        if kind == 9:
            assert self.take("I") == 8
            return [self.text() for _ in range(self.take("Q"))]
        return self.text() if kind == 8 else self.take(self.kinds[kind])


@pytest.mark.parametrize(
    "tensors",
    [{}, {"a": tensor(3)}, {"a": tensor(2, 3), "b": tensor(5, 1), "none": tensor(0, 4)}],
    ids=["none", "one", "several"],
)
def test_safetensors_read_back(tensors: dict[str, Tensor]) -> None:
    written = safetensors(tensors, {"format": "pt"})
    (length,) = struct.unpack_from("<Q", written)
    header = json.loads(written[8 : 8 + length])
    data = written[8 + length :]
    assert length % 8 == 0
    assert written[8:9] == b"{"
    assert header.pop("__metadata__") == {"format": "pt"}
    end = 0
    for name, expected in tensors.items():
        start, stop = header[name]["data_offsets"]
        assert (header[name]["dtype"], tuple(header[name]["shape"]), start) == ("F32", expected.shape, end)
        assert struct.unpack(f"<{len(expected.values)}f", data[start:stop]) == tuple(expected.values)
        end = stop
    assert (list(header), end) == (list(tensors), len(data))


def test_gguf_reads_back() -> None:
    metadata: dict[str, GGUFValue] = {"general.name": "N", "count": 3, "scale": 0.5, "tokens": ["a", "", "é"]}
    tensors = {"first": tensor(1, 32), "second": tensor(3, 64), "zeros": tensor(1, 32, step=0)}
    written = gguf(metadata, tensors)
    cursor = Cursor(written)
    head = [cursor.take(form) for form in ("4s", "I", "Q", "Q")]
    assert head == [b"GGUF", 3, len(tensors), len(metadata)]
    assert {cursor.text(): cursor.value() for _ in metadata} == metadata
    infos = {cursor.text(): [cursor.take(form) for form in "IQQIQ"] for _ in tensors}
    start = cursor.at + -cursor.at % 32
    end = 0
    for name, expected in tensors.items():
        rows, columns = expected.shape
        assert infos[name] == [2, columns, rows, 8, end]
        blocks = len(expected.values) // 32
        restored = []
        for block in range(blocks):
            scale, *weights = struct.unpack_from("<e32b", written, start + end + 34 * block)
            restored += [scale * weight for weight in weights]
        largest = max(abs(value) for value in expected.values)
        assert restored == pytest.approx(list(expected.values), abs=largest / 200)
        end += blocks * 34 + -(blocks * 34) % 32
    assert start + end == len(written)


def test_a_tensor_holds_what_its_shape_says() -> None:
    with pytest.raises(ValueError, match=r"^A tensor of shape \(2, 2\) has 4 values, not 3\.$"):
        Tensor((2, 2), array("f", [1, 2, 3]))
