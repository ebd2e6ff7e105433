"""The files of the embedded server: made once, and handed to one server at a time."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from registry_project.stack.binaries import ENVIRONMENT
from registry_project.stack.errors import StackError
from registry_project.stack.processes import die_with_parent

_INITDB = (
    "--username=registry",
    "--auth-local=trust",  # whoever may open the socket's directory, which its owner alone may
    "--auth-host=reject",
    "--encoding=UTF8",
    "--locale-provider=builtin",  # an upgrade of the system's C library can't change the order of an index
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)


def make_cluster(cluster: Path, programs: Path, as_user: dict[str, Any], *, durable: bool) -> None:
    """Run initdb for `cluster` unless that was done; a start that was cut short leaves nothing half made."""
    if (cluster / "PG_VERSION").exists():
        return
    fresh = cluster.with_name(f"{cluster.name}.new")
    if fresh.exists():
        shutil.rmtree(fresh)
    own_directory(fresh, as_user)
    command = [str(programs / "initdb"), "-D", here(fresh, as_user), *_INITDB]
    if not durable:
        command += ["--no-sync", "--no-data-checksums", "--wal-segsize=1"]
    ended = subprocess.run(  # noqa: S603 - our own words
        command,
        capture_output=True,
        check=False,
        cwd=fresh,
        env=ENVIRONMENT,
        text=True,
        preexec_fn=partial(die_with_parent, os.getpid()),
        **as_user,
    )
    if ended.returncode:
        raise StackError(f"The database can't be made in {cluster}: {last_line(ended.stderr)}")
    fresh.rename(cluster)


def here(cluster: Path, as_user: dict[str, Any]) -> str:
    """How a server that was started inside `cluster` calls it.

    Started by root, the server is another user, and a directory above may be closed to it (a clone under /root). Its
    working directory is open to it all the same: root enters it before giving up its rights, and PostgreSQL names all
    its files from there. So neither a capability nor a second place for the data is needed.
    """
    return "/proc/self/cwd" if as_user else str(cluster)


def own_directory(path: Path, as_user: dict[str, Any]) -> None:
    """Have `path` as a directory for the server's user alone. Refuses one that somebody else has put there."""
    path.mkdir(mode=0o700, exist_ok=True)
    owner = as_user.get("user", os.geteuid())
    if path.is_symlink() or path.stat().st_uid not in {owner, os.geteuid()}:
        raise StackError(f"{path} belongs to somebody else; remove it or choose another REGISTRY_DATA_DIR.")
    if as_user:
        os.chown(path, owner, as_user["group"])
    path.chmod(0o700)


def await_former_server(cluster: Path, *, seconds: float) -> None:
    """Wait until no server works in `cluster`, then remove the lock that one may have left.

    The number in a lock file that was left behind may by now be some other process's, which would keep PostgreSQL from
    starting. Call this with the data directory's lock held. Raises StackError after `seconds`.
    """
    if not Path("/proc/self/cwd").exists():
        return  # not Linux: PostgreSQL's own judgement stands
    deadline = time.monotonic() + seconds
    while left := sorted(_servers_in(cluster)):
        if time.monotonic() > deadline:
            raise StackError(f"Another PostgreSQL, process {left[0]}, is at work in {cluster}; stop it first.")
        time.sleep(0.02)
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def _servers_in(cluster: Path) -> Iterator[int]:
    """The numbers of PostgreSQL's processes that work in `cluster`, children whose parent was killed included."""
    for process in Path("/proc").iterdir():
        try:
            is_server = process.name.isdecimal() and (process / "comm").read_text() == "postgres\n"
            if is_server and (process / "cwd").samefile(cluster):
                yield int(process.name)
        except OSError:
            continue  # ended meanwhile, or another user's


def last_line(log: str) -> str:
    """The last line of a server's log that names a fault, without its time; else the last line of all."""
    lines = [line for line in log.splitlines() if line.strip()]
    faults = [
        line
        for line in lines
        if any(word in line for word in ("FATAL:", "PANIC:", "ERROR:", "error:"))
        and "the database system is starting up" not in line  # said to whoever asks too early
    ]
    return (faults or lines or ["it says nothing"])[-1].strip()
