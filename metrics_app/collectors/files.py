"""The files of an opened package, read in bounded pieces."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Protocol, TypeVar

#: No manifest is larger; longer ones are not read.
MANIFEST_BYTES = 4 * 1024 * 1024
#: No more of a file is unpacked at a time.
CHUNK_BYTES = 1024 * 1024


class ManifestError(Exception):
    """A manifest that is not what its name says; the message says how."""


@dataclass(frozen=True)
class Files:
    """`sizes`: bytes of every file by its path, relative to the package's top folder, with forward slashes.

    `reader(path, limit)` gives a file's first `limit` bytes.
    """

    sizes: Mapping[str, int]
    reader: Callable[[str, int], bytes]

    def head(self, path: str, limit: int) -> bytes:
        return self.reader(path, min(limit, self.sizes[path]))

    def text(self, path: str, limit: int = MANIFEST_BYTES) -> str:
        """The first `limit` bytes as text; what is not UTF-8 (or marked UTF-16) shows as replacement characters."""
        data = self.head(path, limit)
        encoding = "utf-16" if data[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8-sig"
        return data.decode(encoding, errors="replace").replace("\0", "")

    def json(self, path: str) -> dict[str, Any]:
        """The JSON object in `path`; raises ManifestError for anything else."""
        if self.sizes[path] > MANIFEST_BYTES:
            raise ManifestError(f"{path} is larger than {MANIFEST_BYTES} bytes.")
        try:
            data = json.loads(self.head(path, MANIFEST_BYTES).decode("utf-8-sig"))
        except (ValueError, RecursionError) as error:
            raise ManifestError(f"{path} is not valid JSON: {str(error)[:100]}") from error
        if not isinstance(data, dict):
            raise ManifestError(f"{path} holds no JSON object.")
        return data

    def top_level(self) -> list[str]:
        """Paths of the files that lie directly in the top folder, sorted."""
        return sorted(path for path in self.sizes if "/" not in path)

    def has(self, path: str) -> bool:
        """Whether `path`, once its dots are resolved, names a file or a folder with files in it."""
        plain = resolved(path)
        return plain is not None and (
            plain in self.sizes or any(one.startswith(f"{plain}/") for one in self.sizes) or not plain
        )


class Member(Protocol):
    """A file or directory of an archive; `size` in bytes."""

    @property
    def size(self) -> int: ...
    @property
    def is_directory(self) -> bool: ...


M = TypeVar("M", bound=Member)


class OpenArchive(Protocol[M]):
    """An archive whose members can be streamed; `path_of` is relative to its top folder."""

    @property
    def members(self) -> Sequence[M]: ...
    def path_of(self, member: M) -> str: ...
    def stream(self, member: M, chunk_size: int) -> Iterator[bytes]: ...


def files_of(archive: OpenArchive[M]) -> Files:
    """The files of an opened archive; what its stream raises for a corrupt member, reading raises."""
    members = {archive.path_of(member): member for member in archive.members if not member.is_directory}

    def head(path: str, limit: int) -> bytes:
        data = bytearray()
        for chunk in archive.stream(members[path], min(limit, CHUNK_BYTES) or 1):
            data += chunk
            if len(data) >= limit:
                break
        return bytes(data[:limit])

    return Files({path: member.size for path, member in members.items()}, head)


def resolved(path: str) -> str | None:
    """`path` without `.` and `..`, "" for the top folder, or None where it leads out of it."""
    parts: list[str] = []
    for part in PurePosixPath(path).parts:
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part not in {".", "/"}:
            parts.append(part)
    return "/".join(parts)
