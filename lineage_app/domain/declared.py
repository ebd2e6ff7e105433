"""From what a package's files declare to its parents: the most trusted declaration first, each parent once.

The sources and their order of trust stand in METRICS.md; packages_app.domain.manifests reads them in that order.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from packages_app.domain.manifests import BaseModel

RELATIONSHIPS = frozenset({"finetune", "adapter", "merge", "quantized"})
_HUB = re.compile(r"^https?://(?:www\.)?huggingface\.co/(?=[^/]+/[^/]+/?$)")
_REFERENCE = re.compile(
    r"(?P<name>@?[A-Za-z0-9][\w.-]*(?:/[A-Za-z0-9][\w.-]*)?)(?:@(?P<version>[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}))?",
    re.ASCII,
)
_LONGEST_NAME = 255


@dataclass(frozen=True)
class DeclaredParent:
    """A parent by its name and, where the reference says so (`name@version`), its version; else ''."""

    name: str
    version: str
    relationship: str
    source: str


def declared_parents(
    own_name: str, declarations: Iterable[BaseModel], *, is_adapter: bool, is_quantized: bool
) -> tuple[DeclaredParent, ...]:
    """The parents of the package `own_name`, in the order of `declarations`.

    Left out are empty references, local paths, and the package itself; of one parent declared twice the first counts, or
    the one that names a version.
    """
    found: dict[str, tuple[str, BaseModel]] = {}
    for declaration in declarations:
        match = _REFERENCE.fullmatch(_HUB.sub("", declaration.reference.strip()).rstrip("/"))
        if match is None or len(match["name"]) > _LONGEST_NAME:
            continue
        name, version = match["name"], match["version"] or ""
        if name == own_name and not version:
            continue
        if name not in found or (version and not found[name][0]):
            found[name] = (version, declaration)
    implied = _implied(len(found), is_adapter=is_adapter, is_quantized=is_quantized)
    return tuple(
        DeclaredParent(
            name,
            version,
            declaration.relation if declaration.relation in RELATIONSHIPS else implied,
            declaration.source,
        )
        for name, (version, declaration) in found.items()
    )


def _implied(parents: int, *, is_adapter: bool, is_quantized: bool) -> str:
    """The relationship when none is declared."""
    if is_adapter:
        return "adapter"
    if parents >= 2:
        return "merge"
    return "quantized" if is_quantized else "finetune"
