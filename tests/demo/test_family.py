"""The demonstration's packages: the same bytes each time, sound, and as good or as poor as they are meant to be."""

import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from itertools import combinations
from pathlib import Path

import pytest

from demo.family import FAMILY, PACKAGES, PEOPLE, Package
from metrics_app.domain.demonstration import demonstration
from packages_app.domain.framing import Limits, read_framing
from packages_app.domain.names import check_name, check_version, parse_name

LIMITS = Limits(members=100, unpacked_bytes=2**20, member_bytes=2**20, ratio=2)
ENCODERS = [package for package in PACKAGES if package.name.startswith("aurora/")] + [
    package for package in PACKAGES if package.name.endswith("-merge")
]


def named(package: Package) -> str:
    return f"{package.name}@{package.version}"


def unpacked(package: Package, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(package.archive())) as archive:
        archive.extractall(folder)
    return folder


def edits(one: str, other: str) -> int:
    """Levenshtein's distance."""
    row = list(range(len(other) + 1))
    for number, mine in enumerate(one, start=1):
        before, row[0] = row[0], number
        for column, theirs in enumerate(other, start=1):
            before, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, before + (mine != theirs))
    return row[-1]


def test_another_process_builds_the_same_bytes() -> None:
    here = [[name, version, hashlib.sha256(archive).hexdigest()] for name, version, archive in FAMILY]
    program = (
        "import hashlib, json, sys; from demo.family import FAMILY; "
        "json.dump([[n, v, hashlib.sha256(a).hexdigest()] for n, v, a in FAMILY], sys.stdout)"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "PYTHONPATH": os.pathsep.join(sys.path)}
    there = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)
    assert json.loads(there.stdout) == here


@pytest.mark.parametrize("package", PACKAGES, ids=named)
def test_a_package_is_sound(package: Package) -> None:
    archive = package.archive()
    assert check_name(package.name) == package.name
    assert check_version(package.version) == package.version
    members = read_framing(io.BytesIO(archive), len(archive), LIMITS)
    assert {member.path for member in members} == set(package.files())
    assert set(package.stars) | set(package.downloads) <= set(PEOPLE)


@pytest.mark.parametrize("package", PACKAGES, ids=named)
def test_no_placeholder_is_left(package: Package) -> None:
    texts = {
        path: data for path, data in package.files().items() if path.endswith((".md", ".json")) or path == "LICENSE"
    }
    assert [path for path, data in texts.items() if b"$" in data] == []


def test_names_and_versions_are_there_once() -> None:
    assert len({named(package) for package in PACKAGES}) == len(PACKAGES)


def test_no_name_looks_like_anothers_typo() -> None:
    names = sorted({package.name for package in PACKAGES})
    bases = [(parse_name(name).base, name) for name in names]
    near = [
        (one, other) for (a, one), (b, other) in combinations(bases, 2) if edits(a, b) <= 3 or edits(one, other) <= 3
    ]
    assert near == []


@pytest.mark.parametrize("package", ENCODERS, ids=named)
def test_the_card_of_an_encoder_runs(package: Package, tmp_path: Path) -> None:
    folder = unpacked(package, tmp_path)
    blocks = demonstration((folder / "README.md").read_text())
    assert blocks != ()
    program = "\n".join(blocks)
    run = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")


@pytest.mark.parametrize("package", ENCODERS[-1:], ids=named)
def test_the_tests_of_an_encoder_pass(package: Package, tmp_path: Path) -> None:
    folder = unpacked(package, tmp_path)
    environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), "tests"]
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout[-200:]) == (0, run.stdout[-200:])
