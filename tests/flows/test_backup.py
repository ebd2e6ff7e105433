"""A backup of a running registry, and a registry made from it elsewhere."""

import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.factories.archives import model_package, safetensors
from tests.flows.conftest import ROOT, Client, Registry, start_registry, stop_registry

NAME = "flows/kept"


def manage(data_dir: Path, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    inherited = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "SECRET_KEY"}}
    own = {"REGISTRY_DATA_DIR": str(data_dir), "PROMETHEUS_MULTIPROC_DIR": str(data_dir / "prometheus")}
    return subprocess.run(
        [sys.executable, "manage.py", *map(str, arguments)],
        cwd=ROOT, env=inherited | own, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def contents(client: Client, package_id: str) -> tuple[Any, bytes]:
    """Metadata and bytes of a package, without what reading it changes."""
    metadata = client.get(f"/package/{package_id}/metadata").json()
    metadata.pop("downloads")
    return metadata, httpx.get(client.get(f"/package/{package_id}").json()["url"]).content


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, str, tuple[Any, bytes]]:
    """A data directory that is no longer served, its backup, and a package that was deleted after it was made."""
    directory = tmp_path_factory.mktemp("backup")
    running: Registry = start_registry(directory / "data")
    try:
        admin = running.admin
        package_id = admin.publish(model_package(NAME, "1.0.0"))
        before = contents(admin, package_id)
        made = manage(directory / "data", "backup", directory / "it.tar")
        assert made.returncode == 0, made.stderr
        assert "it.tar: 3 objects" in made.stdout
        assert admin.delete(f"/package/{package_id}").status_code == 200
    finally:
        stop_registry(running)
    return directory / "data", directory / "it.tar", package_id, before


def test_backup_becomes_the_registry_it_was(
    backed_up: tuple[Path, Path, str, tuple[Any, bytes]], tmp_path: Path
) -> None:
    _, backup, package_id, before = backed_up
    assert backup.stat().st_mode & 0o777 == 0o600
    restored = manage(tmp_path / "new", "restore", backup)
    assert restored.returncode == 0, restored.stderr
    running = start_registry(tmp_path / "new")
    try:
        admin = running.admin
        assert contents(admin, package_id) == before
        assert httpx.get(admin.get(f"/package/{package_id}/weights").json()["url"]).content == safetensors()
        admin.publish(model_package(NAME, "2.0.0"))
        examined = manage(tmp_path / "new", "doctor", "--deep", "--json")
        findings = json.loads(examined.stdout)["findings"]
        assert [found for found in findings if found["check"] not in {"disk", "settings"}] == []
    finally:
        stop_registry(running)


def test_registry_that_does_not_run_is_backed_up_too(
    backed_up: tuple[Path, Path, str, tuple[Any, bytes]], tmp_path: Path
) -> None:
    data_dir = backed_up[0]
    kept = sum(path.is_file() for path in (data_dir / "objects").rglob("*"))
    made = manage(data_dir, "backup", tmp_path / "again.tar")
    assert (made.returncode, f"again.tar: {kept} objects" in made.stdout) == (0, True), made.stdout + made.stderr


def test_registry_that_is_there_is_only_set_aside(backed_up: tuple[Path, Path, str, tuple[Any, bytes]]) -> None:
    data_dir, backup, _, _ = backed_up
    refused = manage(data_dir, "restore", backup)
    assert (refused.returncode, "set it aside with --force" in refused.stderr) == (1, True)
    assert manage(data_dir, "restore", backup, "--force").returncode == 0
    (aside,) = data_dir.glob("before-restore-*")
    assert (aside / "secret_key").exists()
    assert (aside / "postgres" / "data" / "PG_VERSION").exists()
    assert (data_dir / "objects" / NAME / "1.0.0" / "package.zip").exists()


@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_damaged_backup_changes_nothing(
    backed_up: tuple[Path, Path, str, tuple[Any, bytes]], tmp_path: Path, damage: str
) -> None:
    data = bytearray(backed_up[1].read_bytes())
    if damage == "cut":
        del data[len(data) // 2 :]
    else:
        at = data.index(b"PGDMP") + 5000
        data[at] ^= 1
    broken = tmp_path / "broken.tar"
    broken.write_bytes(data)
    refused = manage(tmp_path / "new", "restore", broken)
    assert (refused.returncode, "could not be restored" in refused.stderr) == (1, True), refused.stderr
    assert not {"postgres", "objects"} & {path.name for path in (tmp_path / "new").iterdir()}


def with_dump(backup: Path, dump: bytes, target: Path) -> Path:
    """The backup with another dump, and a manifest that vouches for it."""
    with tarfile.open(backup) as source, tarfile.open(target, "w") as out:
        for entry in source:
            held = source.extractfile(entry)
            assert held is not None
            data = dump if entry.name == "database.dump" else held.read()
            if entry.name == "manifest.json":
                manifest = json.loads(data)
                manifest["members"]["database.dump"] = [len(dump), hashlib.sha256(dump).hexdigest()]
                data = json.dumps(manifest).encode()
            entry.size = len(data)
            out.addfile(entry, io.BytesIO(data))
    return target


def test_dump_that_can_not_be_loaded_changes_nothing(
    backed_up: tuple[Path, Path, str, tuple[Any, bytes]], tmp_path: Path
) -> None:
    """As one of a later PostgreSQL."""
    data_dir, backup, _, _ = backed_up
    before = {path.name: path.stat().st_ino for path in data_dir.iterdir()}
    refused = manage(data_dir, "restore", with_dump(backup, b"PGDMP of another kind", tmp_path / "it.tar"), "--force")
    assert (refused.returncode, "The database could not be restored" in refused.stderr) == (1, True), refused.stderr
    assert {path.name: path.stat().st_ino for path in data_dir.iterdir()} == before


def test_backup_of_nothing_says_so(tmp_path: Path) -> None:
    refused = manage(tmp_path / "none", "backup", tmp_path / "it.tar")
    assert (refused.returncode, "There is no registry in" in refused.stderr) == (1, True)
    assert not (tmp_path / "it.tar").exists()
