import builtins
import collections
import contextlib
import datetime
import io
import json
import os
import pickle
import random
import struct
import time
import tracemalloc
from collections.abc import Callable

import pytest

from packages_app.archive import Archive
from packages_app.domain.framing import Limits
from packages_app.domain.pickle_names import is_allowed, is_dangerous
from packages_app.domain.reading import Budget, Exhausted
from packages_app.domain.refusals import Unacceptable
from packages_app.domain.scan import HEAD_BYTES, Scan, Verdict, scan_member
from tests.packages_app.zips import FULL_32, Entry, archive


def scan(data: bytes, path: str = "model.bin") -> Scan:
    return scan_member(data[:HEAD_BYTES], lambda: io.BytesIO(data), path, len(data))


class Runs:
    """Unpickled, it calls `function` with `arguments`."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call


def text(value: str) -> bytes:
    return b"\x8c" + bytes([len(value)]) + value.encode()


def safetensors(header: object, data: bytes = b"", *, length: int | None = None) -> bytes:
    encoded = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(encoded) if length is None else length) + encoded + data


def tensor(dtype: str, shape: object, *offsets: object) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": list(offsets)}


def gguf(
    *pairs: tuple[str, int, bytes], tensors: bytes = b"", count: int = 0, data: bytes = b"", version: int = 3
) -> bytes:
    body = b"".join(gguf_text(key) + struct.pack("<I", kind) + value for key, kind, value in pairs) + tensors
    head = b"GGUF" + struct.pack("<IQQ", version, count, len(pairs)) + body
    return head + bytes(-len(head) % 32) + data


def gguf_text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def gguf_tensor(name: str, offset: int, *shape: int, kind: int = 0) -> bytes:
    return gguf_text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)


def varint(value: int) -> bytes:
    return bytes([value]) if value < 128 else bytes([value & 127 | 128]) + varint(value >> 7)


def message(*fields: tuple[int, int | str | bytes]) -> bytes:
    packed = b""
    for number, value in fields:
        if isinstance(value, int):
            packed += varint(number << 3) + varint(value)
        else:
            raw = value.encode() if isinstance(value, str) else value
            packed += varint(number << 3 | 2) + varint(len(raw)) + raw
    return packed


def onnx(*locations: str) -> bytes:
    external = [message((13, message((2, location), (1, "location")))) for location in locations]
    tensors = [(5, message((1, 3), (2, 1), (14, 1), (8, "w")) + entry) for entry in external]
    node = message((1, "x"), (4, "Relu"), (5, message((1, "a"), (5, message((9, bytes(3000)))))))
    return message((1, 8), (2, "maker"), (7, message((1, node), (2, "g"), *tensors)), (8, message((2, 17))))


def npy(descr: str, shape: str, data: bytes, version: int = 1) -> bytes:
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY" + bytes([version, 0]) + struct.pack("<H" if version == 1 else "<I", len(header)) + header + data


STORAGE = b"(X\x07\0\0\0storageq\x01ctorch\nFloatStorage\nq\x02X\x01\0\0\0" + b"0X\x03\0\0\0cpuK\x04tQ"
STATE = (
    b"\x80\x02ccollections\nOrderedDict\n)RX\x01\0\0\0wctorch._utils\n_rebuild_tensor_v2\n("
    + STORAGE
    + b"K\0K\x04\x85K\x01\x85\x89"
    b"ccollections\nOrderedDict\n)Rt(tR0s."
).replace(b"\x89ccollections\nOrderedDict\n)Rt(tR0s.", b"\x89ccollections\nOrderedDict\n)RtRs.")
EVIL = pickle.dumps(Runs(os.system, "true"))
LEGACY = (
    pickle.dumps(0x1950A86A20F9469CFC6C, 2) + pickle.dumps(1001, 2) + pickle.dumps({"little_endian": True}, 2) + STATE
)


def torch_zip(**files: bytes) -> bytes:
    named = {"data.pkl": STATE, "version": b"3\n", "byteorder": b"little", "data/0": bytes(16)} | files
    return archive([Entry(f"archive/{name}".encode(), data, method=0) for name, data in named.items()])


ARCHIVE = archive([Entry(b"a", b"b")])
ARCHIVE64 = archive([Entry(b"a", b"b")], end64={}, end={"offset": FULL_32, "length": FULL_32})
HARMLESS = {"a": [1, 2.5, None, True], "b": {"c": (b"x" * 70_000, {3})}, "d": datetime.date(2024, 1, 1)}
CLEAN: dict[str, tuple[bytes, str, str]] = {
    **{f"pickle of protocol {n}": (pickle.dumps(HARMLESS, n), "a.pkl", "pickle") for n in range(6)},
    "pickle of ordered data": (pickle.dumps(collections.OrderedDict(a=collections.Counter("aab"))), "a.pkl", "pickle"),
    "two pickles": (pickle.dumps(1) + pickle.dumps(2), "a.pkl", "pickle"),
    "torch": (torch_zip(), "pytorch_model.bin", "torch"),
    "torch before zip": (LEGACY + pickle.dumps(["0"], 2) + bytes(99), "a.pt", "pickle"),
    "safetensors": (
        safetensors(
            {"__metadata__": {"format": "pt"}, "a": tensor("F32", [2, 2], 0, 16), "b": tensor("BF16", [], 16, 18)},
            bytes(18),
        ),
        "model.safetensors",
        "safetensors",
    ),
    "safetensors, padded": (
        safetensors(b'{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}   '),
        "a.safetensors",
        "safetensors",
    ),
    "safetensors by another name": (safetensors({"a": tensor("I8", [3], 0, 3)}, bytes(3)), "a.bin", "safetensors"),
    "gguf": (
        gguf(
            ("general.name", 8, gguf_text("A")),
            ("tokens", 9, struct.pack("<IQ", 8, 2) + gguf_text("a") + gguf_text("b")),
            ("scores", 9, struct.pack("<IQ", 6, 2) + bytes(8)),
            tensors=gguf_tensor("w", 0, 4, 2) + gguf_tensor("v", 32, 32, kind=8),
            count=2,
            data=bytes(32 + 34),
        ),
        "a.gguf",
        "gguf",
    ),
    "gguf, padded": (
        gguf(tensors=gguf_tensor("w", 0, 256, kind=23) + gguf_tensor("v", 160, 3), count=2, data=bytes(160 + 32)),
        "a.gguf",
        "gguf",
    ),
    "onnx": (onnx("weights.bin", "parts/b"), "a.onnx", "onnx"),
    "onnx by another name": (onnx(), "model", "onnx"),
    "npy": (npy("'<f4'", "(2, 3)", bytes(24)), "a.npy", "numpy"),
    "npy of a structure": (npy("[('a', '<i8'), ('b', '|S3', (2,))]", "(2,)", bytes(28), version=2), "a.npy", "numpy"),
    "npy of times": (npy("'<M8[ns]'", "(1,)", bytes(8)), "a.npy", "numpy"),
    "npz": (archive([Entry(b"a.npy", npy("'|u1'", "(2,)", b"ab"))]), "a.npz", "zip"),
    "text": ("größer\n".encode() * 9999, "vocab.txt", "text"),
    "json": (b'{"a": 1}', "config.json", "text"),
    "safetensors with braces in names": (
        safetensors({'a"}{': tensor("I8", [3], 0, 3), "__metadata__": {"b": '}"'}}, bytes(3)),
        "a.safetensors",
        "safetensors",
    ),
    "a log": (b"INFO it works\n" * 200_000, "train.log", "text"),
    "a list of words": (b"c\nopen\n", "vocab.txt", "text"),
    "text that starts as a pickle might": (b"I am a text.\nNo pickle.", "notes.txt", "text"),
    "nothing": (b"", "empty", "empty"),
}


@pytest.mark.parametrize("case", CLEAN)
def test_what_was_read_and_is_harmless_is_clean(case: str) -> None:
    data, path, kind = CLEAN[case]
    found = scan(data, path)
    assert (found.verdict, found.format, found.findings) == ("clean", kind, ()), found


def importing(module: str, name: str, protocol: int = 4) -> bytes:
    if protocol < 4:
        return b"\x80\x02c" + f"{module}\n{name}\n".encode() + b")R."
    return b"\x80\x04" + text(module) + text(name) + b"\x93)R."


BAD_PICKLES: dict[str, tuple[bytes, Verdict, str]] = {
    **{
        f"os.system, protocol {n}": (pickle.dumps(Runs(os.system, "true"), n), "malicious", f"imports {os.name}.system")
        for n in range(6)
    },
    "eval": (pickle.dumps(Runs(eval, "1")), "malicious", "imports builtins.eval"),
    "exec": (pickle.dumps(Runs(exec, "1")), "malicious", "imports builtins.exec"),
    "getattr": (pickle.dumps(Runs(getattr, 1, "real")), "malicious", "imports builtins.getattr"),
    "__import__": (pickle.dumps(Runs(builtins.__import__, "os")), "malicious", "imports builtins.__import__"),
    "subprocess": (importing("subprocess", "Popen"), "malicious", "imports subprocess.Popen"),
    "Python 2's builtins": (importing("__builtin__", "eval", 2), "malicious", "imports __builtin__.eval"),
    "a way through an allowed module": (
        importing("torch.serialization", "os.system"),
        "malicious",
        "imports torch.serialization.os.system",
    ),
    "a way through an allowed class": (
        importing("collections", "OrderedDict.__init__.__globals__"),
        "malicious",
        "imports collections.OrderedDict.__init__.__globals__",
    ),
    "an unknown name": (importing("sklearn.svm", "SVC"), "suspicious", "imports sklearn.svm.SVC"),
    "a new name of a known module": (
        importing("torch", "load_anything", 2),
        "suspicious",
        "imports torch.load_anything",
    ),
    "names out of the memo": (
        b"\x80\x04" + text("os") + b"\x940" + text("system") + b"\x940h\0h\1\x93)R.",
        "malicious",
        "imports os.system",
    ),
    "names out of a doubled memo": (
        b"\x80\x04" + text("os") + b"q\0q\0\x94" + text("system") + b"\x9400h\1h\2\x93)R.",
        "malicious",
        "imports os.system",
    ),
    "names put together": (
        b"\x80\x04" + text("builtins") + text("str") + b"\x93" + text("os") + b"\x85R" + text("system") + b"\x93.",
        "malicious",
        "imports a name that is put together while loading",
    ),
    "names put together behind joblib's back": (
        b"\x80\x04cjoblib.numpy_pickle\nNumpyArrayWrapper\n0cbuiltins\nstr\nq\0"
        + text("os")
        + b"\x85R\x940h\0"
        + text("system")
        + b"\x85R\x940h\1h\2\x93.",
        "malicious",
        "imports a name that is put together while loading",
    ),
    "another's arrays are not joblib's": (
        importing("mine", "NumpyArrayWrapper")[:-1] + b"NN\x93.",
        "malicious",
        "imports a name that is put together while loading",
    ),
    "a way through a module's imports": (
        importing("typing", "operator.methodcaller"),
        "malicious",
        "imports typing.operator.methodcaller",
    ),
    "a module under a name of its user's": (importing("random", "_os"), "malicious", "imports random._os"),
    "names with escapes": (b"\x80\x04S'\\x6fs'\nS'sys\\x74em'\n\x93.", "malicious", "imports os.system"),
    "names with Unicode escapes": (b"\x80\x04V\\u006fs\nVsystem\n\x93.", "malicious", "imports os.system"),
    "an instance": (b"(S'true'\nios\nsystem\n.", "malicious", "imports os.system"),
    "no name to import": (
        b"\x80\x04\x93)R.",
        "suspicious",
        "breaks off, or stops making sense, in the middle of a pickle",
    ),
    "the extension registry": (b"\x80\x02\x82\x01.", "malicious", "imports by a number of the extension registry"),
    "a frame that ends within an operation": (
        b"\x80\x04\x95" + struct.pack("<Q", 4) + text("xos") + text("system") + b"\x93)R.",
        "malicious",
        "frames its operations as no pickler does",
    ),
    "no end": (EVIL[:-1], "malicious", f"imports {os.name}.system"),
    "an end in the middle": (
        pickle.dumps(HARMLESS)[:-9],
        "suspicious",
        "breaks off, or stops making sense, in the middle of a pickle",
    ),
    "an opcode of no protocol": (
        b"\x80\x02\xff.",
        "suspicious",
        "breaks off, or stops making sense, in the middle of a pickle",
    ),
    "a payload of lies": (
        b"\x80\x04\x8e" + b"\xff" * 8 + b".",
        "suspicious",
        "breaks off, or stops making sense, in the middle of a pickle",
    ),
    "a second pickle": (pickle.dumps(1) + EVIL, "malicious", f"imports {os.name}.system"),
    "a pickle in a pickle": (pickle.dumps({"a": EVIL}), "malicious", f"imports {os.name}.system"),
    "numbers among the operations, as old joblib wrote them": (
        importing("joblib.numpy_pickle", "NumpyArrayWrapper")[:-1] + b"\x93\x82\x01" + bytes(9),
        "suspicious",
        "imports joblib.numpy_pickle.NumpyArrayWrapper",
    ),
    "a call after joblib's numbers": (
        importing("joblib.numpy_pickle", "NumpyArrayWrapper")[:-1] + EVIL[2:],
        "malicious",
        f"imports {os.name}.system",
    ),
    "an underflow before": (b"\x80\x0400000" + EVIL[2:], "malicious", f"imports {os.name}.system"),
}


@pytest.mark.parametrize("case", BAD_PICKLES)
@pytest.mark.parametrize("path", ["model.bin", "a.pkl", "model.safetensors", "no-suffix"])
def test_pickles_that_import_more_than_data_are_found(case: str, path: str) -> None:
    data, verdict, finding = BAD_PICKLES[case]
    found = scan(data, path)
    assert (found.verdict, finding in found.findings) == (verdict, True), found


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("numpy.random._pickle.__randomstate_ctor", "clean"),
        ("numpy.random._pcg64.PCG64", "clean"),
        ("builtins.ValueError", "clean"),
        ("builtins.type", "suspicious"),
        ("sklearn.externals.joblib.numpy_pickle.NumpyArrayWrapper", "suspicious"),
        ("scipy.signal._ltisys.StateSpaceDiscrete", "suspicious"),
        ("pandas.io.formats.style.Styler", "suspicious"),
        ("asteroid.engine.system.System", "suspicious"),
        ("transformers.trainer_utils.HubStrategy", "suspicious"),
        ("signal.signal", "malicious"),
        ("six.moves.urllib.request", "malicious"),
        ("torch.hub.load_state_dict_from_url", "malicious"),
        ("torch.utils.collect_env.run", "malicious"),
        ("torch.serialization.load", "malicious"),
        ("numpy.__builtins__", "malicious"),
    ],
)
def test_names_are_judged_by_where_they_lead(name: str, verdict: Verdict) -> None:
    module, _, attribute = name.rpartition(".")
    alarming = "malicious" if is_dangerous(module, attribute) else "suspicious"
    assert ("clean" if is_allowed(module, attribute) else alarming) == verdict


BAD: dict[str, tuple[bytes, str, Verdict]] = {
    "torch with a bad pickle": (torch_zip(**{"data.pkl": EVIL}), "a.pt", "malicious"),
    "torch with another pickle": (torch_zip(**{"extra/x.pkl": EVIL}), "a.pt", "malicious"),
    "torch with a pickle that isn't": (torch_zip(**{"data.pkl": b"text"}), "a.pt", "suspicious"),
    "torchscript": (torch_zip(**{"constants.pkl": STATE, "code/a.py": b"x"}), "a.pt", "suspicious"),
    "a torn zip": (torch_zip()[:-5], "a.pt", "suspicious"),
    "a zip with a prefix": (b"PK\3\4" + torch_zip(), "a.pt", "suspicious"),
    "an npz with objects": (archive([Entry(b"a.npy", npy("'|O'", "(1,)", EVIL))]), "a.npz", "malicious"),
    "an array of objects": (npy("'|O'", "(1,)", EVIL), "a.npy", "malicious"),
    "an array in a structure": (npy("[('a', '|O')]", "(1,)", EVIL), "a.npy", "malicious"),
    "an array of another size": (npy("'<f4'", "(2,)", bytes(24)), "a.npy", "suspicious"),
    "an array with a header of code": (npy("__import__('os')", "(2,)", bytes(24)), "a.npy", "suspicious"),
    "an array nested without end": (npy("'<f4'", "(" * 4000, b""), "a.npy", "suspicious"),
    "onnx that reads beyond": (onnx("../../etc/passwd"), "a.onnx", "malicious"),
    "onnx that reads an absolute path": (onnx("/etc/passwd"), "a.onnx", "malicious"),
    "onnx that reads a drive": (onnx("C:\\x"), "a", "malicious"),
    "onnx cut short": (onnx()[:-3], "a.onnx", "suspicious"),
    "onnx that isn't": (b"text", "a.onnx", "suspicious"),
    "onnx nested without end": (b"\x08\x08" + message((7, b"\x0a\xff\x7f" * 3000)), "a.onnx", "suspicious"),
    "gguf cut short": (CLEAN["gguf"][0][:40], "a.gguf", "suspicious"),
    "gguf without its data": (CLEAN["gguf"][0][:-1], "a.gguf", "suspicious"),
    "gguf with data behind": (
        gguf(tensors=gguf_tensor("w", 0, 8), count=1, data=bytes(64)),
        "a.gguf",
        "suspicious",
    ),
    "gguf with a hole": (
        gguf(tensors=gguf_tensor("w", 0, 8) + gguf_tensor("v", 64, 8), count=2, data=bytes(96)),
        "a.gguf",
        "suspicious",
    ),
    "safetensors with an archive in their numbers": (
        safetensors({"a": tensor("U8", [len(ARCHIVE)], 0, len(ARCHIVE))}, ARCHIVE),
        "a.safetensors",
        "suspicious",
    ),
    "an array with an archive in it": (npy("'|u1'", f"({len(ARCHIVE)},)", ARCHIVE), "a.npy", "suspicious"),
    "an array with a ZIP64 archive in it": (npy("'|u1'", f"({len(ARCHIVE64)},)", ARCHIVE64), "a.npy", "suspicious"),
    "torch before zip, with an archive in its numbers": (
        LEGACY + pickle.dumps(["0"], 2) + ARCHIVE,
        "a.pt",
        "suspicious",
    ),
    "torch with a pickle among its numbers": (torch_zip(**{"data/0": EVIL}), "a.pt", "malicious"),
    "gguf of many claims": (b"GGUF" + struct.pack("<IQQ", 3, 2**63, 2**63), "a.gguf", "suspicious"),
    "gguf of a long string": (gguf(("a", 8, struct.pack("<Q", 2**63))), "a.gguf", "suspicious"),
    "gguf of a long array": (gguf(("a", 9, struct.pack("<IQ", 8, 2**60))), "a.gguf", "suspicious"),
    "gguf of overlapping tensors": (
        gguf(tensors=gguf_tensor("a", 0, 16) + gguf_tensor("b", 32, 16), count=2, data=bytes(128)),
        "a.gguf",
        "suspicious",
    ),
    "gguf with the same key twice": (gguf(("a", 0, b"\0"), ("a", 0, b"\0")), "a.gguf", "suspicious"),
    "gguf with a bad template": (
        gguf(("tokenizer.chat_template", 8, gguf_text("{{ x.__class__ }}"))),
        "a.gguf",
        "suspicious",
    ),
    "a bad template": (b'{"chat_template": "{{ x.__globals__ }}"}', "tokenizer_config.json", "suspicious"),
    "machine code": (b"\x7fELF" + bytes(99), "model.bin", "suspicious"),
    "text called safetensors": (b"hello", "a.safetensors", "suspicious"),
    "script called gguf": (b"#!/bin/sh\n", "a.gguf", "suspicious"),
    "nothing called safetensors": (b"", "a.safetensors", "suspicious"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_not_what_it_should_be_is_found(case: str) -> None:
    data, path, verdict = BAD[case]
    found = scan(data, path)
    assert found.verdict == verdict, found
    assert found.findings


@pytest.mark.parametrize(
    ("header", "data"),
    [
        ({"a": tensor("F32", [2], 0, 4)}, bytes(4)),
        ({"a": tensor("F32", [1], 4, 8)}, bytes(8)),
        ({"a": tensor("U8", [2], 0, 2), "b": tensor("U8", [2], 1, 3)}, bytes(3)),
        ({"a": tensor("U8", [1], 0, 1), "b": tensor("U8", [1], 2, 3)}, bytes(3)),
        ({"a": tensor("U8", [1], 0, 1)}, bytes(2)),
        ({"a": tensor("U8", [3], 0, 3)}, bytes(2)),
        ({"a": tensor("U8", [-1], 0, -1)}, b""),
        ({"a": tensor("U8", [True], 0, 1)}, b"a"),
        ({"a": tensor("U8", [1.0], 0, 1)}, b"a"),
        ({"a": tensor("U8", [2**63, 2**63], 0, 1)}, b"a"),
        ({"a": tensor("U8", 1, 0, 1)}, b"a"),
        ({"a": tensor("U8", [1], 0)}, b"a"),
        ({"a": tensor("F4", [1], 0, 0)}, b""),
        ({"a": tensor("X8", [1], 0, 1)}, b"a"),
        ({"a": tensor("U8", [1], 0, 1) | {"more": 1}}, b"a"),
        ({"a": [1]}, b""),
        ({"__metadata__": {"a": 1}}, b""),
        (b'{"a":1,"a":1}', b""),
        (b'{"a":NaN}', b""),
        (b' {"a":1}', b""),
        (b'{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},}', b""),
        (b'{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}"b":null}', b""),
        (b'{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}{}', b""),
        (b'{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0],"x":{}}}', b""),
        (b'{"__metadata__":{"a":"1","a":"2"}}', b""),
        (b"[]", b""),
        (b"{" * 5000, b""),
    ],
)
def test_safetensors_that_are_not_sound_are_found(header: object, data: bytes) -> None:
    assert scan(safetensors(header, data), "a.safetensors").verdict == "suspicious"


@pytest.mark.parametrize("length", [0, 1, 2**63, 2**64 - 1, 100])
def test_safetensors_headers_that_lie_about_their_length_are_found(length: int) -> None:
    assert scan(safetensors({}, length=length), "a.safetensors").verdict == "suspicious"


@pytest.mark.parametrize(
    ("data", "path", "kind"),
    [
        (b"\x1f\x8b\x08\0" + bytes(99), "a.pkl", "compressed"),
        (b"\x89HDF\r\n\x1a\n" + bytes(99), "a.h5", "hdf5"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "a.png", "media"),
        (b"\0\1\2\3" * 99, "a.bin", "unknown"),
        (b"\x80\x07" * 99, "a.bin", "unknown"),
        (b"\x83\xd2\xf7\x65\x54\xf9", "noise", "unknown"),
        (b"\x93\xd2\xf7\x65\x54\xf9", "noise", "unknown"),
        (b"N\x93)R.", "noise", "unknown"),
        (b"import os\n", "modeling.py", "script"),
        (b"#!/bin/sh\nls\n", "run", "script"),
        (b"text\n" * 2000 + b"\xff\xfe", "a.txt", "unknown"),
        (pickle.dumps(1) + b"\x7fELF", "a.pkl", "pickle"),
        (b"\x80\x02" + b"N0" * 600_000 + b".", "a.pkl", "pickle"),
        (gguf(version=9), "a.gguf", "unknown"),
        (gguf(tensors=gguf_tensor("w", 0, 8, kind=99), count=1, data=bytes(32)), "a.gguf", "unknown"),
        (b"N0" * 200_000 + b"cos\nsystem\n(S'id'\ntR.", "notes.txt", "unknown"),
    ],
)
def test_what_was_not_read_is_not_clean(data: bytes, path: str, kind: str) -> None:
    found = scan(data, path)
    assert (found.verdict, found.format, found.findings) == ("not_scanned", kind, ())
    assert found.reason


def test_headers_of_many_tensors_take_little_memory() -> None:
    header = {f"layers.{number}": tensor("U8", [0], 0, 0) for number in range(3_000)}
    data = safetensors(header)
    tracemalloc.start()
    try:
        assert scan(data, "a.safetensors").verdict == "clean"
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 2 * 1024 * 1024, peak


def test_files_of_an_archive_share_the_time_to_scan_it() -> None:
    data = pickle.dumps(list(range(2000)), 2)
    budget = Budget(5000)
    scans = [scan_member(data[:HEAD_BYTES], lambda: io.BytesIO(data), "a.pkl", len(data), budget) for _ in range(4)]
    assert [found.verdict for found in scans] == ["clean", "clean", "not_scanned", "not_scanned"]


WIDE = Limits(members=9, unpacked_bytes=1 << 30, member_bytes=1 << 30, ratio=2000)


def test_pickle_that_others_leave_no_time_for_is_not_let_through() -> None:
    """Each decoy takes half a million operations, for no more than the spaces of its header."""
    header = b'{"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}'.ljust(4 * 1024 * 1024)
    decoy = struct.pack("<Q", len(header)) + header
    entries = [Entry(b"%d.safetensors" % number, decoy) for number in range(5)]
    opened = Archive(io.BytesIO(archive([*entries, Entry(b"notes.txt", b"words"), Entry(b"evil.pkl", EVIL)])), WIDE)
    *before, words, evil = opened.members
    assert {opened.scan(member).verdict for member in before} <= {"clean", "not_scanned"}
    assert opened.scan(words).is_starved is False
    with pytest.raises(Unacceptable, match=r"takes longer to scan than one archive may.*evil\.pkl"):
        opened.scan(evil)


def test_bytes_that_a_file_read_are_gone_for_those_around_it() -> None:
    budget = Budget(bytes=100)
    with budget.share() as first:
        first.spend(read=60)
    with budget.share() as second, pytest.raises(Exhausted):
        second.spend(read=50)


@pytest.mark.parametrize("path", ["a.zip", "a.pt"])
def test_archives_of_many_files_are_not_opened(path: str) -> None:
    data = archive([Entry(b"%d" % number, b"", method=0) for number in range(16_000)])
    assert scan(data, path).verdict == "not_scanned"


def test_archives_lie_in_archives_only_so_deep() -> None:
    data = b"text"
    for _ in range(4):
        data = archive([Entry(b"a", data, method=0)])
    assert scan(data, "a.zip").reason.endswith("it lies too deep in other archives")


def test_files_are_scanned_in_their_archive() -> None:
    entries = [
        Entry(b"m/a.pt", torch_zip(**{"data.pkl": EVIL})),
        Entry(b"m/b.pt", torch_zip()),
        Entry(b"m/c.txt", b"text"),
    ]
    opened = Archive(io.BytesIO(archive(entries)), WIDE)
    assert [opened.scan(member).verdict for member in opened.members] == ["malicious", "clean", "clean"]


class Stand:
    """Takes the place of all that a pickle imports, and bears whatever is done to it."""

    def __init__(self, *arguments: object) -> None:
        self.arguments = arguments

    def __setstate__(self, state: object) -> None: ...


class Recording(pickle._Unpickler):
    """Python's own unpickler, noting all imports; not its twin in C, whose memo takes any memory asked for."""

    def __init__(self, data: bytes) -> None:
        super().__init__(io.BytesIO(data))
        self.imported: list[tuple[str, str]] = []

    def find_class(self, module: str, name: str) -> type[Stand]:
        self.imported.append((module, name))
        return Stand


