"""What requirements.txt and pyproject.toml declare, as evidence."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Literal

from packaging.requirements import InvalidRequirement, Requirement

from metrics_app.collectors.files import Files, ManifestError, resolved
from metrics_app.domain.evidence import DeclaredLicence, Dependency

REQUIREMENTS, PYPROJECT = "requirements.txt", "pyproject.toml"
MOST, MOST_FILES = 2_000, 20
Group = Literal["prod", "dev", "extra"]
COMMENT = re.compile(r"(^|\s)#.*$")
OPTIONS = re.compile(r"\s--?[a-z-]+[= ].*$")
INCLUDED = re.compile(r"(?:-r|--requirement)(?:[ =]\s*|(?=\S))(?P<path>\S+)$")
EDITABLE = re.compile(r"(?:-e|--editable)[ =]\s*(?P<target>\S+)")
LINK = re.compile(r"[a-z][a-z0-9+.-]*:|\.{0,2}/|\.$", re.IGNORECASE)


def from_requirements(files: Files) -> tuple[Dependency, ...]:
    """The requirements, one a line, with those of files in the package that `-r` includes; other options are skipped."""
    rows: list[Dependency] = []
    wanted = [REQUIREMENTS]
    for path in wanted:  # grows on the way
        if path in files.sizes:
            for line in _lines(files.text(path)):
                included = INCLUDED.match(line)
                if included:
                    other = resolved(str(PurePosixPath(path).parent / included["path"]))
                    wanted += [other] if other and other not in wanted and len(wanted) < MOST_FILES else []
                else:
                    rows += _line(line, path)
    return tuple(rows[:MOST])


def _lines(text: str) -> list[str]:
    lines = text.replace("\\\n", " ").replace("\\\r\n", " ").splitlines()
    return [COMMENT.sub("", line).strip() for line in lines[:MOST]]


def _line(plain: str, source: str) -> Iterator[Dependency]:
    editable = EDITABLE.match(plain)
    if editable:
        plain = editable["target"]
    if not plain or plain.startswith("-"):
        return
    plain = OPTIONS.sub("", plain).strip()
    if LINK.match(plain):
        target = f"file:{plain}" if plain.startswith((".", "/")) else plain
        yield Dependency(plain[:300], target[:300], "prod", "pypi", source)
    else:
        yield _dependency(plain, "prod", source)


def _dependency(text: str, group: Group, source: str) -> Dependency:
    """A requirement of PEP 508; one that is none is kept with its text as its range, which nothing will parse."""
    try:
        found = Requirement(text)
    except InvalidRequirement:
        return Dependency(text[:300], text[:300], group, "pypi", source)
    return Dependency(found.name, (found.url or str(found.specifier))[:300], group, "pypi", source)


def parsed(text: str) -> Mapping[str, Any]:
    """pyproject.toml's data; raises ManifestError."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ManifestError(f"{PYPROJECT} is not valid TOML: {str(error)[:100]}") from error


def from_pyproject(data: Mapping[str, Any]) -> tuple[Dependency, ...]:
    project, poetry = _table(data, "project"), _table(_table(data, "tool"), "poetry")
    rows = [*_listed(project.get("dependencies"), "prod")]
    for extra in _table(project, "optional-dependencies").values():
        rows += _listed(extra, "extra")
    for group in _table(data, "dependency-groups").values():
        rows += _listed(group, "dev")
    rows += _poetry(_table(poetry, "dependencies"), "prod")
    rows += _poetry(_table(poetry, "dev-dependencies"), "dev")
    for group in _table(poetry, "group").values():
        rows += _poetry(_table(group, "dependencies"), "dev")
    return tuple(rows[:MOST])


def licences(data: Mapping[str, Any]) -> tuple[DeclaredLicence, ...]:
    """`project.license`, as an expression or the older table's text, where it is short enough to be a name."""
    declared = _table(data, "project").get("license") or _table(_table(data, "tool"), "poetry").get("license")
    text = declared.get("text") if isinstance(declared, Mapping) else declared
    named = isinstance(text, str) and 0 < len(text.strip()) <= 200 and "\n" not in text.strip()
    return (DeclaredLicence(PYPROJECT, str(text).strip()),) if named else ()


def _listed(value: object, group: Group) -> Iterator[Dependency]:
    for one in value if isinstance(value, list) else []:
        if isinstance(one, str):
            yield _dependency(one, group, PYPROJECT)


def _poetry(table: Mapping[str, Any], group: Group) -> Iterator[Dependency]:
    for name, value in table.items():
        if name.lower() != "python":
            for one in value if isinstance(value, list) else [value]:  # a list has one for each environment
                yield Dependency(name[:300], _poetry_range(one)[:300], group, "poetry", PYPROJECT)


def _poetry_range(value: object) -> str:
    detail = value if isinstance(value, Mapping) else {"version": value}
    if "path" in detail:
        return f"file:{detail['path']}"
    if "git" in detail:
        return f"git+{detail['git']}#{detail.get('rev', detail.get('tag', detail.get('branch', '')))}"
    return str(detail.get("url", detail.get("version", "")))


def _table(data: object, key: str) -> Mapping[str, Any]:
    found = data.get(key) if isinstance(data, Mapping) else None
    return found if isinstance(found, Mapping) else {}
