"""One file that holds all of an embedded registry: database, objects, secrets, as they were at one moment.

The moment is a snapshot of the database. While it is taken, writes to packages wait for as long as it takes to give every
object a second name (a hard link), so that a deletion meanwhile takes nothing from the backup; then everything goes on.
"""

import hashlib
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast

import psycopg

from registry_project.stack.binaries import ENVIRONMENT, binaries, unprivileged
from registry_project.stack.data_directory import hold
from registry_project.stack.errors import StackError
from registry_project.stack.postgres import Postgres

FORMAT = 1
DUMP, MANIFEST, OBJECTS = "database.dump", "manifest.json", "objects/"
SECRETS = ("secret_key", "admin_password")
_CHUNK_BYTES = 1024 * 1024


@dataclass
class Summary:
    """What a backup holds: bytes and SHA-256 of each of its members, by name."""

    members: dict[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def objects(self) -> int:
        return sum(name.startswith(OBJECTS) for name in self.members)

    @property
    def size(self) -> int:
        return sum(size for size, _ in self.members.values())


def back_up(data_dir: Path, file: Path) -> Summary:
    """Write all of the registry of `data_dir`, running or not, to `file`, which appears only when it is whole.

    Raises StackError.
    """
    if not (data_dir / "postgres" / "data" / "PG_VERSION").exists():
        raise StackError(f"There is no registry in {data_dir}; set REGISTRY_DATA_DIR to where it is.")
    with ExitStack() as stack:
        postgres = stack.enter_context(_database(data_dir))
        work = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=".backup-", dir=data_dir)))
        try:
            _snapshot(postgres, data_dir / "objects", work)
            return _write(data_dir, work, file)
        except (OSError, psycopg.Error) as error:
            raise StackError(f"The backup could not be made: {str(error).strip()}.") from error


@contextmanager
def _database(data_dir: Path) -> Iterator[Postgres]:
    """The running registry's server, or one of our own for the time."""
    postgres = Postgres(data_dir)
    try:
        lock = hold(data_dir)
    except StackError:  # a registry runs here
        yield postgres
        return
    with lock:
        postgres.start()
        try:
            yield postgres
        finally:
            postgres.stop()


def _snapshot(postgres: Postgres, objects: Path, work: Path) -> None:
    """The database's dump and links to all objects of the same moment, in `work`."""
    where = {"host": str(postgres.socket), "port": "5432", "user": "registry", "dbname": "registry"}
    with psycopg.connect(**where) as reader:  # type: ignore[arg-type]  # all of them are names of the server
        with psycopg.connect(**where) as blocker:  # type: ignore[arg-type]  # as above
            blocker.execute("LOCK TABLE packages IN SHARE MODE")
            reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            row = reader.execute("SELECT pg_export_snapshot()").fetchone()
            assert row is not None
            _link(objects, work / "objects")
        command = [str(_programs(postgres) / "pg_dump"), "--format=custom", f"--snapshot={row[0]}", "--no-owner"]
        command += [f"--host={postgres.socket}", "--username=registry", "--dbname=registry", f"--file={work / DUMP}"]
        ended = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if ended.returncode:
        raise StackError(f"The database could not be dumped: {ended.stderr.strip()}")


def _programs(postgres: Postgres) -> Path:
    return binaries(unprivileged(postgres.cluster))


def _link(source: Path, target: Path) -> None:
    """Objects are replaced, never changed, so that a second name keeps them as they are."""
    target.mkdir()
    for folder, _, names in os.walk(source):
        for name in names:
            if name.startswith("."):  # being written
                continue
            path = Path(folder, name)
            link = target / path.relative_to(source)
            link.parent.mkdir(parents=True, exist_ok=True)
            try:
                link.hardlink_to(path)
            except FileNotFoundError:  # deleted, after its row
                continue
            except PermissionError:  # a file system without hard links
                shutil.copyfile(path, link)


def _write(data_dir: Path, work: Path, file: Path) -> Summary:
    summary = Summary()
    partial = file.with_name(f".{file.name}.part")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            with tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as tar:
                for name in SECRETS:
                    if (data_dir / name).exists():
                        _add(tar, name, data_dir / name, summary)
                _add(tar, DUMP, work / DUMP, summary)
                for path in sorted(path for path in (work / "objects").rglob("*") if path.is_file()):
                    _add(tar, OBJECTS + path.relative_to(work / "objects").as_posix(), path, summary)
                _add_manifest(tar, summary)
            out.flush()
            os.fsync(out.fileno())
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    return summary


def _add(tar: tarfile.TarFile, name: str, path: Path, summary: Summary) -> None:
    with path.open("rb") as source:
        reading = _Hashing(source)
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = os.fstat(source.fileno()).st_size, 0o600
        entry.mtime = int(path.stat().st_mtime)
        tar.addfile(entry, cast("IO[bytes]", reading))
    summary.members[name] = (entry.size, reading.digest.hexdigest())


def _add_manifest(tar: tarfile.TarFile, summary: Summary) -> None:
    """Last, since it has the hashes of everything before it: a backup that was cut short has none."""
    manifest = {"format": FORMAT, "made_at": datetime.now(UTC).isoformat(), "members": summary.members}
    data = json.dumps(manifest, indent=1).encode()
    entry = tarfile.TarInfo(MANIFEST)
    entry.size, entry.mode = len(data), 0o600
    tar.addfile(entry, io.BytesIO(data))


class _Hashing:
    """A file that hashes what is read from it."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self.digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.digest.update(data)
        return data
