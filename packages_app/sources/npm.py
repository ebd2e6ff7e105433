"""npm packages by way of npm itself, so that the operator's .npmrc, scopes, tokens and proxies hold here too.

npm says what a range means and fetches the tarball; its scripts never run. The tarball's integrity is checked once more.
"""

import base64
import errno
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from packages_app.domain.reference import Reference
from packages_app.domain.semver import Version
from packages_app.sources.contract import (
    LocalFile,
    Progress,
    Provenance,
    RemoteFile,
    Resolved,
    Tell,
    Unfetchable,
    Unreachable,
)
from packages_app.sources.npm_client import NpmClient, NpmFailed
from packages_app.sources.tarball import Bounds, unpack

_FIELDS = ("name", "version", "dist", "dist-tags", "deprecated")
_STRENGTH = ("sha512", "sha384", "sha256", "sha1")
_INTEGRITY = re.compile(r"(sha1|sha256|sha384|sha512)-([0-9A-Za-z+/]+={0,2})(?:\?\S*)?")
_CHUNK_BYTES = 1024 * 1024
_FULL = frozenset({"ENOSPC", "EDQUOT"})
_ADVICE = {
    "E404": ("source_not_found", "npm finds no {spec}; a private package needs a token in the operator's .npmrc."),
    "ETARGET": ("revision_not_found", "npm finds no version of {spec}."),
    "EINTEGRITY": ("integrity", "The tarball of {spec} is not of the integrity that npm was promised."),
    "EHOSTNOTALLOWED": (
        "blocked",
        "npm was led from its registry to another host for {spec}; if that is to be, add the host to REGISTRY_OWN_HOSTS.",
    ),
    "E401": ("not_allowed", "npm may not fetch {spec}; put a valid token in the operator's .npmrc."),
    "E403": ("not_allowed", "npm may not fetch {spec}; put a valid token in the operator's .npmrc."),
    "ENEEDAUTH": ("not_allowed", "npm may not fetch {spec}; put a valid token in the operator's .npmrc."),
    "EFBIG": ("too_large", "{spec} is larger than this registry takes (REGISTRY_UPLOAD_LIMIT_BYTES)."),
    "EINVALIDPACKAGENAME": ("source_not_found", "{spec} is no name of an npm package."),
    "EINVALIDTAGNAME": ("revision_not_found", "{spec} names no version of an npm package."),
}


