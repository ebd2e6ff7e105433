"""ONNX models, walked as the protobuf messages they are: enough to know one, and to see which files it reads.

Field numbers: `onnx/onnx.proto` of the ONNX project. Tensor data are skipped.
"""

from dataclasses import dataclass

from packages_app.domain.reading import Reader, Truncated
from packages_app.domain.refusals import Unacceptable

DEPTH = 24
LOCATION_BYTES = 4096
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_IR_VERSIONS = range(1, 64)
#: Which fields of a message hold which messages.
_WITHIN: dict[str, dict[int, str]] = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "node": {5: "attribute"},
    "attribute": {5: "tensor", 10: "tensor", 6: "graph", 11: "graph", 22: "sparse", 23: "sparse"},
    "tensor": {13: "external"},
    "external": {},
}


@dataclass(frozen=True)
class Onnx:
    """`external`: the paths of the files that its tensors are read from, as written, each once."""

    ir_version: int
    external: tuple[str, ...]


def looks_like_onnx(head: bytes) -> bool:
    """An ir_version, and after it another field of a model: strings, a graph, operator sets."""
    return (
        len(head) > 3
        and head[0] == 0x08
        and head[1] in _IR_VERSIONS
        and head[2] in {0x12, 0x1A, 0x22, 0x28, 0x3A, 0x42}
    )


def read_onnx(reader: Reader, path: str) -> Onnx:
    """The model in the file `path`. Raises Unacceptable (`bad_weights`) where it isn't one; Truncated, Exhausted."""
    model = _Walk(reader, path)
    model.message("model", reader.at + reader.left, 0)
    if len(model.versions) != 1 or model.versions[0] not in _IR_VERSIONS or not model.has_graph:
        raise _bad(path, "has no ir_version or no graph")
    return Onnx(model.versions[0], tuple(model.external))


class _Walk:
    """One way through all messages of a model, and what was met on it."""

    def __init__(self, reader: Reader, path: str) -> None:
        self._reader = reader
        self._path = path
        self.versions: list[int] = []
        self.has_graph = False
        self.external: dict[str, None] = {}

    def message(self, kind: str, end: int, depth: int) -> None:
        if depth > DEPTH:
            raise _bad(self._path, f"is nested more than {DEPTH} levels deep")
        entry: dict[int, str] = {}
        while self._reader.at < end:
            self._reader.step()
            number, wire = divmod(_varint(self._reader), 8)
            if wire == _VARINT:
                value = _varint(self._reader)
                if kind == "model" and number == 1:
                    self.versions.append(value)
            elif wire == _BYTES:
                self._field(kind, number, end, depth, entry)
            elif wire in {_FIXED64, _FIXED32}:
                self._reader.skip(8 if wire == _FIXED64 else 4)
            else:
                raise _bad(self._path, "holds what protobuf doesn't have")
        if self._reader.at != end:
            raise Truncated
        if entry.get(1) == "location":
            self.external[entry.get(2, "")] = None

    def _field(self, kind: str, number: int, end: int, depth: int, entry: dict[int, str]) -> None:
        """A field that has a length: a message to walk, half an entry about external data, or data to pass over."""
        length = _varint(self._reader)
        if length > end - self._reader.at:
            raise Truncated
        within = _WITHIN[kind].get(number)
        if within is not None:
            self.has_graph = self.has_graph or within == "graph"
            self.message(within, self._reader.at + length, depth + 1)
        elif kind == "external":
            if length > LOCATION_BYTES:
                raise _bad(self._path, "names external data by more than a path")
            entry[number] = self._reader.take(length).decode("utf-8", "backslashreplace")
        else:
            self._reader.skip(length)


def _varint(reader: Reader) -> int:
    value = 0
    for shift in range(0, 70, 7):
        (byte,) = reader.take(1)
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value
    raise Truncated


def is_outside(location: str) -> bool:
    """Whether a model reads a file beyond the directory it lies in."""
    parts = location.replace("\\", "/").split("/")
    return location.startswith(("/", "\\")) or ":" in location or ".." in parts or "\0" in location


def _bad(path: str, why: str) -> Unacceptable:
    return Unacceptable(f"{path} {why}; save it again.", "bad_weights")
