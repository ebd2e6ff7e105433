"""Reads an archive once from end to end: every member's bytes checked, hashed and looked at, nothing unpacked to disk."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from django.conf import settings

from packages_app.archive import Archive
from packages_app.domain.framing import Member
from packages_app.domain.gguf import read_gguf
from packages_app.domain.manifests import MANIFEST_BYTES, BaseModel, Manifests, read_manifests
from packages_app.domain.reading import Budget, Exhausted, Reader, Truncated
from packages_app.domain.refusals import Unacceptable, shown
from packages_app.domain.scan import Scan

WEIGHT_SUFFIXES = frozenset(
    {".safetensors", ".gguf", ".ggml", ".onnx", ".pt", ".pth", ".bin", ".ckpt", ".h5", ".keras", ".tflite", ".msgpack", ".pkl",
     ".joblib", ".npz", ".pb"}
)  # fmt: skip
#: Each becomes an object of its own; models of the largest kind come in some hundreds.
WEIGHT_FILES = 2_000
_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class InspectedFile:
    """One file of an archive: `path` relative to its top folder, what its framing says, and what its bytes are."""

    path: str
    member: Member
    sha256: str
    is_weight: bool
    scan: Scan


@dataclass(frozen=True)
class Inspection:
    """What an archive holds: its manifests and every file."""

    manifests: Manifests
    files: Sequence[InspectedFile]
    #: Parents that the headers of GGUF files name.
    gguf_parents: Sequence[BaseModel] = ()


def manifests_of(archive: Archive) -> Manifests:
    """What the package says about itself. Raises Unacceptable, also where its weights lie in too many files."""
    weights = sum(is_weight(member.path) for member in archive.members)
    if weights > WEIGHT_FILES:
        raise Unacceptable(
            f"The archive holds {weights} files of weights; at most {WEIGHT_FILES} are taken, so join the small ones.",
            "archive_too_large",
        )
    return read_manifests(lambda path: archive.read(path, MANIFEST_BYTES))


def inspect(archive: Archive, tell: Callable[[float], None]) -> Inspection:
    """Read `archive` whole; `tell` gets the share of its bytes that were read (0-1). Raises Unacceptable."""
    manifests = manifests_of(archive)
    members = [member for member in archive.members if not member.is_directory]
    total = sum(member.size for member in members) or 1
    read = 0
    files = []
    for member in members:
        digest = hashlib.sha256()
        for chunk in archive.stream(member, _CHUNK_BYTES):
            digest.update(chunk)
            read += len(chunk)
            tell(read / total)
        path = archive.path_of(member)
        files.append(InspectedFile(path, member, digest.hexdigest(), is_weight(path), archive.scan(member)))
    _refuse_blocked(files)
    return Inspection(manifests, files, [parent for file in files for parent in _gguf_parents(archive, file)])


def _refuse_blocked(files: Sequence[InspectedFile]) -> None:
    for file in files:
        if file.scan.verdict in settings.SCAN_BLOCKS:
            found = "; ".join(file.scan.told)
            raise Unacceptable(f"The file {shown(file.path)} is {file.scan.verdict}: {found}.", "malicious_file")


def _gguf_parents(archive: Archive, file: InspectedFile) -> list[BaseModel]:
    if file.scan.format != "gguf":
        return []
    try:
        with archive.open(file.member) as opened:
            named = read_gguf(Reader(opened, file.member.size, Budget()), file.path).base_models()
    except (Unacceptable, Truncated, Exhausted):  # the scan says what is wrong with it
        return []
    return [BaseModel(reference, "quantized", f"{file.path} general.base_model") for reference in named]


def is_weight(path: str) -> bool:
    return PurePosixPath(path).suffix.lower() in WEIGHT_SUFFIXES
