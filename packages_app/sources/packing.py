"""Fetched files become the package's archive: the same content gives the same bytes, on every machine."""

import shutil
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

from packages_app.domain.member_paths import safe_path
from packages_app.sources.contract import LocalFile

_LONGEST_PATH_BYTES = 1024
_EPOCH = (1980, 1, 1, 0, 0, 0)
_PLAIN_FILE = 0o100644 << 16
_UNIX = 3
_CHUNK_BYTES = 1024 * 1024


def pack(files: Sequence[LocalFile], archive: Path, tell: Callable[[float], None]) -> None:
    """Write `files` to the zip `archive`, which appears whole or not at all; `tell` gets the share done (0-1).

    Sorted by path, without times and permissions, and stored rather than deflated: what deflate makes of a file changes
    with the version of zlib. Raises Unacceptable (`bad_path`) for a path that no package may have.
    """
    part = archive.with_name(f"{archive.name}.part")
    total, done = sum(file.at.stat().st_size for file in files) or 1, 0
    with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as zipped:
        for file in sorted(files, key=lambda file: file.path.encode("utf-8", "surrogateescape")):
            size = file.at.stat().st_size
            with zipped.open(_member(file.path, size), "w") as member, file.at.open("rb") as content:
                shutil.copyfileobj(content, member, _CHUNK_BYTES)
            done += size
            tell(done / total)
    part.replace(archive)


def _member(path: str, size: int) -> zipfile.ZipInfo:
    safe = safe_path(path.encode("utf-8", "surrogateescape"), longest=_LONGEST_PATH_BYTES)
    member = zipfile.ZipInfo(safe, _EPOCH)
    member.create_system, member.external_attr, member.file_size = _UNIX, _PLAIN_FILE, size
    return member
