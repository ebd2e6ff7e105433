"""What may be ingested, as people write it: a model's page on Hugging Face, a package's page on npm, a package URL.

Only read here, never fetched: where bytes come from is decided by the operator's settings, not by what was pasted.
"""

import re
from dataclasses import dataclass
from typing import Literal

from packageurl import PackageURL

from packages_app.domain.names import InvalidName, parse_name
from packages_app.domain.range_grammar import InvalidRange
from packages_app.domain.ranges import parse_range

Provider = Literal["huggingface", "npm"]

#: The web sites whose addresses people paste; an operator's own Hub is another.
HUB_SITES = frozenset({"huggingface.co", "www.huggingface.co", "hf.co"})
NPM_SITE = "www.npmjs.com"

ACCEPTED = (
    "give a model's page (https://huggingface.co/owner/model), a package's page on npm, or a package URL "
    "(pkg:huggingface/owner/model@revision, pkg:npm/name@range)"
)
REVISION_LENGTH = 255
_ADDRESS = re.compile(r"(?i:https?)://([^/?#@]+)(/[^?#]*)?(?:[?#].*)?")
_REVISION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/+-]*")
_TAG = re.compile(r"[A-Za-z][0-9A-Za-z._-]*")
#: First words of the Hub's paths that are no owner of models.
_NOT_OWNERS = frozenset(
    {
        "datasets",
        "spaces",
        "docs",
        "models",
        "api",
        "blog",
        "papers",
        "collections",
        "organizations",
        "settings",
        "posts",
    }
)


class InvalidReference(ValueError):
    """A text that names nothing that can be ingested; `str(error)` says why in one sentence."""


@dataclass(frozen=True, slots=True)
class Reference:
    """`name` as its provider writes it; `wanted`: a Git revision or a range of npm versions, None for the newest."""

    provider: Provider
    name: str
    wanted: str | None = None


def parse_reference(text: str, version: str | None = None, *, hubs: frozenset[str] = HUB_SITES) -> Reference:
    """What `text` refers to, at `version` where it names none itself; `hubs` are sites with the Hub's pages, `host` or
    `host:port`. Raises InvalidReference."""
    found = _package_url(text) if text.startswith("pkg:") else _page(text, hubs)
    if version is not None and found.wanted not in {None, version}:
        raise InvalidReference(f"The URL names {found.wanted!r} and the version {version!r}; name only one of them.")
    wanted = version if found.wanted is None else found.wanted
    _check(found.provider, found.name, wanted)
    return Reference(found.provider, found.name, wanted)


def _page(text: str, hubs: frozenset[str]) -> Reference:
    address = _ADDRESS.fullmatch(text)
    if address is None:
        raise InvalidReference(f"This is no address to ingest from: {ACCEPTED}.")
    host, path = address[1].lower(), (address[2] or "/").rstrip("/")
    parts = [_unescaped(part) for part in path.split("/")[1:]]
    if host in hubs:
        return _hub_page(parts)
    if host in {NPM_SITE, NPM_SITE.removeprefix("www.")}:
        return _npm_page(parts)
    raise InvalidReference(f"Packages are not ingested from {host[:100]!r}: {ACCEPTED}.")


def _hub_page(parts: list[str]) -> Reference:
    if parts and parts[0] in _NOT_OWNERS:
        raise InvalidReference(f"Of Hugging Face only models are ingested, not {parts[0]}: {ACCEPTED}.")
    match parts:
        case [owner, name]:
            return Reference("huggingface", f"{owner}/{name}")
        case [owner, name, "tree" | "commit", revision]:
            return Reference("huggingface", f"{owner}/{name}", revision)
        case [name] if name:
            return Reference("huggingface", name)
        case [name, "tree" | "commit", revision]:
            return Reference("huggingface", name, revision)
    raise InvalidReference(f"This is not the page of a whole model: {ACCEPTED}.")


def _npm_page(parts: list[str]) -> Reference:
    match parts:
        case ["package", scope, name, *rest] if scope.startswith("@"):
            full = f"{scope}/{name}"
        case ["package", full, *rest]:
            pass
        case _:
            raise InvalidReference(f"This is not the page of an npm package: {ACCEPTED}.")
    match rest:
        case []:
            return Reference("npm", full)
        case ["v", version]:
            return Reference("npm", full, version)
    raise InvalidReference(f"This is not the page of an npm package: {ACCEPTED}.")


def _package_url(text: str) -> Reference:
    try:
        # As it is written: npm's names, and the Hub's revisions, have a case that normalization would take from them.
        url = PackageURL.from_string(text, normalize_purl=False)
    except ValueError:
        raise InvalidReference(f"This package URL isn't well-formed: {ACCEPTED}.") from None
    if url.qualifiers or url.subpath:
        raise InvalidReference(
            "A package URL to ingest has no qualifiers and no subpath; leave out what follows ? and #."
        )
    name = _unescaped(f"{url.namespace}/{url.name}" if url.namespace else url.name)
    version = _unescaped(url.version or "") or None
    if url.type == "huggingface":
        return Reference("huggingface", name, version)
    if url.type == "npm":
        if "/" in name and not name.startswith("@"):
            raise InvalidReference(f"An npm scope starts with @: write pkg:npm/%40{name[:200]}.")
        return Reference("npm", name, version)
    raise InvalidReference(f"Packages of the type {url.type[:100]!r} are not ingested: {ACCEPTED}.")


def _check(provider: Provider, name: str, wanted: str | None) -> None:
    try:
        parsed = parse_name(name)
    except InvalidName as error:
        raise InvalidReference(str(error)) from None
    if provider == "huggingface" and parsed.is_scoped:
        raise InvalidReference("A model on Hugging Face is written owner/model, without @.")
    if wanted is None:
        return
    good = _is_revision(wanted) if provider == "huggingface" else _is_tag_or_range(wanted)
    if not good:
        what = "a branch, tag or commit" if provider == "huggingface" else "a range of versions or a tag"
        raise InvalidReference(f"{wanted[:100]!r} is not {what}; give one such as {_EXAMPLES[provider]}.")


_EXAMPLES = {"huggingface": "main, v1.0 or a full commit hash", "npm": "1.2.3, ^1.2.0 or latest"}


def _is_revision(text: str) -> bool:
    plain = len(text) <= REVISION_LENGTH and _REVISION.fullmatch(text)
    return bool(plain) and ".." not in text and "//" not in text and not text.endswith("/")


def _is_tag_or_range(text: str) -> bool:
    if len(text) > REVISION_LENGTH or not text:
        return False
    if _TAG.fullmatch(text):
        return True
    try:
        parse_range(text)
    except InvalidRange:
        return False
    return True


def _unescaped(part: str) -> str:
    """`part` without percent-encoding; beyond ASCII it doesn't matter as what, since no name or version goes there."""
    return re.sub("%([0-9A-Fa-f]{2})", lambda found: chr(int(found[1], 16)), part)
