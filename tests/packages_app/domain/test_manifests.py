import contextlib
import json
import random

import pytest

from packages_app.domain.manifests import BaseModel, Dependency, License, Manifests, ModelCard, read_manifests
from packages_app.domain.refusals import Unacceptable


def manifests(**files: object) -> Manifests:
    """Reads files given by name, with _ for the dot; what isn't bytes is written as JSON."""
    named = {
        name.replace("_json", ".json").replace("_md", ".md").replace("_yml", ".yml"): file
        for name, file in files.items()
    }
    raw = {name: file if isinstance(file, bytes) else json.dumps(file).encode() for name, file in named.items()}
    return read_manifests(raw.get)


NPM = {
    "name": "@scope/tool",
    "version": "1.2.3",
    "description": "A tool",
    "license": "MIT",
    "repository": {"type": "git", "url": "git+https://example.org/tool.git"},
    "dependencies": {"left": "^1.0.0"},
    "devDependencies": {"test": "2.x"},
}
CARD = b"""---
name: org/model
version: '1.10'
license: apache-2.0
base_model: [org/a, org/b]
base_model_relation: merge
---
# Model
"""
MERGE = b"""base_model: b
models:
- model: m
slices:
- sources:
  - model: s
    layer_range: [0, 8]
"""


def test_npm_packages_declare_themselves() -> None:
    found = manifests(package_json=NPM, README_md=b"# Tool")
    assert (found.kind, found.declared_name, found.declared_version, found.description) == (
        "npm",
        "@scope/tool",
        "1.2.3",
        "A tool",
    )
    assert found.repository == "git+https://example.org/tool.git"
    assert found.licenses == (License("MIT", "package.json license"),)
    assert found.dependencies == (
        Dependency("left", "^1.0.0", "dependencies"),
        Dependency("test", "2.x", "devDependencies"),
    )
    assert found.model_card == ModelCard("README.md", {}, "# Tool")
    assert found.base_models == ()


def test_model_cards_declare_models() -> None:
    found = manifests(README_md=CARD)
    assert (found.kind, found.declared_name, found.declared_version) == ("model", "org/model", "1.10")
    assert found.licenses == (License("apache-2.0", "README.md license"),)
    assert found.base_models == tuple(BaseModel(name, "merge", "README.md base_model") for name in ("org/a", "org/b"))
    assert found.model_card is not None
    assert found.model_card.text == "# Model\n"


def test_package_json_wins_over_config_and_card() -> None:
    config = {"name": "other", "version": "9", "description": "d"}
    found = manifests(package_json={"name": "mine"}, config_json=config, README_md=CARD)
    assert (found.declared_name, found.declared_version, found.description) == ("mine", "9", "d")


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"config_json": {}}, []),
        ({"config_json": {"_name_or_path": ""}}, [("", None, "config.json _name_or_path")]),
        (
            {"config_json": {"_name_or_path": "./here", "base_model": ["a", "b"], "parent_model": None}},
            [
                ("a", None, "config.json base_model"),
                ("b", None, "config.json base_model"),
                ("./here", None, "config.json _name_or_path"),
            ],
        ),
        (
            {
                "config_json": {
                    "text_config": {"_name_or_path": "t"},
                    "encoder": {"decoder": {"parent_model": "d"}},
                    "other": {"base_model": "no"},
                }
            },
            [
                ("t", None, "config.json: text_config _name_or_path"),
                ("d", None, "config.json: encoder: decoder parent_model"),
            ],
        ),
        (
            {"config_json": {}, "adapter_config_json": {"base_model_name_or_path": "base"}},
            [("base", "adapter", "adapter_config.json base_model_name_or_path")],
        ),
        (
            {
                "README_md": CARD,
                "adapter_config_json": {"base_model_name_or_path": "base"},
                "config_json": {"base_model": "c"},
            },
            [
                ("org/a", "merge", "README.md base_model"),
                ("org/b", "merge", "README.md base_model"),
                ("base", "adapter", "adapter_config.json base_model_name_or_path"),
                ("c", None, "config.json base_model"),
            ],
        ),
        (
            {
                "config_json": {},
                "mergekit_config_yml": MERGE,
            },
            [
                (name, "merge", f"mergekit_config.yml {key}")
                for name, key in (("b", "base_model"), ("m", "model"), ("s", "model"))
            ],
        ),
    ],
)
def test_parents_come_in_order_of_trust(files: dict[str, object], expected: list[tuple[str, str | None, str]]) -> None:
    assert manifests(**files).base_models == tuple(BaseModel(*parent) for parent in expected)


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ("MIT", ["MIT"]),
        (["a", "b"], ["a", "b"]),
        ({"type": "BSD", "url": "x"}, ["BSD"]),
        ([{"type": "BSD"}], ["BSD"]),
        (None, []),
        ("", []),
    ],
)
def test_licenses_are_read_in_all_spellings(declared: object, expected: list[str]) -> None:
    assert [found.expression for found in manifests(package_json={"license": declared}).licenses] == expected


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"README_md": b"# Only prose"},
        {"README_md": b"---\n---\n"},
        {"README_md": b"---\nnot closed: 1\n"},
        {"adapter_config_json": {}},
    ],
)
def test_packages_that_say_nothing_are_refused(files: dict[str, object]) -> None:
    with pytest.raises(Unacceptable) as caught:
        manifests(**files)
    assert caught.value.code == "no_manifest"


