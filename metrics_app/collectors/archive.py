"""What a package's own files show, as evidence. Reads in bounded pieces; runs and follows nothing."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Literal

from metrics_app.collectors import licence_texts, model_card, npm_manifest, python_manifests, real_tests, weights
from metrics_app.collectors.files import Files, ManifestError
from metrics_app.domain.evidence import ArchiveEvidence, Check, DeclaredLicence, Dependency, LicenceText
from metrics_app.domain.repository import repository_url

README = re.compile(r"(readme|model[_-]?card)(\.(md|markdown|mdown|rst|txt))?$", re.IGNORECASE)
README_CHARACTERS = 100_000
LICENCE = re.compile(
    r"((mit|apache|bsd|[al]?gpl|mpl|isc|cc0)[-_])?((un)?licen[sc]es?|copying|ofl)([-_.][\w.-]+)?$", re.IGNORECASE
)
#: Code and data about licences, such as license.js.
NO_TEXT = re.compile(r"\.([cm]?[jt]sx?|json|map|ya?ml|py|rb|go|rs|php)$", re.IGNORECASE)
SPDX_TAG = re.compile(r"^[^\w\n]*SPDX-License-Identifier:[ \t]*(?P<expression>[\w .()+-]{1,300})$", re.MULTILINE)
REUSE = re.compile(r"LICENSES/[\w.+-]+\.txt$")
LICENCES_READ = 20
LOCK_FILES = {
    "npm-shrinkwrap.json", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb",
    "poetry.lock", "uv.lock", "pdm.lock", "Pipfile.lock", "pylock.toml",
}  # fmt: skip
EXAMPLE = re.compile(
    r"(^|/)(examples?|demos?|notebooks?|samples?|tutorials?)/[^/]|\.ipynb$|(^|/)(example|demo|usage)\.\w+$", re.I
)
CONFIGS = (
    "package.json", "config.json", "adapter_config.json", "model_index.json", "tokenizer_config.json",
    "generation_config.json", "preprocessor_config.json", "processor_config.json",
)  # fmt: skip
CONFIG_LINKS = ("repository", "repo", "repo_url", "code_url", "github")
MODEL_WEIGHTS = re.compile(r"\.(safetensors|bin|pt|pth|ckpt|gguf|onnx|h5|msgpack|tflite|keras|pkl)$", re.IGNORECASE)


def archive_evidence(files: Files, *, kind: Literal["model", "npm"] | None = None) -> ArchiveEvidence:
    """The evidence that a package's own `files` give. What can't be parsed becomes a check that fails.

    `kind` is what the registry holds the package for; None: told from the files.
    """
    manifests, parsed = _manifests(files)
    readme_path = _readme(files)
    readme = files.text(readme_path, 4 * README_CHARACTERS)[:README_CHARACTERS] if readme_path else None
    metadata, card_check = _front_matter(readme_path, readme)
    package = parsed.get("package.json", {})
    pyproject, pyproject_check = _pyproject(files)
    tags, texts = _licence_files(files)
    real, hollow = real_tests.found_tests(files)
    return ArchiveEvidence(
        kind=kind or _kind(files, parsed),
        licences=_licences(package, pyproject, metadata, readme_path or "") + tags,
        licence_texts=texts,
        dependencies=_dependencies(files, package, pyproject),
        lock_files=tuple(path for path in files.top_level() if path in LOCK_FILES),
        readme_path=readme_path,
        readme=readme,
        card_fields=model_card.filled(metadata) + npm_manifest.metadata(package),
        examples=tuple(
            sorted(path for path in files.sizes if EXAMPLE.search(path) and "node_modules/" not in path)[:20]
        ),
        manifests=manifests + card_check + pyproject_check,
        named_files=npm_manifest.entry_points(package, files)
        + weights.shards(files)
        + _named_by_configs(parsed, files),
        weights=weights.safetensors(files),
        tests=real,
        hollow_tests=hollow,
        repository=_repository(package, metadata, readme or "", parsed.get("config.json", {})),
        names=_names(parsed),
    )


def _manifests(files: Files) -> tuple[tuple[Check, ...], dict[str, dict[str, Any]]]:
    checks, parsed = [], {}
    for path in CONFIGS:
        if path in files.sizes:
            try:
                parsed[path] = files.json(path)
                checks.append(Check(path, holds=True))
            except ManifestError as error:
                checks.append(Check(path, holds=False, detail=str(error)))
    return tuple(checks), parsed


def _readme(files: Files) -> str | None:
    """The top folder's README: Markdown before others, README before MODEL_CARD."""
    found = [path for path in files.top_level() if README.match(path)]
    return min(
        found,
        key=lambda path: (not path.lower().startswith("readme"), PurePosixPath(path).suffix.lower() != ".md", path),
        default=None,
    )


