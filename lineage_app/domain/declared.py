"""From what a package's files declare to its parents: trust in order, one parent once, nothing made up.

Sources in order of trust (METRICS.md): the model card's `base_model`, `adapter_config.json`, `config.json` and its nested
configs, mergekit's models, a GGUF file's `general.base_model.*`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

RELATIONSHIPS = frozenset({"finetune", "adapter", "merge", "quantized"})
_CONFIG_KEYS = ("base_model", "base_model_name_or_path", "parent_model", "_name_or_path")
_NESTED = re.compile(r"(?:^|_)(?:encoder|decoder|text|vision|audio|language)(?:_config|_model)?$|_config$")
_REFERENCE = re.compile(
    r"(?P<name>@?[A-Za-z0-9][\w.-]*(?:/[A-Za-z0-9][\w.-]*)?)(?:@(?P<version>[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}))?",
    re.ASCII,
)
_DEEPEST = 4


@dataclass(frozen=True)
class Declarations:
    """The files that may name parents, parsed; None for one that the package does not have."""

    model_card: Mapping[str, object] | None = None
    adapter_config: Mapping[str, object] | None = None
    config: Mapping[str, object] | None = None
    mergekit: Mapping[str, object] | None = None
    gguf: Mapping[str, object] | None = None


@dataclass(frozen=True)
class DeclaredParent:
    """A parent by its name and, where the reference says so (`name@version`), its version; else ''."""

    name: str
    version: str
    relationship: str
    source: str


def declared_parents(own_name: str, declarations: Declarations) -> tuple[DeclaredParent, ...]:
    """The parents of the package `own_name`, the most trusted declaration of each first."""
    found: dict[tuple[str, str], str] = {}
    for source, reference in _references(declarations):
        match = _REFERENCE.fullmatch(reference.strip())
        if match is None:  # a local path, a URL or nothing
            continue
        name, version = match["name"], match["version"] or ""
        if name == own_name and not version:
            continue
        already = {known for known, _ in found}
        if name not in already or (version and (name, version) not in found):
            found[name, version] = source
    relationship = _relationship(declarations, len(found))
    return tuple(DeclaredParent(name, version, relationship, source) for (name, version), source in found.items())


def _references(declarations: Declarations) -> Iterator[tuple[str, str]]:
    card, adapter, mergekit = (
        declarations.model_card or {},
        declarations.adapter_config or {},
        declarations.mergekit or {},
    )
    yield from (("README.md", text) for text in _texts(card.get("base_model")))
    yield from (("adapter_config.json", text) for text in _texts(adapter.get("base_model_name_or_path")))
    yield from (("config.json", text) for text in _in_config(declarations.config or {}, 0))
    yield from (("mergekit_config.yml", text) for text in _in_mergekit(mergekit))
    for key, value in (declarations.gguf or {}).items():
        if re.fullmatch(r"general\.base_model\.\d+\.repo_url", key):
            yield from (("gguf", _repository(text)) for text in _texts(value))


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Sequence):
        yield from (item for item in value if isinstance(item, str))


def _in_config(config: Mapping[str, object], depth: int) -> Iterator[str]:
    for key in _CONFIG_KEYS:
        yield from _texts(config.get(key))
    for key, value in config.items():
        if isinstance(value, Mapping) and _NESTED.search(key) and depth < _DEEPEST:
            yield from _in_config(value, depth + 1)


def _in_mergekit(value: object, depth: int = 0) -> Iterator[str]:
    """mergekit names models under `base_model`, `models: [{model}]` and `slices: [{sources: [{model}]}]`."""
    if depth > _DEEPEST * 2:
        return
    if isinstance(value, Mapping):
        for key in ("base_model", "model"):
            yield from _texts(value.get(key))
        for key in ("models", "slices", "sources"):
            yield from _in_mergekit(value.get(key), depth + 1)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for item in value:
            yield from _in_mergekit(item, depth + 1)


def _repository(url: str) -> str:
    """`org/model` of a Hugging Face URL; anything else as it is."""
    return re.sub(r"^https://huggingface\.co/", "", url.strip()).strip("/")


def _relationship(declarations: Declarations, parents: int) -> str:
    card, config = declarations.model_card or {}, declarations.config or {}
    declared = card.get("base_model_relation")
    if isinstance(declared, str) and declared in RELATIONSHIPS:
        return declared
    if declarations.adapter_config is not None:
        return "adapter"
    if parents >= 2:
        return "merge"
    if "quantization_config" in config or declarations.gguf is not None:
        return "quantized"
    return "finetune"
