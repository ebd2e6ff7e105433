"""What a package says about itself: package.json, config.json, the model card, the manifests of adapters and merges.

All of it is read when the package arrives, strictly, so that a declaration that can't be understood is refused then,
with the file and the key named, and never becomes a silent nothing. Keys that are not known here are left alone.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from packages_app.domain.documents import bad_manifest, parse_json, parse_yaml
from packages_app.domain.refusals import Unacceptable

#: As much of a manifest as a reader need give; the documents have smaller bounds of their own.
MANIFEST_BYTES = 4 * 1024 * 1024
CARD_NAMES = ("README.md", "readme.md", "Readme.md", "README.MD")
DEPENDENCY_GROUPS = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
_PARENT_KEYS = ("base_model", "base_model_name_or_path", "parent_model", "_name_or_path")
_PART_KEYS = frozenset({"encoder", "decoder", "generator", "question_encoder", "text_encoder", "vision_encoder"})
_PART_DEPTH = 3
#: Between two lines of three hyphens, the first of them the first of the file.
_FRONT_MATTER = re.compile(rb"---[ \t]*\r?\n(.*?)^---[ \t]*\r?(?:\n|\Z)", re.DOTALL | re.MULTILINE)

Object = Mapping[str, object]


@dataclass(frozen=True)
class ModelCard:
    """`path`: of the file; `metadata`: its front matter, empty without one; `text`: what follows, Markdown."""

    path: str
    metadata: Object
    text: str


@dataclass(frozen=True)
class Dependency:
    """A line of package.json: `group` is the key it stands under, `range` as written."""

    name: str
    range: str
    group: str


@dataclass(frozen=True)
class License:
    """A license as declared, an SPDX expression or not, and where: file and key."""

    expression: str
    source: str


@dataclass(frozen=True)
class BaseModel:
    """A parent as declared, be it empty or a local path; `relation` where one is declared; `source`: file and key."""

    reference: str
    relation: str | None
    source: str


@dataclass(frozen=True)
class Manifests:
    """The documents that are there, and what they declare, in order of trust."""

    package_json: Object | None
    config_json: Object | None
    model_card: ModelCard | None
    adapter_config: Object | None
    mergekit: Object | None
    kind: Literal["npm", "model"]
    declared_name: str | None
    declared_version: str | None
    description: str | None
    repository: str | None
    licenses: tuple[License, ...]
    dependencies: tuple[Dependency, ...]
    base_models: tuple[BaseModel, ...]


def read_manifests(read: Callable[[str], bytes | None]) -> Manifests:
    """Reads the manifests of a package through `read`, which gives a file's bytes or None where there is no such file.

    Raises Unacceptable: `bad_manifest` with file and key, `no_manifest` where nothing says what the package is.
    """
    package = _json_object(read, "package.json")
    config = _json_object(read, "config.json")
    card = read_card(read)
    if package is None and config is None and (card is None or not card.metadata):
        raise Unacceptable(
            "The package says nothing about itself: add a package.json, a config.json, or a README.md that starts with "
            "model-card front matter.",
            "no_manifest",
        )
    adapter = _json_object(read, "adapter_config.json")
    mergekit = _yaml_object(read, "mergekit_config.yml")
    sources = _sources(package, config, card)
    return Manifests(
        package_json=package,
        config_json=config,
        model_card=card,
        adapter_config=adapter,
        mergekit=mergekit,
        kind="model" if package is None else "npm",
        declared_name=_first(sources, "name", "model_name"),
        declared_version=_first(sources, "version"),
        description=_first(sources, "description", "model_description"),
        repository=_repository(sources),
        licenses=tuple(_licenses(sources)),
        dependencies=tuple(_dependencies(package or {})),
        base_models=tuple(_base_models(card, adapter, config, mergekit)),
    )


def read_card(read: Callable[[str], bytes | None]) -> ModelCard | None:
    """The model card: README.md, its front matter read as YAML; None where the package has no such file."""
    for path in CARD_NAMES:
        data = read(path)
        if data is not None:
            return _card(data, path)
    return None


def _card(data: bytes, path: str) -> ModelCard:
    start = data.removeprefix(b"\xef\xbb\xbf")
    found = _FRONT_MATTER.match(start)
    if found is None:
        return ModelCard(path, {}, _prose(start))
    if start != data:
        raise bad_manifest(path, "starts with a byte order mark before its front matter; save it as UTF-8 without BOM")
    metadata = parse_yaml(found[1], path)
    if metadata is not None and not isinstance(metadata, dict):
        raise bad_manifest(path, "has front matter that is not a list of `key: value` lines")
    return ModelCard(path, metadata or {}, _prose(start[found.end() :]))


def _prose(data: bytes) -> str:
    """Text for people: what is not UTF-8, or NUL, which no database holds, is replaced and not refused."""
    return data.decode("utf-8", "replace").replace("\0", "\ufffd")


def _json_object(read: Callable[[str], bytes | None], path: str) -> Object | None:
    data = read(path)
    return None if data is None else _object(parse_json(data, path), path)


def _yaml_object(read: Callable[[str], bytes | None], path: str) -> Object | None:
    data = read(path)
    return None if data is None else _object(parse_yaml(data, path), path)


def _object(value: object, path: str) -> Object:
    if not isinstance(value, dict):
        raise bad_manifest(path, "has to hold an object with keys, not a single value or a list")
    return value


def _sources(package: Object | None, config: Object | None, card: ModelCard | None) -> dict[str, Object]:
    """The documents that may name, version and describe the package, by file, the first to be believed first."""
    found = {"package.json": package, "config.json": config}
    if card is not None:
        found[card.path] = card.metadata
    return {path: document for path, document in found.items() if document is not None}


def _first(sources: Mapping[str, Object], *keys: str) -> str | None:
    """The first text under one of `keys` that is not empty."""
    texts = (_text(document, key, path) for path, document in sources.items() for key in keys)
    return next((text for text in texts if text), None)


def _text(document: Object, key: str, path: str) -> str | None:
    value = document.get(key)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        raise bad_manifest(path, f'has to be a string: write "{value}" with quotes, not a number', key=key)
    raise bad_manifest(path, "has to be a string", key=key)


def _repository(sources: Mapping[str, Object]) -> str | None:
    """The first address under `repository`, npm's objects included, or under `repo`."""
    for path, document in sources.items():
        value = document.get("repository")
        address = (
            _text(value, "url", f"{path}: repository")
            if isinstance(value, dict)
            else _first({path: document}, "repository")
        )
        if address := address or _text(document, "repo", path):
            return address
    return None