def _front_matter(path: str | None, readme: str | None) -> tuple[Mapping[str, Any], tuple[Check, ...]]:
    if path is None or readme is None:
        return {}, ()
    try:
        metadata = model_card.front_matter(readme)
    except ManifestError as error:
        return {}, (Check(path, holds=False, detail=str(error)),)
    return metadata, (Check(path, holds=True),) if metadata else ()


def _pyproject(files: Files) -> tuple[Mapping[str, Any], tuple[Check, ...]]:
    path = python_manifests.PYPROJECT
    if path not in files.sizes:
        return {}, ()
    try:
        return python_manifests.parsed(files.text(path)), (Check(path, holds=True),)
    except ManifestError as error:
        return {}, (Check(path, holds=False, detail=str(error)),)


def _kind(files: Files, parsed: Mapping[str, object]) -> Literal["model", "npm"]:
    """npm where there is a package.json and nothing that only models have."""
    config = parsed.get("config.json")
    if "package.json" not in files.sizes or "adapter_config.json" in parsed:
        return "model"
    configured = isinstance(config, Mapping) and config.keys() & {"model_type", "architectures", "_name_or_path"}
    weighty = any(MODEL_WEIGHTS.search(path) for path in files.top_level())
    return "model" if configured or weighty else "npm"


def _licences(
    package: Mapping[str, Any], pyproject: Mapping[str, Any], metadata: Mapping[str, Any], readme: str
) -> tuple[DeclaredLicence, ...]:
    return npm_manifest.licences(package) + python_manifests.licences(pyproject) + model_card.licences(metadata, readme)


def _licence_files(files: Files) -> tuple[tuple[DeclaredLicence, ...], tuple[LicenceText, ...]]:
    """What the licence files name by an SPDX tag, and what their texts are."""
    paths = [path for path in files.top_level() if LICENCE.match(path) and not NO_TEXT.search(path)]
    paths += sorted(path for path in files.sizes if REUSE.match(path))
    tags: list[DeclaredLicence] = []
    texts: list[LicenceText] = []
    for path in paths[:LICENCES_READ]:
        text = files.text(path, licence_texts.TEXT_CHARACTERS)
        tag, found = SPDX_TAG.search(text), licence_texts.identify(text)
        texts += [LicenceText(path, name, likeness) for name, likeness in found]
        if tag:
            tags.append(DeclaredLicence(path, tag["expression"].strip()))
        elif not found:
            texts.append(LicenceText(path, None, 0.0))
    return tuple(tags), tuple(texts)


def _dependencies(files: Files, package: Mapping[str, Any], pyproject: Mapping[str, Any]) -> tuple[Dependency, ...]:
    listed = python_manifests.from_requirements(files) + python_manifests.from_pyproject(pyproject)
    return npm_manifest.dependencies(package) + listed


def _named_by_configs(parsed: Mapping[str, Mapping[str, Any]], files: Files) -> tuple[Check, ...]:
    """Code that config.json maps classes to, folders that model_index.json lists, weights an adapter needs."""
    checks = []
    mapped = parsed.get("config.json", {}).get("auto_map")
    for target in sorted(set(_texts(mapped.values()))) if isinstance(mapped, Mapping) else []:
        if "--" not in target:
            path = f"{target.rpartition('.')[0].replace('.', '/')}.py"
            checks.append(Check(path[:300], path in files.sizes, "config.json"))
    for name, component in parsed.get("model_index.json", {}).items():
        if not name.startswith("_") and isinstance(component, list) and component and component[0] is not None:
            checks.append(Check(name[:300], files.has(name), "model_index.json"))
    if "adapter_config.json" in parsed:
        there = any(f"adapter_model.{ending}" in files.sizes for ending in ("safetensors", "bin"))
        checks.append(Check("adapter_model.safetensors", there, "adapter_config.json"))
    return tuple(checks[:1000])


def _texts(values: object) -> list[str]:
    if isinstance(values, str):
        return [values]
    return [text for one in values for text in _texts(one)] if hasattr(values, "__iter__") else []


def _repository(
    package: Mapping[str, Any], metadata: Mapping[str, Any], readme: str, config: Mapping[str, Any]
) -> str | None:
    declared = (str(config[field]) for field in CONFIG_LINKS if isinstance(config.get(field), str))
    in_config = next((url for link in declared if (url := repository_url(link))), None)
    return npm_manifest.repository(package) or model_card.repository(metadata, readme) or in_config


def _names(parsed: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """What the package's own configurations call it."""
    named = (
        parsed.get(path, {}).get(field) for path, field in (("config.json", "_name_or_path"), ("package.json", "name"))
    )
    return tuple(name[:300] for name in named if isinstance(name, str) and name.strip())