class Npm:
    """npm packages as `client` sees them; `bounds`: on what a tarball may unpack to."""

    def __init__(self, client: NpmClient, bounds: Bounds) -> None:
        self._client = client
        self._bounds = bounds

    def resolve(self, reference: Reference) -> Resolved:
        """The exact version. For a range the one that `npm install` takes: `latest` if it lies within, else the highest, and
        deprecated ones only where there is no other."""
        spec = f"{reference.name}@{reference.wanted or 'latest'}"
        found = self._ask(["view", spec, *_FIELDS], spec)
        manifests = [one for one in (found if isinstance(found, list) else [found]) if isinstance(one, dict)]
        if not manifests:
            raise Unfetchable(f"npm finds no version of {spec}.", "revision_not_found")
        chosen = _chosen(manifests)
        name, version, dist = chosen.get("name"), chosen.get("version"), chosen.get("dist")
        if name != reference.name or not isinstance(version, str) or not isinstance(dist, dict):
            raise Unfetchable(f"npm's answer about {spec} is not understood.", "bad_answer")
        tarball = RemoteFile(f"{name}-{version}.tgz", None, integrity=_integrity(dist, spec))
        unpacked = (_count(dist.get("fileCount")), _count(dist.get("unpackedSize")))
        return Resolved(name, version, Provenance("npm", name, version), (tarball,), unpacked)

    def fetch(self, resolved: Resolved, into: Path, tell: Tell) -> Sequence[LocalFile]:
        """The tarball's files. npm shows nothing of its own progress, so that `tell` hears of them as they are unpacked."""
        into.mkdir(parents=True, exist_ok=True)
        (tarball,) = resolved.files
        count, size = resolved.unpacked
        spec = f"{resolved.name}@{resolved.version}"
        packed = into / "package.tgz"
        if not packed.exists():
            self._pack(spec, into / "packed", packed, lambda: tell(Progress(0, count or 1, 0, size)))
        if not _matches(packed, tarball.integrity or ""):
            packed.unlink()
            raise Unfetchable(f"The tarball of {spec} is not of the integrity that npm was promised.", "integrity")

        def heard(files: int, read: int) -> None:
            tell(Progress(files, max(count, files, 1), read, max(size, read) if size else 0))

        return unpack(packed, into / "files", self._bounds, heard)

    def _pack(self, spec: str, folder: Path, packed: Path, alive: Callable[[], None]) -> None:
        folder.mkdir(exist_ok=True)
        for left in folder.iterdir():
            left.unlink()
        self._ask(
            ["pack", spec, "--ignore-scripts", f"--pack-destination={folder.resolve()}"],
            spec,
            alive,
        )
        tarballs = list(folder.glob("*.tgz"))
        if len(tarballs) != 1:
            raise Unfetchable(f"npm brought {len(tarballs)} tarballs of {spec}.", "bad_answer")
        tarballs[0].replace(packed)

    def _ask(self, arguments: Sequence[str], spec: str, alive: Callable[[], None] = lambda: None) -> object:
        try:
            return self._client.ask(arguments, alive)
        except NpmFailed as error:
            # npm view says E404 of a package that isn't there and of a version that isn't there.
            reason = "ETARGET" if "No match found" in error.summary else error.code
            if reason in _ADVICE:
                code, sentence = _ADVICE[reason]
                raise Unfetchable(sentence.format(spec=spec), code) from error
            if error.code in _FULL:
                raise OSError(errno.ENOSPC, "npm found no room") from error
            raise Unreachable(
                f"npm could not fetch {spec} ({error.code}); try again later.", "source_unreachable"
            ) from error


def _chosen(manifests: Sequence[Mapping[str, object]]) -> Mapping[str, object]:
    def rank(manifest: Mapping[str, object]) -> tuple[bool, bool, str]:
        tags = manifest.get("dist-tags")
        version = Version.parse(str(manifest.get("version")))
        is_supported = not manifest.get("deprecated")
        is_latest = isinstance(tags, dict) and tags.get("latest") == manifest.get("version")
        return is_supported, is_supported and is_latest, version.key if version else ""

    return max(manifests, key=rank)


def _count(said: object) -> int:
    return said if isinstance(said, int) and said > 0 else 0


def _integrity(dist: Mapping[str, object], spec: str) -> str:
    """The strongest of the hashes promised, as npm writes them: algorithm, hyphen, Base64."""
    declared = dist.get("integrity")
    hashes = [found for word in str(declared or "").split() if (found := _INTEGRITY.fullmatch(word))]
    if hashes:
        best = min(hashes, key=lambda one: _STRENGTH.index(one[1]))
        return f"{best[1]}-{best[2]}"
    shasum = dist.get("shasum")
    if isinstance(shasum, str) and re.fullmatch(r"[0-9a-f]{40}", shasum):  # packages from before 2017
        return f"sha1-{base64.b64encode(bytes.fromhex(shasum)).decode()}"
    raise Unfetchable(f"npm promises no integrity for {spec}, so that nothing could be checked.", "integrity")


def _matches(file: Path, integrity: str) -> bool:
    algorithm, _, promised = integrity.partition("-")
    digest = hashlib.new(algorithm, usedforsecurity=algorithm != "sha1")
    with file.open("rb") as content:
        while chunk := content.read(_CHUNK_BYTES):
            digest.update(chunk)
    return base64.b64encode(digest.digest()).decode() == promised
