import pytest

from metrics_app.collectors.weights import safetensors as checked
from metrics_app.collectors.weights import shards
from metrics_app.domain.evidence import Check
from tests.metrics_app.collectors.packages import package, safetensors


def tensor(start: int, end: int, dtype: str = "F32", shape: tuple[int, ...] = (2,)) -> dict[str, object]:
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, end]}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (safetensors({"a": tensor(0, 8)}, 8), ""),
        (safetensors({"__metadata__": {"format": "pt"}, "b": tensor(8, 16), "a": tensor(0, 8)}, 16), ""),
        (safetensors({"a": tensor(0, 4, "F32", ())}, 4), ""),
        (safetensors({"a": tensor(0, 0, "F32", (0, 3))}, 0), ""),
        (safetensors({"a": tensor(0, 2, "F8_E4M3")}, 2), ""),
        (safetensors({"a": tensor(0, 1, "F4")}, 1), ""),
        (safetensors({}, 0), ""),
        (safetensors(b'{"a": {"dtype": "U8", "shape": [1], "data_offsets": [0, 1]}}   ', 1), ""),
        (b"", "shorter than a header"),
        (b"version https://git-lfs.github.com/spec/v1\n", "header length 2336927755350992246 does not fit"),
        ((100).to_bytes(8, "little") + b"{}", "header length 100 does not fit"),
        (safetensors(b"not JSON", 0), "header is not JSON"),
        (safetensors(b"[" * 200_000, 0), "header is not JSON"),
        (safetensors([], 0), "header holds no JSON object"),
        (safetensors({"a": tensor(0, 8)}, 7), "tensors end at byte 8 of 7"),
        (safetensors({"a": tensor(0, 8)}, 9), "tensors end at byte 8 of 9"),
        (safetensors({"a": tensor(0, 7)}, 7), "tensor a is not described soundly"),
        (safetensors({"a": tensor(0, 8), "b": tensor(4, 12)}, 12), "tensors overlap or leave gaps"),
        (safetensors({"a": tensor(4, 12)}, 12), "tensors overlap or leave gaps"),
        (safetensors({"a": tensor(0, 8, "F99")}, 8), "tensor a is not described soundly"),
        (safetensors({"a": tensor(0, 8, "F32", (-2,))}, 8), "tensor a is not described soundly"),
        (safetensors({"a": 3}, 8), "tensor a is not described soundly"),
        (
            safetensors({"a": {"dtype": "F32", "shape": [True], "data_offsets": [0, 4]}}, 4),
            "tensor a is not described soundly",
        ),
    ],
)
def test_header(data: bytes, problem: str) -> None:
    assert checked(package({"model.safetensors": data})) == (Check("model.safetensors", not problem, problem),)


def test_shards_that_an_index_names() -> None:
    index = {"weight_map": {"x": "a.safetensors", "y": "b.safetensors", "z": "a.safetensors"}}
    files = package({"sub/model.safetensors.index.json": dict(index), "sub/a.safetensors": b"", "b.safetensors": b""})
    assert shards(files) == (
        Check("sub/a.safetensors", holds=True, detail="sub/model.safetensors.index.json"),
        Check("sub/b.safetensors", holds=False, detail="sub/model.safetensors.index.json"),
    )


@pytest.mark.parametrize("content", ["{", "{}", '{"weight_map": {}}', '{"weight_map": 3}'])
def test_index_that_names_nothing_fails(content: str) -> None:
    checks = shards(package({"pytorch_model.bin.index.json": content}))
    assert [(check.subject, check.holds) for check in checks] == [("pytorch_model.bin.index.json", False)]