@pytest.mark.parametrize(
    ("files", "detail"),
    [
        (
            {"package_json": {"name": 42}},
            'package.json, key "name", has to be a string: write "42" with quotes, not a number.',
        ),
        ({"package_json": {"version": ["1"]}}, 'package.json, key "version", has to be a string.'),
        (
            {"package_json": {"dependencies": []}},
            'package.json, key "dependencies", has to be an object of names and ranges.',
        ),
        ({"package_json": {"dependencies": {"a": 1}}}, 'package.json, key "dependencies.a", has to be a string.'),
        ({"package_json": {"license": 1}}, 'package.json, key "license", has to be a string or a list of strings.'),
        (
            {"package_json": {"repository": {"url": 1}}},
            'package.json: repository, key "url", has to be a string: write "1" with quotes, not a number.',
        ),
        ({"package_json": []}, "package.json has to hold an object with keys, not a single value or a list."),
        ({"config_json": {"name": True}}, 'config.json, key "name", has to be a string.'),
        (
            {"config_json": {"base_model": {"a": 1}}},
            'config.json, key "base_model", has to be a string or a list of strings.',
        ),
        (
            {"config_json": {"text_config": {"base_model": 7}}},
            'config.json: text_config, key "base_model", has to be a string or a list of strings.',
        ),
        (
            {"README_md": b"---\nversion: 1.0\n---\n"},
            'README.md, key "version", has to be a string: write "1.0" with quotes, not a number.',
        ),
        ({"README_md": b"---\n- a\n---\n"}, "README.md has front matter that is not a list of `key: value` lines."),
        (
            {"README_md": b"---\njust words\n---\n"},
            "README.md has front matter that is not a list of `key: value` lines.",
        ),
        (
            {"README_md": b"\xef\xbb\xbf---\na: b\n---\n"},
            "README.md starts with a byte order mark before its front matter; save it as UTF-8 without BOM.",
        ),
        (
            {"config_json": {}, "mergekit_config_yml": b"models: x"},
            'mergekit_config.yml, key "models", has to be a list of objects.',
        ),
    ],
)
def test_declarations_of_the_wrong_kind_are_refused(files: dict[str, object], detail: str) -> None:
    with pytest.raises(Unacceptable) as caught:
        manifests(**files)
    assert (caught.value.code, caught.value.detail) == ("bad_manifest", detail)


@pytest.mark.parametrize(
    ("data", "metadata", "text"),
    [
        (b"---\r\na: b\r\n---\r\ntext", {"a": "b"}, "text"),
        (b"---\na: b\n---", {"a": "b"}, ""),
        (b"--- \na: '---'\n---  \n---\n", {"a": "---"}, "---\n"),
        (b" ---\na: b\n---\n", {}, " ---\na: b\n---\n"),
        (b"\xef\xbb\xbf# T\xe4\0", {}, "# T\ufffd\ufffd"),
    ],
)
def test_front_matter_is_what_stands_between_fences(data: bytes, metadata: dict[str, str], text: str) -> None:
    assert manifests(config_json={}, README_md=data).model_card == ModelCard("README.md", metadata, text)


def test_mutants_raise_nothing_but_refusals() -> None:
    dice = random.Random(3)
    seeds = {
        "package.json": json.dumps(NPM).encode(),
        "README.md": CARD,
        "config.json": b'{"text_config": {"base_model": ["a"]}}',
    }
    for _ in range(600):
        files = dict(seeds)
        name = dice.choice(list(files))
        data = bytearray(files[name])
        for _ in range(dice.choice([1, 2, 5])):
            at = dice.randrange(len(data))
            data[at : at + dice.choice([0, 1, 3])] = dice.choice(
                [b"", b"[", b"{", b'"', b"\n", b"&a ", b"*a", b"!!", b": ", b"\xff", b"\\u", b"1e9"]
            )
        files[name] = bytes(data)
        with contextlib.suppress(Unacceptable):
            read_manifests(files.get)