def test_nothing_that_python_would_import_is_missed() -> None:
    dice = random.Random(11)
    seeds = [data for name, (data, *_) in BAD_PICKLES.items() if "frame" not in name and "lies" not in name]
    codes = b"(.012NRbceh()tu]}\x85\x86\x87\x88\x90\x91\x93\x94\x95q"
    noted = 0
    for _ in range(800):
        data = bytearray(dice.choice(seeds))
        for _ in range(dice.choice([1, 2, 3])):
            at = dice.randrange(len(data))
            data[at : at + dice.choice([0, 1, 1])] = bytes([dice.choice(codes)])
        data += b"\n\n"  # Python reads a last line that isn't one
        unpickler = Recording(bytes(data))
        with contextlib.suppress(Exception):
            unpickler.load()
        strange = [found for found in unpickler.imported if not is_allowed(*found)]
        noted += len(strange)
        assert not strange or scan(bytes(data), "a.pkl").verdict in {"malicious", "suspicious"}
    assert noted > 20


def test_mutants_are_judged_within_bounds() -> None:
    dice = random.Random(7)
    seeds = [(data, path) for data, path, _ in CLEAN.values() if data] + [
        (data, path) for data, path, _ in BAD.values() if data
    ]
    seeds = [(data, path) for data, path in seeds if len(data) < 100_000]
    started = time.monotonic()
    for _ in range(800):
        seed, path = dice.choice(seeds)
        data = bytearray(seed)
        for _ in range(dice.choice([1, 1, 2, 8])):
            at = dice.randrange(len(data))
            data[at : at + dice.choice([1, 1, 4, 8])] = dice.choice(
                [b"", b"\xff" * 8, bytes(4), bytes([dice.randrange(256)])]
            )
            data = data or bytearray(b"\0")
        scan(bytes(data), path)
    assert time.monotonic() - started < 60