def _licenses(sources: Mapping[str, Object]) -> Iterator[License]:
    """What stands under `license` and npm's older `licenses`: texts, lists of texts, or objects with a type."""
    for path, document in sources.items():
        for key in ("license", "licenses"):
            declared = document.get(key)
            for value in declared if isinstance(declared, list) else [declared]:
                text = _text(value, "type", f"{path}: {key}") if isinstance(value, dict) else value
                if text is not None and not isinstance(text, str):
                    raise bad_manifest(path, "has to be a string or a list of strings", key=key)
                if text:
                    yield License(text, f"{path} {key}")


def _dependencies(package: Object) -> Iterator[Dependency]:
    for group in DEPENDENCY_GROUPS:
        declared = package.get(group)
        if declared is None:
            continue
        if not isinstance(declared, dict):
            raise bad_manifest("package.json", "has to be an object of names and ranges", key=group)
        for name, wanted in declared.items():
            if not isinstance(wanted, str):
                raise bad_manifest("package.json", "has to be a string", key=f"{group}.{name}")
            yield Dependency(name, wanted, group)


def _base_models(
    card: ModelCard | None, adapter: Object | None, config: Object | None, mergekit: Object | None
) -> Iterator[BaseModel]:
    """Every declared parent, the most trusted source first; what is declared twice is yielded twice."""
    if card is not None:
        relation = _text(card.metadata, "base_model_relation", card.path)
        yield from _parents(card.metadata, "base_model", card.path, relation)
    if adapter is not None:
        yield from _parents(adapter, "base_model_name_or_path", "adapter_config.json", "adapter")
    if config is not None:
        yield from _config_parents(config, "config.json", _PART_DEPTH)
    if mergekit is not None:
        yield from _merged(mergekit)


def _parents(document: Object, key: str, path: str, relation: str | None = None) -> Iterator[BaseModel]:
    declared = document.get(key)
    for value in declared if isinstance(declared, list) else [declared]:
        if value is None:
            continue
        if not isinstance(value, str):
            raise bad_manifest(path, "has to be a string or a list of strings", key=key)
        yield BaseModel(value, relation, f"{path} {key}")


def _config_parents(config: Object, path: str, depth: int) -> Iterator[BaseModel]:
    """The parents of a model and of the encoders, decoders, text and vision parts that it is made of."""
    for key in _PARENT_KEYS:
        yield from _parents(config, key, path)
    for key, part in config.items():
        if depth and isinstance(part, dict) and (key in _PART_KEYS or key.endswith("_config")):
            yield from _config_parents(part, f"{path}: {key}", depth - 1)


def _merged(mergekit: Object) -> Iterator[BaseModel]:
    """The models of a merge: its base, its list, and the sources of its slices."""
    path = "mergekit_config.yml"
    yield from _parents(mergekit, "base_model", path, "merge")
    models = _objects(mergekit, "models", path)
    for piece in _objects(mergekit, "slices", path):
        models = [*models, *_objects(piece, "sources", path)]
    for model in models:
        yield from _parents(model, "model", path, "merge")


def _objects(document: Object, key: str, path: str) -> list[Object]:
    declared = document.get(key)
    if declared is None:
        return []
    if not isinstance(declared, list) or not all(isinstance(value, dict) for value in declared):
        raise bad_manifest(path, "has to be a list of objects", key=key)
    return declared
