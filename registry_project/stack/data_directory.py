"""The data directory: one registry at a time."""

import fcntl
import os
import secrets
import time
from pathlib import Path
from typing import IO

from registry_project.stack.errors import StackError

_SECONDS_TO_LET_GO = 1.0  # the children of a supervisor that was killed hold on a moment longer


def hold(data_dir: Path) -> IO[str]:
    """Take `data_dir`, made if need be, for as long as the file that is returned stays open.

    Raises StackError where it can't be written to or another registry holds it.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = (data_dir / "lock").open("a+", encoding="ascii")
    except OSError as wrong:
        raise StackError(f"REGISTRY_DATA_DIR {data_dir} can't be written to: {wrong.strerror}.") from wrong
    deadline = time.monotonic() + _SECONDS_TO_LET_GO
    while not _locked(lock):
        if time.monotonic() > deadline:
            with lock:
                lock.seek(0)
                raise StackError(f"Another registry, process {lock.read()}, is running on {data_dir}; stop it first.")
        time.sleep(0.05)
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def keep_password(path: Path) -> str:
    """The password in the file at `path`, made up if there is none, for its owner's eyes only."""
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(12))
    return path.read_text(encoding="ascii")
