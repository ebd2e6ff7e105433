"""A data directory made from a backup: checked whole before anything takes its place."""

import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from registry_project.stack.backup import DUMP, FORMAT, MANIFEST, OBJECTS, SECRETS, Summary
from registry_project.stack.binaries import ENVIRONMENT, binaries, unprivileged
from registry_project.stack.data_directory import hold
from registry_project.stack.errors import StackError
from registry_project.stack.postgres import Postgres

_CHUNK_BYTES = 1024 * 1024
_TAKEN = ("postgres", "objects", "spool", "uploads", *SECRETS)


def restore(data_dir: Path, file: Path, *, force: bool) -> Summary:
    """Make the registry of `file` that of `data_dir`. With `force`, one that is there already is set aside, not deleted.

    Raises StackError: a registry runs or is there, the backup is damaged or of another format.
    """
    with hold(data_dir):
        is_taken = any((data_dir / name).exists() for name in ("postgres", "objects"))
        if is_taken and not force:
            raise StackError(
                f"{data_dir} holds a registry already; name an empty directory, or set it aside with --force."
            )
        with tempfile.TemporaryDirectory(prefix=".restore-", dir=data_dir) as work:
            try:
                summary = _unpack(file, Path(work))
                _load(Path(work))
                if is_taken:
                    _set_aside(data_dir)
                _put_in_place(data_dir, Path(work))
            except (OSError, tarfile.TarError, ValueError, KeyError) as error:
                raise StackError(f"{file} could not be restored: {error}.") from error
    return summary


def _unpack(file: Path, work: Path) -> Summary:
    """Every member under `work`, each as its hash in the manifest says."""
    found = Summary()
    manifest: dict[str, Any] | None = None
    with tarfile.open(file, "r|") as tar:
        for entry in tar:
            source = tar.extractfile(entry) if entry.isreg() else None
            if source is None:
                raise ValueError(f"{entry.name!r} is no plain file")
            if entry.name == MANIFEST:
                manifest = json.load(source)
                continue
            target = work / _safe(entry.name)
            target.parent.mkdir(parents=True, exist_ok=True)
            digest = hashlib.sha256()
            with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                while chunk := source.read(_CHUNK_BYTES):
                    digest.update(chunk)
                    out.write(chunk)
            found.members[entry.name] = (entry.size, digest.hexdigest())
    _compare(manifest, found)
    return found


def _safe(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not (name in {DUMP, *SECRETS} or name.startswith(OBJECTS)):
        raise ValueError(f"{name!r} does not belong in a backup")
    return path


def _compare(manifest: dict[str, Any] | None, found: Summary) -> None:
    if manifest is None:
        raise ValueError("it was cut short; its last member, the manifest, is missing")
    if not isinstance(manifest, dict):
        raise ValueError("its manifest is none")
    if manifest["format"] != FORMAT:
        raise ValueError(f"it has format {manifest['format']}, this registry reads {FORMAT}")
    named = {name: tuple(described) for name, described in manifest["members"].items()}
    wrong = sorted(name for name in named.keys() | found.members.keys() if named.get(name) != found.members.get(name))
    if wrong:
        raise ValueError(f"{wrong[0]!r} is not as it was backed up")


def _set_aside(data_dir: Path) -> None:
    aside = data_dir / f"before-restore-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    aside.mkdir()
    for name in _TAKEN:
        if (data_dir / name).exists():
            (data_dir / name).rename(aside / name)


def _load(work: Path) -> None:
    """A database under `work` with what the dump there holds; it may turn out that this can't be done."""
    postgres = Postgres(work)
    postgres.start()
    try:
        program = binaries(unprivileged(postgres.cluster)) / "pg_restore"
        options = [
            "--exit-on-error",
            "--no-owner",
            f"--host={postgres.socket}",
            "--username=registry",
            "--dbname=registry",
        ]
        command = [str(program), *options, str(work / DUMP)]
        ended = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    finally:
        postgres.stop()
        if not postgres.socket.is_relative_to(work):  # whose path is too long for a socket
            shutil.rmtree(postgres.socket, ignore_errors=True)
    if ended.returncode:
        raise StackError(f"The database could not be restored: {ended.stderr.strip()}")


def _put_in_place(data_dir: Path, work: Path) -> None:
    (work / OBJECTS).mkdir(exist_ok=True)
    (work / OBJECTS).chmod(0o755)
    (work / OBJECTS).rename(data_dir / "objects")
    (work / "postgres").rename(data_dir / "postgres")
    for name in SECRETS:
        if (work / name).exists():
            (work / name).replace(data_dir / name)
