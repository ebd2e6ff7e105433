"""Reads an archive once from end to end: every member's bytes checked, hashed and looked at, nothing unpacked to disk."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from packages_app.archive import Archive
from packages_app.domain.framing import Member
from packages_app.domain.manifests import Manifests, read_manifests
from packages_app.domain.scan import scan_member

WEIGHT_SUFFIXES = frozenset(
    {".safetensors", ".gguf", ".ggml", ".onnx", ".pt", ".pth", ".bin", ".ckpt", ".h5", ".keras", ".tflite", ".msgpack", ".pkl",
     ".joblib", ".npz", ".pb"}
)  # fmt: skip
_CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class InspectedMember:
    framing: Member
    path: str
    size: int
    sha256: str
    is_weight: bool
    verdict: str
    findings: Sequence[str]


@dataclass(frozen=True)
class Inspection:
    """What an archive holds: its manifests, the text of its card, and every file."""

    manifests: Manifests
    card_text: str
    members: Sequence[InspectedMember]


def inspect(archive: Archive, tell: Callable[[float], None]) -> Inspection:
    """Read `archive` whole; `tell` gets the share of bytes read (0-1). Raises Unacceptable."""
    manifests = read_manifests(archive.read_if_present)
    files = [member for member in archive.members if not member.is_directory]
    total = sum(member.size for member in files) or 1
    done = 0
    inspected = []
    for member in files:
        inspected.append(_inspect_member(archive, member))
        done += member.size
        tell(done / total)
    return Inspection(manifests=manifests, card_text=manifests.readme or "", members=inspected)


def _inspect_member(archive: Archive, member: Member) -> InspectedMember:
    digest = hashlib.sha256()
    for chunk in archive.stream(member, _CHUNK_BYTES):
        digest.update(chunk)
    scan = scan_member(archive, member)
    path = archive.relative(member)
    return InspectedMember(
        framing=member,
        path=path,
        size=member.size,
        sha256=digest.hexdigest(),
        is_weight=PurePosixPath(path).suffix.lower() in WEIGHT_SUFFIXES,
        verdict=scan.verdict,
        findings=scan.findings,
    )
