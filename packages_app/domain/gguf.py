"""GGUF headers: metadata, tensors, where their data lie. Source: `docs/gguf.md` of the ggml project, versions 2, 3."""

from collections.abc import Mapping
from dataclasses import dataclass

from packages_app.domain.reading import Reader
from packages_app.domain.refusals import Unacceptable

MAGIC = b"GGUF"
KEYS = 65_536
TENSORS = 100_000
ELEMENTS = 4_000_000
KEY_BYTES = 65_535
STRING_BYTES = 64 * 1024
TEMPLATE_BYTES = 256 * 1024
DIMENSIONS = 4
ALIGNMENT = 32
CHAT_TEMPLATE = "tokenizer.chat_template"
_STRING, _ARRAY = 8, 9
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
#: Elements and bytes of a block by ggml type. Source: `GGML_QUANT_SIZES` in gguf-py's `constants.py`.
_BLOCKS = dict(
    [
        *((0, (1, 4)), (1, (1, 2)), (2, (32, 18)), (3, (32, 20)), (6, (32, 22)), (7, (32, 24)), (8, (32, 34))),
        *((9, (32, 36)), (10, (256, 84)), (11, (256, 110)), (12, (256, 144)), (13, (256, 176)), (14, (256, 210))),
        *((15, (256, 292)), (16, (256, 66)), (17, (256, 74)), (18, (256, 98)), (19, (256, 50)), (20, (32, 18))),
        *((21, (256, 110)), (22, (256, 82)), (23, (256, 136)), (24, (1, 1)), (25, (1, 2)), (26, (1, 4))),
        *((27, (1, 8)), (28, (1, 8)), (29, (256, 56)), (30, (1, 2)), (34, (256, 54)), (35, (256, 66)), (39, (32, 17))),
    ]
)

Value = str | int | float | bool | None


@dataclass(frozen=True)
class Gguf:
    """What a header declares. `metadata`: its `general.*` keys and the chat template; None: an array, a long string."""

    version: int
    tensors: int
    parameters: int
    metadata: Mapping[str, Value]

    def base_models(self) -> tuple[str, ...]:
        """`general.base_model.*`: the repository of each parent, else its organization and name, in their order."""
        count = self.metadata.get("general.base_model.count")
        found = []
        for number in range(min(count, 64) if isinstance(count, int) else 0):
            repo, organization, name = (
                self.metadata.get(f"general.base_model.{number}.{key}") for key in ("repo_url", "organization", "name")
            )
            parts = [part for part in (organization, name) if isinstance(part, str) and part]
            found.append(repo if isinstance(repo, str) and repo else "/".join(parts))
        return tuple(reference for reference in found if reference)


def read_gguf(reader: Reader, path: str) -> Gguf:
    """The header of the file `path` that `reader` stands at the start of.

    Raises Unacceptable: `bad_weights` where it isn't sound, `weights_not_read` for versions and sizes not read here;
    and Truncated, Exhausted.
    """
    magic, version = reader.unpack("<4sI")
    if magic != MAGIC:
        raise _bad(path, "doesn't start as GGUF does")
    if version not in {2, 3}:
        raise Unacceptable(f"{path} is GGUF of version {version}, of which nothing is known here.", "weights_not_read")
    tensors, keys = reader.unpack("<2Q")
    if tensors > TENSORS or keys > KEYS:
        raise _bad(path, "claims more tensors or keys than a model has")
    walk = _Walk(reader, path)
    metadata: dict[str, Value] = {}
    seen: set[str] = set()
    for _ in range(keys):
        reader.step(2)
        key = walk.text(KEY_BYTES)
        if key is None or key in seen:
            raise _bad(path, "has a key that is too long or there twice")
        seen.add(key)
        keep = key.startswith("general.") or key == CHAT_TEMPLATE
        value = walk.value(TEMPLATE_BYTES if key == CHAT_TEMPLATE else STRING_BYTES if keep else 0)
        if keep:
            metadata[key] = value
    return Gguf(version, tensors, walk.tensors(tensors, metadata.get("general.alignment", ALIGNMENT)), metadata)


class _Walk:
    """The parts of one header, read in turn; what they take counts against one bound."""

    def __init__(self, reader: Reader, path: str) -> None:
        self._reader = reader
        self._path = path
        self._elements = 0

    def text(self, keep: int) -> str | None:
        """A string, or None where it is longer than `keep` bytes, or is not to be kept."""
        (length,) = self._reader.unpack("<Q")
        if length > keep:
            self._reader.skip(length)
            return None
        return self._reader.take(length).decode("utf-8", "replace").replace("\0", "\ufffd")

    def value(self, keep: int) -> Value:
        (kind,) = self._reader.unpack("<I")
        if kind == _STRING:
            return self.text(keep)
        if kind == _ARRAY:
            self._skip_array()
            return None
        if kind not in _SCALARS:
            raise _bad(self._path, "has a value of a type that GGUF doesn't have")
        value: Value = self._reader.unpack("<" + _SCALARS[kind])[0]
        return value

    def _skip_array(self) -> None:
        kind, count = self._reader.unpack("<IQ")
        if kind in _WIDTHS:
            self._reader.skip(count * _WIDTHS[kind])
            return
        self._elements += count
        if kind != _STRING or self._elements > ELEMENTS:
            raise _bad(self._path, "has an array of arrays, or of more strings than a vocabulary has")
        self._reader.step(count // 4)
        self._reader.skip_strings(count)

    def tensors(self, count: int, alignment: Value) -> int:
        """How many parameters the tensors have, whose data follow each other, each aligned, up to the file's end.

        Raises Unacceptable where they don't: llama.cpp reads no others.
        """
        if type(alignment) is not int or alignment < 1 or alignment % 8 or alignment > 1 << 20:
            raise _bad(self._path, "has an alignment that is not a multiple of eight")
        parameters = at = end = 0
        for _ in range(count):
            elements, begin, size = self._tensor(alignment)
            if begin != at:
                raise _bad(self._path, "has tensors that overlap or leave a hole")
            parameters += elements
            end = begin + size
            at = _aligned(end, alignment)
        header = self._reader.at
        room = header + self._reader.left - _aligned(header, alignment)
        if end > max(room, 0):
            raise _bad(self._path, "has tensors that reach beyond the file")
        if room > at:
            raise _bad(self._path, "has data after its last tensor")
        return parameters

    def _tensor(self, alignment: int) -> tuple[int, int, int]:
        """Number of parameters, where the data begin, from the start of all data, and how many bytes they have."""
        self._reader.step(4)
        name = self.text(KEY_BYTES)
        (dimensions,) = self._reader.unpack("<I")
        if name is None or dimensions > DIMENSIONS:
            raise _bad(self._path, f"has a tensor of more than {DIMENSIONS} dimensions, or with a name too long")
        elements = 1
        for size in self._reader.unpack(f"<{dimensions}Q"):
            elements *= size
        kind, begin = self._reader.unpack("<IQ")
        if kind not in _BLOCKS:
            raise Unacceptable(f"{self._path} has a tensor of a type that is not known here.", "weights_not_read")
        per_block, block_bytes = _BLOCKS[kind]
        if begin % alignment or elements % per_block:
            raise _bad(self._path, "has a tensor that is not aligned, or not whole blocks of its type")
        return elements, begin, elements // per_block * block_bytes


def _aligned(offset: int, alignment: int) -> int:
    return -(-offset // alignment) * alignment


def _bad(path: str, why: str) -> Unacceptable:
    return Unacceptable(f"{path} {why}; save it again.", "bad_weights")
