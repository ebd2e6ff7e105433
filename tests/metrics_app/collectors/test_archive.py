from collections.abc import Mapping

import pytest

from metrics_app.collectors.archive import archive_evidence
from metrics_app.domain.evidence import ArchiveEvidence, Check, DeclaredLicence, Dependency, LicenceText
from tests.metrics_app.collectors.packages import package, safetensors
from tests.metrics_app.collectors.test_licence_texts import MIT

Contents = Mapping[str, str | bytes | dict[str, object]]
CARD = "---\nlicense: apache-2.0\ntags: [a]\n---\n# Model\n\n- **Repository:** https://github.com/org/model\n"
WEIGHTS = safetensors({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, 4)


def test_model_package() -> None:
    found = archive_evidence(
        package(
            {
                "README.md": CARD,
                "config.json": {
                    "model_type": "bert",
                    "_name_or_path": "org/base",
                    "auto_map": {"AutoModel": "modeling.Mine"},
                },
                "model.safetensors": WEIGHTS,
                "modeling.py": "",
                "requirements.txt": "torch~=2.3.1",
                "LICENSE": MIT,
                "examples/use.py": "",
                "tests/test_model.py": "assert a() == 1",
            }
        )
    )
    assert found == ArchiveEvidence(
        kind="model",
        licences=(DeclaredLicence("README.md", "apache-2.0"),),
        licence_texts=(LicenceText("LICENSE", "MIT", found.licence_texts[0].similarity),),
        dependencies=(Dependency("torch", "~=2.3.1", "prod", "pypi", "requirements.txt"),),
        readme_path="README.md",
        readme=CARD,
        card_fields=("license", "tags"),
        examples=("examples/use.py",),
        manifests=(Check("config.json", holds=True), Check("README.md", holds=True)),
        named_files=(Check("modeling.py", holds=True, detail="config.json"),),
        weights=(Check("model.safetensors", holds=True),),
        tests=("tests/test_model.py",),
        repository="https://github.com/org/model",
        names=("org/base",),
    )


def test_npm_package() -> None:
    manifest: dict[str, object] = {
        "name": "it",
        "license": "MIT",
        "main": "gone.js",
        "repository": "org/it",
        "description": "It.",
        "dependencies": {"a": "1.2.3"},
    }
    found = archive_evidence(
        package({"package.json": manifest, "package-lock.json": "{}", "node_modules/a/README.md": "a"})
    )
    assert found == ArchiveEvidence(
        kind="npm",
        licences=(DeclaredLicence("package.json", "MIT"),),
        dependencies=(Dependency("a", "1.2.3", "prod", "npm", "package.json"),),
        lock_files=("package-lock.json",),
        card_fields=("description", "repository"),
        manifests=(Check("package.json", holds=True),),
        named_files=(Check("gone.js", holds=False, detail="package.json"),),
        repository="https://github.com/org/it",
        names=("it",),
    )


def test_empty_package() -> None:
    assert archive_evidence(package({})) == ArchiveEvidence(kind="model")


@pytest.mark.parametrize(
    ("contents", "kind"),
    [
        ({"package.json": {}}, "npm"),
        ({"package.json": {}, "config.json": {"port": 80}}, "npm"),
        ({"package.json": {}, "config.json": {"model_type": "bert"}}, "model"),
        ({"package.json": {}, "model.onnx": b""}, "model"),
        ({"package.json": {}, "adapter_config.json": {}}, "model"),
        ({"config.json": {}}, "model"),
        ({"README.md": ""}, "model"),
    ],
)
def test_kind(contents: Contents, kind: str) -> None:
    assert archive_evidence(package(contents)).kind == kind


def test_kind_that_the_registry_knows_stands() -> None:
    assert archive_evidence(package({"package.json": {}}), kind="model").kind == "model"


@pytest.mark.parametrize(
    ("contents", "path"),
    [
        ({"README.md": "", "readme.txt": "", "MODEL_CARD.md": ""}, "README.md"),
        ({"readme.rst": "", "MODEL_CARD.md": ""}, "readme.rst"),
        ({"MODEL_CARD.md": ""}, "MODEL_CARD.md"),
        ({"README": ""}, "README"),
        ({"docs/README.md": "", "README.de.md": ""}, None),
    ],
)
def test_which_readme(contents: Contents, path: str | None) -> None:
    assert archive_evidence(package(contents)).readme_path == path


@pytest.mark.parametrize(
    ("contents", "broken"),
    [
        ({"package.json": "{"}, ["package.json"]),
        ({"config.json": "[]"}, ["config.json"]),
        ({"README.md": "---\n[\n---\n"}, ["README.md"]),
        ({"pyproject.toml": "["}, ["pyproject.toml"]),
        ({"adapter_config.json": {}}, ["adapter_model.safetensors"]),
        ({"adapter_config.json": {}, "adapter_model.bin": b""}, []),
        (
            {
                "model_index.json": {"_class_name": "X", "unet": ["a", "B"], "safety": [None, None], "vae": ["a", "C"]},
                "vae/x": b"",
            },
            ["unet"],
        ),
        ({"config.json": {"auto_map": {"A": ["x.B", None], "C": "org/repo--y.D"}}}, ["x.py"]),
        ({"model.safetensors.index.json": {"weight_map": {"a": "b.safetensors"}}}, ["b.safetensors"]),
        ({"model.safetensors": b"x"}, ["model.safetensors"]),
    ],
)
def test_checks_that_fail(contents: Contents, broken: list[str]) -> None:
    found = archive_evidence(package(contents))
    checks = (*found.manifests, *found.named_files, *found.weights)
    assert [check.subject for check in checks if not check.holds] == broken


@pytest.mark.parametrize(
    ("contents", "paths"),
    [
        (
            {"LICENSE": MIT, "licence.md": MIT, "COPYING.txt": MIT, "LICENSE-MIT": MIT},
            ["COPYING.txt", "LICENSE", "LICENSE-MIT", "licence.md"],
        ),
        (
            {"MIT-LICENSE": MIT, "gpl_license.txt": MIT, "license.js": MIT, "licenses.json": MIT},
            ["MIT-LICENSE", "gpl_license.txt"],
        ),
        ({"LICENSES/MIT.txt": MIT, "node_modules/a/LICENSE": MIT, "license-checker.js/x": MIT}, ["LICENSES/MIT.txt"]),
        ({"licensed.txt": MIT, "NOTICE": MIT}, []),
    ],
)
def test_which_files_are_licence_texts(contents: Contents, paths: list[str]) -> None:
    found = archive_evidence(package(contents)).licence_texts
    assert [(one.path, one.spdx_id) for one in found] == [(path, "MIT") for path in paths]


def test_long_readme_is_kept_in_part() -> None:
    found = archive_evidence(package({"README.md": "a" * 1_000_000}))
    assert found.readme == "a" * 100_000


@pytest.mark.parametrize(
    ("text", "declared", "texts"),
    [
        ("SPDX-License-Identifier: MIT OR Apache-2.0\n", ["MIT OR Apache-2.0"], []),
        (f"# SPDX-License-Identifier: MIT\n\n{MIT}", ["MIT"], ["MIT"]),
        (MIT, [], ["MIT"]),
        ("Ask.", [], [None]),
    ],
)
def test_licence_file_may_name_its_licence_by_tag(text: str, declared: list[str], texts: list[str | None]) -> None:
    found = archive_evidence(package({"LICENSE": text}))
    assert [one.text for one in found.licences] == declared
    assert [one.spdx_id for one in found.licence_texts] == texts
