import tomllib

import pytest

from metrics_app.collectors.files import ManifestError
from metrics_app.collectors.python_manifests import from_pyproject, from_requirements, licences, parsed
from metrics_app.domain.evidence import DeclaredLicence
from tests.metrics_app.collectors.packages import package


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", []),
        ("# comment", []),
        ("-r other.txt", []),
        ("--index-url https://example.org", []),
        ("torch", [("torch", "")]),
        ("torch==2.3.1", [("torch", "==2.3.1")]),
        ("torch == 2.3.1  # why", [("torch", "==2.3.1")]),
        ("torch[cuda]>=2,<3; python_version < '3.12'", [("torch", "<3,>=2")]),
        ("torch==2.3.1 --hash=sha256:abc", [("torch", "==2.3.1")]),
        ("torch==2.3.1 \\\n    --hash=sha256:abc", [("torch", "==2.3.1")]),
        ("it @ git+https://example.org/it.git@main", [("it", "git+https://example.org/it.git@main")]),
        ("it @ file:///tmp/it", [("it", "file:///tmp/it")]),
        ("-e ./it", [("./it", "file:./it")]),
        ("-e git+https://example.org/it.git@v1#egg=it", [("git+https://example.org/it.git@v1#egg=it",) * 2]),
        ("./it", [("./it", "file:./it")]),
        ("https://example.org/it.whl", [("https://example.org/it.whl",) * 2]),
        ("not a requirement!", [("not a requirement!",) * 2]),
        ("a\nb==1.0", [("a", ""), ("b", "==1.0")]),
    ],
)
def test_from_requirements(line: str, expected: list[tuple[str, str]]) -> None:
    found = from_requirements(package({"requirements.txt": line}))
    assert [(one.name, one.range) for one in found] == expected
    assert {(one.group, one.ecosystem) for one in found} <= {("prod", "pypi")}


def test_requirements_include_those_of_other_files_in_the_package() -> None:
    files = package(
        {
            "requirements.txt": "-r requirements/base.txt\n--requirement=requirements/gpu.txt\n-r../out.txt\n-r gone.txt\na==1",
            "requirements/base.txt": "b==2 # why\n-r gpu.txt\n-r ../requirements.txt\n-c constraints.txt",
            "requirements/gpu.txt": "c\n./d",
            "requirements/constraints.txt": "e==5",
        }
    )
    assert [(one.name, one.range, one.source) for one in from_requirements(files)] == [
        ("a", "==1", "requirements.txt"),
        ("b", "==2", "requirements/base.txt"),
        ("c", "", "requirements/gpu.txt"),
        ("./d", "file:./d", "requirements/gpu.txt"),
    ]


def test_requirements_without_a_file_are_none() -> None:
    assert from_requirements(package({"requirements/base.txt": "a"})) == ()


PYPROJECT = """
[project]
dependencies = ["a==1.2.3", "b", 7]
[project.optional-dependencies]
gpu = ["c>=1"]
[dependency-groups]
test = ["d~=1.2.3", {include-group = "x"}]
[tool.poetry.dependencies]
python = "^3.11"
e = "^0.2.3"
f = {version = "1.2.3", optional = true}
g = {path = "../g"}
h = {git = "https://example.org/h.git", rev = "0123456789abcdef0123456789abcdef01234567"}
j = [{version = "1.2.3", python = "<3.12"}, {version = "^1.4", python = ">=3.12"}]
[tool.poetry.group.dev.dependencies]
i = "*"
"""


def test_from_pyproject() -> None:
    found = from_pyproject(tomllib.loads(PYPROJECT))
    assert [(one.name, one.range, one.group, one.ecosystem) for one in found] == [
        ("a", "==1.2.3", "prod", "pypi"),
        ("b", "", "prod", "pypi"),
        ("c", ">=1", "extra", "pypi"),
        ("d", "~=1.2.3", "dev", "pypi"),
        ("e", "^0.2.3", "prod", "poetry"),
        ("f", "1.2.3", "prod", "poetry"),
        ("g", "file:../g", "prod", "poetry"),
        ("h", "git+https://example.org/h.git#0123456789abcdef0123456789abcdef01234567", "prod", "poetry"),
        ("j", "1.2.3", "prod", "poetry"),
        ("j", "^1.4", "prod", "poetry"),
        ("i", "*", "dev", "poetry"),
    ]


@pytest.mark.parametrize(
    "text", ["", "project = 3", "[project]\ndependencies = 3", "[tool]\npoetry = 1", "[tool.poetry]\ngroup = 1"]
)
def test_from_pyproject_without_dependencies(text: str) -> None:
    assert from_pyproject(parsed(text)) == ()


def test_parsed_refuses_what_is_no_toml() -> None:
    with pytest.raises(ManifestError, match=r"pyproject\.toml is not valid TOML"):
        parsed("[")


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("", None),
        ('[project]\nlicense = "MIT"', "MIT"),
        ('[project]\nlicense = {text = "Apache-2.0"}', "Apache-2.0"),
        ('[project]\nlicense = {file = "LICENSE"}', None),
        ('[project]\nlicense = {text = """a\nb"""}', None),
        ('[tool.poetry]\nlicense = "ISC"', "ISC"),
    ],
)
def test_licences(text: str, licence: str | None) -> None:
    assert licences(parsed(text)) == ((DeclaredLicence("pyproject.toml", licence),) if licence else ())
