"""What a package.json declares, as evidence."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from metrics_app.collectors.files import Files, resolved
from metrics_app.domain.evidence import Check, DeclaredLicence, Dependency
from metrics_app.domain.repository import repository_url

PATH = "package.json"
GROUPS: Mapping[str, Literal["prod", "optional", "dev", "peer"]] = {
    "dependencies": "prod",
    "optionalDependencies": "optional",
    "devDependencies": "dev",
    "peerDependencies": "peer",
}
METADATA = ("description", "keywords", "homepage", "author", "repository", "bugs", "contributors", "engines", "funding")
ENDINGS = (
    "",
    ".js",
    ".json",
    ".node",
    ".mjs",
    ".cjs",
    ".ts",
    ".d.ts",
    "/index.js",
    "/index.json",
    "/index.node",
    "/index.d.ts",
)
MOST = 2_000


def licences(manifest: Mapping[str, Any]) -> tuple[DeclaredLicence, ...]:
    """`license` as it stands; npm's old objects and lists (of which any may be chosen) as one expression."""
    declared = manifest.get("license") or manifest.get("licenses") or manifest.get("licence")
    text = " OR ".join(_names(declared))
    return (DeclaredLicence(PATH, text[:1000]),) if text.strip() else ()


def _names(declared: object) -> list[str]:
    if isinstance(declared, str):
        return [declared]
    if isinstance(declared, Mapping):
        return _names(declared.get("type") or declared.get("name"))
    if isinstance(declared, list):
        return [name for one in declared[:20] for name in _names(one)]
    return []


def dependencies(manifest: Mapping[str, Any]) -> tuple[Dependency, ...]:
    """Every dependency as written; a range that is no text is kept as its text, which nothing will parse."""
    return tuple(
        Dependency(str(name)[:300], (spec if isinstance(spec, str) else repr(spec))[:300], group, "npm", PATH)
        for key, group in GROUPS.items()
        for name, spec in _entries(manifest, key)
    )


def _entries(manifest: Mapping[str, Any], key: str) -> list[tuple[str, Any]]:
    found = manifest.get(key)
    return list(found.items())[:MOST] if isinstance(found, Mapping) else []


def entry_points(manifest: Mapping[str, Any], files: Files) -> tuple[Check, ...]:
    """Whether each file that the manifest names as an entry exists, the way Node finds it."""
    named = dict.fromkeys(_targets(manifest))
    return tuple(Check(target[:300], _exists(target, files), PATH) for target in list(named)[:MOST])


def _targets(manifest: Mapping[str, Any]) -> Iterator[str]:
    for key in ("main", "module", "types", "typings", "browser", "bin", "exports"):
        for target in _leaves(manifest.get(key)):
            if key not in {"exports", "browser"} or target.startswith("."):
                yield target


def _leaves(value: object, depth: int = 0) -> Iterator[str]:
    """The texts in nested objects and lists; null, as in an export that is closed, names nothing."""
    if isinstance(value, str) and value.strip():
        yield value.strip()
    elif isinstance(value, Mapping | list) and depth < 20:
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _leaves(one, depth + 1)


def _exists(target: str, files: Files) -> bool:
    if "*" in target:
        before, _, after = (resolved(target) or "").partition("*")
        return any(path.startswith(before) and path.endswith(after) for path in files.sizes)
    plain = resolved(target)
    if plain is None:
        return False
    if target.endswith("/") and files.has(plain):
        return True
    return any(f"{plain}{ending}".lstrip("/") in files.sizes for ending in ENDINGS)


def repository(manifest: Mapping[str, Any]) -> str | None:
    declared = manifest.get("repository")
    text = declared.get("url") if isinstance(declared, Mapping) else declared
    return repository_url(text) if isinstance(text, str) else None


def metadata(manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """The descriptive fields that hold something."""
    return tuple(key for key in METADATA if manifest.get(key))
