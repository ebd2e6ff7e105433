"""What every source of packages can do: say what a reference means today, and bring exactly that."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from packages_app.domain.reference import Provider, Reference


class SourceError(Exception):
    """Bytes that can't be had. `detail`: one sentence a person can act on; `code`: a stable word for programs."""

    def __init__(self, detail: str, code: str) -> None:
        super().__init__(detail)
        self.detail = detail
        self.code = code


class Unfetchable(SourceError):
    """It will not work by trying again: not there, not allowed, not what was promised."""


class Unreachable(SourceError):
    """It may work later: the other side is down, busy or limits its callers."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far fetching is, in files and bytes; `bytes` is 0 where nobody says how many there are."""

    files_done: int
    files: int
    bytes_done: int
    bytes: int

    @property
    def share(self) -> float:
        """0 to 1."""
        done, total = (self.bytes_done, self.bytes) if self.bytes else (self.files_done, self.files)
        return min(done / total, 1.0) if total else 0.0


#: Called often while fetching; what it raises ends the fetching.
Tell = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where content came from: a Hub repository and its commit, or an npm name and its version."""

    provider: Provider
    identity: str
    revision: str


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file there is to fetch, and what its bytes have to be: size, SHA-256 or Git's SHA-1, or an npm integrity."""

    path: str
    size: int | None
    sha256: str | None = None
    git_sha1: str | None = None
    integrity: str | None = None


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a reference means: the name and version it is kept under, and the files of one unchanging revision.

    `unpacked`: how many files and bytes those hold in turn, where the source says so; for people to watch, not to rely on.
    """

    name: str
    version: str
    provenance: Provenance
    files: tuple[RemoteFile, ...]
    unpacked: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file that was fetched and checked: `path` in the package, `at` on this machine's disk."""

    path: str
    at: Path


class Source(Protocol):
    """One provider. Both methods raise Unfetchable, Unreachable, Unacceptable for content that is at fault, and OSError."""

    def resolve(self, reference: Reference) -> Resolved:
        """What `reference` means now, without fetching it."""

    def fetch(self, resolved: Resolved, into: Path, tell: Tell) -> Sequence[LocalFile]:
        """Every file of `resolved`, each checked against what was promised, below the directory `into`.

        Called again with the same directory it goes on where it was cut.
        """
