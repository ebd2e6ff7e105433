"""A package's tarball, unpacked without trust: no name in it becomes a path here, no link is followed, all is bounded."""

import gzip
import shutil
import tarfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from packages_app.domain.member_paths import safe_path
from packages_app.domain.refusals import Unacceptable, shown
from packages_app.sources.contract import LocalFile

_CHUNK_BYTES = 256 * 1024
#: Headers with long names are read whole; none needs more than this.
_HEADER_BYTES = 1024 * 1024
_LONGEST_PATH_BYTES = 1024


Heard = Callable[[int, int], None]


@dataclass(frozen=True)
class Bounds:
    """The most that a tarball may hold: files, and bytes of all of them with their headers."""

    files: int
    bytes: int


def unpack(tarball: Path, into: Path, bounds: Bounds, heard: Heard) -> Sequence[LocalFile]:
    """The files of the gzipped `tarball`, their first folder taken off as npm does, below the new directory `into`.
    `heard` is told how many files and bytes of them are there.

    Raises Unacceptable: `bad_tarball`, `link_in_tarball`, `bad_path`, `too_large`.
    """
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir()
    plain = into / "plain.tar"
    try:
        _inflate(tarball, plain, bounds.bytes, heard)
        with plain.open("rb") as file, tarfile.open(fileobj=cast(IO[bytes], _ShortReads(file)), mode="r:") as tar:
            return _files(tar, into, bounds, heard)
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Unacceptable(
            f"The tarball is damaged: {str(error)[:200] or type(error).__name__}.", "bad_tarball"
        ) from error
    finally:
        plain.unlink(missing_ok=True)


def _inflate(tarball: Path, plain: Path, most: int, heard: Heard) -> None:
    size = 0
    with gzip.open(tarball, "rb") as packed, plain.open("wb") as file:
        while chunk := packed.read(_CHUNK_BYTES):
            size += len(chunk)
            if size > most:
                raise Unacceptable(f"The tarball unpacks to more than {most:,} bytes.", "too_large")
            file.write(chunk)
            heard(0, 0)


def _files(tar: tarfile.TarFile, into: Path, bounds: Bounds, heard: Heard) -> Sequence[LocalFile]:
    files: dict[str, LocalFile] = {}
    read = 0
    for number, member in enumerate(tar):
        if number >= bounds.files:
            raise Unacceptable(f"The tarball holds more than {bounds.files:,} files.", "too_large")
        heard(len(files), read)
        if member.isdir():
            continue
        path = _path(member)
        if path in files:
            raise Unacceptable(f"The tarball holds {shown(path)} twice.", "bad_tarball")
        files[path] = LocalFile(path, into / f"{number}")
        content = tar.extractfile(member)
        assert content is not None
        with files[path].at.open("wb") as file:
            shutil.copyfileobj(content, file, _CHUNK_BYTES)
        read += member.size
    heard(len(files), read)
    return list(files.values())


def _path(member: tarfile.TarInfo) -> str:
    """The path below the tarball's first folder, whatever that is called."""
    name = member.name
    if member.issym() or member.islnk():
        raise Unacceptable(f"The tarball holds a link, {shown(name)}; npm packages have none.", "link_in_tarball")
    if not member.isreg() or member.issparse():
        raise Unacceptable(f"The tarball holds {shown(name)}, which is no plain file.", "bad_tarball")
    whole = safe_path(name.encode("utf-8", "surrogateescape"), longest=_LONGEST_PATH_BYTES)
    _, slash, path = whole.partition("/")
    if not slash or not path:
        raise Unacceptable(
            f"The tarball's file {shown(name)} is in no folder; npm packs everything in one.", "bad_path"
        )
    return path


class _ShortReads:
    """A file for tarfile, which reads a header's data whole, however much that says it is."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _HEADER_BYTES:
            raise Unacceptable("The tarball has a header of more than a megabyte.", "bad_tarball")
        return self._file.read(size)
