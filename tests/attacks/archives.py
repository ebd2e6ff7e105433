"""Archives that mean harm, and mutants of good ones. The tables of the unit tests, sent through the front door."""

import json
import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from tests.factories.archives import LICENSE, card, model_package, npm_package, safetensors, zipped
from tests.packages_app.domain import test_framing, test_manifests, test_member_paths, test_scan
from tests.packages_app.zips import FULL_16, FULL_32, Entry, archive

_NUMBERS = (0, 1, 7, 0x7FFF, 0x8000, FULL_16)
_LARGE = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, FULL_32)
_CONFIG = Entry(b"config.json", b'{"name": "attack/none", "version": "1.0.0"}')
_WEIGHTS = Entry(b"model.safetensors", safetensors(), method=0)


@dataclass(frozen=True)
class Attack:
    kind: str
    name: str
    data: bytes


def hostile_archives() -> Iterator[Attack]:
    """Some hundreds; none may be more than refused, or published as what it is."""
    for name, data in test_framing.BAD.items():
        yield Attack("framing", name, data)
    for entry in test_framing.WRITERS.values():
        yield Attack("writers", str(entry[0].name), archive([*entry, _CONFIG]))
    yield from _lying_records()
    for raw in [*map(_raw, test_member_paths.BAD), *map(_raw, test_member_paths.GOOD), b"", b"\xff", b"\xed\xa0\x80"]:
        yield Attack("names", repr(raw), archive([_CONFIG, Entry(raw, b"x")]))
    yield from _models()
    yield from _manifests()
    yield from _bombs()


def mutants(count: int, seed: int = 1) -> Iterator[Attack]:
    """`count` archives that differ from a good one in a few places, the same each time."""
    dice = random.Random(seed)
    good = [
        model_package("attack/mutant", "1.0.0"),
        npm_package("attack-mutant", "1.0.0"),
        *(archive([*entries, _CONFIG]) for entries in test_framing.WRITERS.values()),
        *(packed(data, path) for data, path, _ in test_scan.CLEAN.values()),
    ]
    for number in range(count):
        data = bytearray(dice.choice(good))
        for _ in range(dice.choice([1, 1, 2, 5])):
            dice.choices(test_framing.MUTATIONS, weights=[6, 1, 1, 3, 1, 1])[0](dice, data)
        yield Attack("mutants", str(number), bytes(data))


def packed(data: bytes, path: str) -> bytes:
    """A model with this one file among its own."""
    return archive([_CONFIG, Entry(b"README.md", card("attack").encode()), Entry(path.encode(), data, method=0)])


def _raw(name: str | bytes) -> bytes:
    return name if isinstance(name, bytes) else name.encode("utf-8", "surrogatepass")


def _lying_records() -> Iterator[Attack]:
    """Every number of every record, set to what programmers forget."""
    fields = {
        "version": _NUMBERS,
        "flags": _NUMBERS,
        "method": _NUMBERS,
        "crc": _LARGE,
        "packed": _LARGE,
        "size": _LARGE,
    }
    for field, values in fields.items():
        for value in values:
            for record in ("local", "central"):
                entry = Entry(b"a.txt", b"text", **{record: {field: value}})  # type: ignore[arg-type]
                yield Attack("records", f"{record} {field} {value:#x}", archive([_CONFIG, entry, _WEIGHTS]))
    for field in ("offset", "disk"):
        for value in _NUMBERS:
            entry = Entry(b"a.txt", b"text", central={field: value})
            yield Attack("records", f"central {field} {value:#x}", archive([_CONFIG, entry]))
    for field in ("disk", "first_disk", "here", "members", "length", "offset", "comment"):
        for value in _NUMBERS:
            yield Attack("records", f"end {field} {value:#x}", archive([_CONFIG], end={field: value}))
    full = {"here": FULL_16, "members": FULL_16, "length": FULL_32, "offset": FULL_32}
    for field in ("here", "members", "length", "offset"):
        for value in _LARGE:
            end64 = {field: value * 2**30}
            yield Attack("records", f"end64 {field} {value:#x}", archive([_CONFIG], end64=end64, end=full))


def _models() -> Iterator[Attack]:
    for name, (data, path, _) in test_scan.BAD.items():
        yield Attack("models", name, packed(data, path))
    for name, (data, _, _) in test_scan.BAD_PICKLES.items():
        for path in ("pytorch_model.bin", "model.pkl"):
            yield Attack("models", f"{name} in {path}", packed(data, path))
    for length in (0, 1, 99, 2**31, 2**63, 2**64 - 1):
        yield Attack("models", f"safetensors of {length}", packed(struct.pack("<Q", length) + b"{}", "m.safetensors"))
        claims = b"GGUF" + struct.pack("<LQQ", 3, length, length)
        yield Attack("models", f"GGUF of {length}", packed(claims, "m.gguf"))


def _manifests() -> Iterator[Attack]:
    nasty: list[object] = [
        None, True, 0, -1, 1e308, 10**400, "", " ", "\0", "\ud800", "a" * 10_000, [], {}, [[[[[]]]]], {"": {}}, ["x"] * 10_000,
    ]  # fmt: skip
    for number, value in enumerate(nasty):
        for field in (
            "name",
            "version",
            "license",
            "description",
            "dependencies",
            "repository",
            "base_model",
            "_name_or_path",
        ):
            said = {"name": "attack/manifest", "version": f"1.0.{number}"} | {field: value}
            text = json.dumps(said)
            yield Attack("manifests", f"{field} of kind {number}", zipped({"package.json": text, "LICENSE": LICENSE}))
            yield Attack("manifests", f"config's {field} of kind {number}", zipped({"config.json": text}))
    for name, text in BROKEN.items():
        yield Attack("manifests", name, zipped({"config.json": text}))
        yield Attack("manifests", f"{name} front matter", _card(text))
    for number, line in enumerate(test_manifests.CARD.decode().splitlines()):
        yield Attack("manifests", f"card line {number}", _card(f"{line}\n" * 99))


#: Documents of JSON, which is YAML as well, and one of YAML alone.
BROKEN = {
    "deep": "[" * 100_000 + "]" * 100_000,
    "nested": '{"a": ' * 5_000 + "1" + "}" * 5_000,
    "a key twice": '{"a": 1, "a": 2}',
    "no number": '{"a": NaN}',
    "half": "{",
    "a billion laughs": "a: &a [x]\n"
    + "".join(f"{b}: &{b} [{', '.join(['*' + a] * 9)}]\n" for a, b in pairwise("abcdefghi")),
}


def _card(front: str) -> bytes:
    return zipped({"config.json": "{}", "README.md": f"---\n{front}\n---\n"})


def _bombs() -> Iterator[Attack]:
    flat = bytes(80 * 1024 * 1024)
    yield Attack("bombs", "zeros", archive([_CONFIG, Entry(b"zeros.bin", flat)]))
    yield Attack("bombs", "many of a name", archive([_CONFIG, *(Entry(b"a", b"") for _ in range(999))]))
    yield Attack("bombs", "many", archive([Entry(b"%d" % number, b"") for number in range(20_000)] + [_CONFIG]))
    yield Attack("bombs", "deep folders", archive([_CONFIG, Entry(b"a/" * 500 + b"a", b"x")]))
    inner = zipped({"a": "b"})
    for _ in range(40):
        inner = zipped({"a.zip": inner})
    yield Attack("bombs", "archives in archives", archive([_CONFIG, Entry(b"a.zip", inner)]))
