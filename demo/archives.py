"""Zip archives that come out the same, byte for byte, wherever and whenever they are built."""

import io
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from string import Template

CONTENTS = Path(__file__).parent / "contents"
#: The first moment a zip archive can name.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_TEMPLATES = frozenset({".md", ".json"})
#: Ends the names of files that this project's own checks must not take for its own.
_VEIL = ".txt"


def zip_archive(files: Mapping[str, bytes]) -> bytes:
    """The archive of `files`, sorted by path and stored: what deflate makes of them would vary with zlib's release."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for path in sorted(files):
            member = zipfile.ZipInfo(path, _EPOCH)
            member.create_system = _UNIX
            member.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(member, files[path])
    return written.getvalue()


def texts_of(folder: str, **values: object) -> dict[str, bytes]:
    """The files kept under contents/`folder`, by their path in it, with `$name` replaced in Markdown and JSON."""
    root = CONTENTS / folder
    return {
        path.relative_to(root).as_posix().removesuffix(_VEIL): _filled(path, values)
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def licence_text(licence: str, **values: object) -> dict[str, bytes]:
    """The LICENSE file of `licence`, Apache-2.0 or MIT."""
    text = (CONTENTS / f"{licence}.txt").read_text(encoding="utf-8")
    return {"LICENSE": Template(text).substitute(values).encode()}


def _filled(path: Path, values: Mapping[str, object]) -> bytes:
    text = path.read_text(encoding="utf-8")
    return (Template(text).substitute(values) if path.suffix in _TEMPLATES else text).encode()
