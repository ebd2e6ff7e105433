"""Numpy's .npy files: numbers behind a header, or, for arrays of objects, a pickle. Source: `numpy/lib/format.py`."""

import ast
import math
import re

from packages_app.domain.reading import Reader
from packages_app.domain.refusals import Unacceptable

MAGIC = b"\x93NUMPY"
HEADER_BYTES = 10_000  # numpy's own bound for files that are not trusted
#: As numpy writes them: byte order, kind, bytes (characters of text), and the unit of times.
_DTYPE = re.compile(r"[<>|=]?([biufcSUVmM])(\d{1,9})(?:\[\w{1,12}\])?", re.ASCII)
_LENGTHS = {1: "<H", 2: "<I", 3: "<I"}


def read_numpy(reader: Reader, path: str) -> bool:
    """Whether the array in the file `path` holds numbers alone; if not, `reader` stands at the start of a pickle.

    Raises Unacceptable (`bad_weights`) where the header isn't sound, or the data are not of the size it gives.
    """
    _, major, _ = reader.unpack("<6s2B")
    if major not in _LENGTHS:
        raise _bad(path, "has a version that numpy doesn't have")
    (length,) = reader.unpack(_LENGTHS[major])
    if length > HEADER_BYTES:
        raise _bad(path, f"has a header of more than {HEADER_BYTES} bytes")
    reader.step(length // 32)
    descr, shape = _header(reader.take(length), path)
    width = _width(descr)
    if width is None:
        return False
    if math.prod(shape) * width != reader.left:
        raise _bad(path, "has another number of bytes than its dtype and shape need")
    return True


def _header(text: bytes, path: str) -> tuple[object, tuple[int, ...]]:
    try:
        header = ast.literal_eval(text.decode("latin-1").strip())
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError, Warning):
        header = None
    if not isinstance(header, dict) or header.keys() != {"descr", "fortran_order", "shape"}:
        raise _bad(path, "has a header that is not a dtype, an order and a shape")
    shape = header["shape"]
    if not isinstance(shape, tuple) or len(shape) > 64 or not all(type(n) is int and 0 <= n < 1 << 62 for n in shape):
        raise _bad(path, "has a shape that is not a tuple of counts")
    return header["descr"], shape


def _width(descr: object) -> int | None:
    """Bytes of an element; None for what isn't numbers or plain text, as objects."""
    if isinstance(descr, list):
        widths = [_field_width(field) for field in descr]
        return None if None in widths else sum(width or 0 for width in widths)
    found = _DTYPE.fullmatch(descr) if isinstance(descr, str) else None
    return int(found[2]) * (4 if found[1] == "U" else 1) if found else None


def _field_width(field: object) -> int | None:
    """Bytes of one field of a structure: (name, dtype) or (name, dtype, shape)."""
    if not isinstance(field, tuple) or len(field) not in {2, 3} or not isinstance(field[1], str):
        return None
    shape = field[2] if len(field) == 3 else ()
    width = _width(field[1])
    if width is None or not isinstance(shape, tuple) or not all(type(n) is int and 0 <= n < 1 << 62 for n in shape):
        return None
    return width * math.prod(shape)


def _bad(path: str, why: str) -> Unacceptable:
    return Unacceptable(f"{path} {why}; save it again.", "bad_weights")
