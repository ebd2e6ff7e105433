"""The data directory: one registry at a time."""

import fcntl
import os
import secrets
import time
from contextlib import suppress
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


def kept_secret(path: Path, octets: int) -> str:
    """The secret in the file at `path`, made of so many random bytes where there is none, for its owner's eyes only.

    Whoever asks at the same time gets the same; a file that a full disk left empty counts as none. Raises OSError.
    """
    with suppress(FileNotFoundError):
        if held := path.read_text(encoding="utf-8").strip():
            return held
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # until the file is closed
        held = file.read().strip()
        if not held:
            held = secrets.token_urlsafe(octets)
            file.write(held)
            file.flush()
            os.fsync(file.fileno())
    return held
