"""A directory as one archive, the same bytes every time, so that a cut upload of it is found again."""

import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_LEFT_OUT = frozenset({".git", ".DS_Store", "__pycache__"})
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest that a zip archive can say
_CHUNK_BYTES = 1024 * 1024


class Unpackable(Exception):
    """The directory can't be packed; the message is one sentence."""


def pack(directory: Path, into: BinaryIO) -> None:
    """Write every regular file under `directory` into a zip archive, uncompressed: weights don't shrink.

    Raises Unpackable.
    """
    paths = sorted(_files(directory))
    if not paths:
        raise Unpackable(f"There are no files in {directory}.")
    with zipfile.ZipFile(into, "w", zipfile.ZIP_STORED) as archive:
        for path in paths:
            info = zipfile.ZipInfo(path.relative_to(directory).as_posix(), _EPOCH)
            info.external_attr = 0o644 << 16
            info.file_size = path.stat().st_size
            with path.open("rb") as source, archive.open(info, "w") as target:
                while chunk := source.read(_CHUNK_BYTES):
                    target.write(chunk)


def _files(directory: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(directory):
        folders[:] = [name for name in folders if name not in _LEFT_OUT]
        for name in names:
            path = Path(folder, name)
            if path.is_symlink() and not path.resolve().is_relative_to(directory.resolve()):
                raise Unpackable(f"{path} leads out of the directory; put the file itself there.")
            if name not in _LEFT_OUT and path.is_file():
                yield path
