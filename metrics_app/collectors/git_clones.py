"""Clones of linked repositories, kept on disk: without blobs where the server can, each fetched by one process at a time."""

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from metrics_app.collectors.git_addresses import Address
from metrics_app.collectors.git_command import CONFIGURATION, Git, GitFailed, GitTooLarge
from metrics_app.collectors.whole_file import write_whole

HEAD = "refs/heads/head"
#: Fetches nothing but what is named, and keeps nothing in mind of it.
FETCH = ("fetch", "--quiet", "--force", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance")
LOCK_SECONDS = 0.1


@dataclass(frozen=True)
class Clones:
    """Clones in `folder`, at most `most_bytes` each and about `all_bytes` together; the least used ones go first.

    A history is cut at `most_commits` in a row; what was fetched `fresh_seconds` ago is not fetched again.
    """

    folder: Path
    most_bytes: int
    all_bytes: int
    most_commits: int
    fresh_seconds: float

    @contextmanager
    def opened(self, address: Address, *, until: float, options: tuple[str, ...] = ()) -> Iterator[Git]:
        """A clone of `address`, up to date, its default branch at HEAD; nobody removes it meanwhile.

        Raises GitFailed and its kinds.
        """
        clone = self.folder / f"{hashlib.sha256(address.url.encode()).hexdigest()[:32]}.git"
        git = Git(clone, self._configuration(), until, self.most_bytes, address.scheme, options)
        with _locked(clone) as lock:
            _wait(lock, fcntl.LOCK_SH, until)
            if not self._is_fresh(clone):
                _wait(lock, fcntl.LOCK_EX, until)
                if not self._is_fresh(clone):  # another may have fetched it while this one waited
                    self._fetch(git, address.url)
                _wait(lock, fcntl.LOCK_SH, until)
            os.utime(clone)
            yield git

    def sweep(self) -> None:
        """Remove the clones not used for longest until the rest is small enough."""
        sizes = {clone: _bytes(clone) for clone in self.folder.glob("*.git")}
        total = sum(sizes.values())
        for clone in sorted(sizes, key=_used):
            if total <= self.all_bytes:
                return
            with _locked(clone) as lock, suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(clone, ignore_errors=True)
                total -= sizes[clone]

    def _fetch(self, git: Git, url: str) -> None:
        if not (git.repository / "config").exists():
            shutil.rmtree(git.repository, ignore_errors=True)
            git.run("init", "--quiet", "--bare", "--template=")
            git.run("config", "remote.origin.url", url)
            git.run("symbolic-ref", "HEAD", HEAD)
        depth = f"--depth={self.most_commits}"
        try:
            git.run(*FETCH, "--update-head-ok", "--filter=blob:none", depth, "origin", f"+HEAD:{HEAD}")
        finally:
            if _bytes(git.repository) > self.most_bytes:
                shutil.rmtree(git.repository, ignore_errors=True)
        if not git.repository.exists():
            raise GitTooLarge("It is larger than allowed.")
        (git.repository / "fetched").touch()

    def _is_fresh(self, clone: Path) -> bool:
        try:
            return time.time() - (clone / "fetched").stat().st_mtime < self.fresh_seconds
        except OSError:
            return False

    def _configuration(self) -> Path:
        """git's settings, in a file of their own."""
        path = self.folder / "gitconfig"
        if not path.exists() or path.read_text(encoding="utf-8") != CONFIGURATION:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, CONFIGURATION)
        return path


@contextmanager
def _locked(clone: Path) -> Iterator[int]:
    """A descriptor to lock the clone by; its file stays for good, so that all processes lock the same one."""
    clone.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(clone.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _wait(lock: int, how: int, until: float) -> None:
    while True:
        try:
            return fcntl.flock(lock, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                raise GitFailed("another process was fetching it all the time; retry later.") from None
            time.sleep(LOCK_SECONDS)


def _bytes(folder: Path) -> int:
    size = 0
    for path in folder.rglob("*"):
        with suppress(OSError):  # git may rename and remove meanwhile
            size += path.lstat().st_size
    return size


def _used(clone: Path) -> float:
    try:
        return clone.stat().st_mtime
    except OSError:
        return 0.0
