"""Runs git where a stranger's repository can do no harm: no hooks, no prompts, no credentials, nothing of the operator's
own configuration, bounded in time and in the size of what it writes."""

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

CHUNK_BYTES = 256 * 1024
#: No path, name or trailer is longer; one that is ends the reading.
TOKEN_BYTES = 1024 * 1024
STDERR_BYTES = 4_000
#: What a shell ends with that finds no program, or none that it may start.
NO_SUCH_PROGRAM = frozenset({126, 127})
#: What of this process's environment git may see: where to find programs, proxies and certificates.
KEPT = (
    "PATH", "HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy",
    "GIT_SSL_CAINFO", "GIT_SSL_CAPATH", "SSL_CERT_FILE", "SSL_CERT_DIR",
)  # fmt: skip
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
CONFIGURATION = f"""\
[core]
    hooksPath = /dev/null
    symlinks = false
    fsmonitor = false
[credential]
    helper =
[protocol]
    version = 2
[http]
    followRedirects = false
    lowSpeedLimit = 1000
    lowSpeedTime = 30
[transfer]
    unpackLimit = 1
[fetch]
    recurseSubmodules = no
[submodule]
    recurse = false
[gc]
    auto = 0
[maintenance]
    auto = false
[log]
    showSignature = false
[attr]
    tree = {EMPTY_TREE}
# What follows is read where a mirror on this machine is fetched from: the operator's own, whoever owns its files.
[safe]
    directory = *
[uploadpack]
    allowFilter = true
    allowAnySHA1InWant = true
"""


class GitFailed(Exception):
    """git gave up; `str(error)` is what it said last."""


class GitTooSlow(GitFailed):
    """The time was up."""


class GitTooLarge(GitFailed):
    """It would have written a file larger than allowed."""


@dataclass(frozen=True)
class Git:
    """git in the bare repository at `repository`, until the monotonic time `until`.

    `protocols` is what it may fetch by, "none" for nothing; `options` are more settings, each `name=value`;
    no file it writes has more than `most_bytes`.
    """

    repository: Path
    configuration: Path
    until: float
    most_bytes: int
    protocols: str = "none"
    options: tuple[str, ...] = ()

    def run(self, *arguments: str, lines: Sequence[str] = (), most: int = TOKEN_BYTES) -> bytes:
        """The first `most` bytes of what git answers; `lines` are its input. Raises GitFailed and its kinds."""
        with self._started(arguments, lines) as output:
            return output.read(most)

    def tokens(self, *arguments: str, cut: bytes = b"\0") -> Iterator[str]:
        """git's answer, cut at each `cut` while it comes. Raises GitFailed and its kinds."""
        with self._started(arguments, ()) as output:
            rest = b""
            while chunk := output.read(CHUNK_BYTES):
                *whole, rest = (rest + chunk).split(cut)
                yield from (token.decode(errors="replace") for token in whole)
                if len(rest) > TOKEN_BYTES:
                    raise GitFailed("git's answer can't be read.")
            if rest:
                yield rest.decode(errors="replace")

    @contextmanager
    def _started(self, arguments: Sequence[str], lines: Sequence[str]) -> Iterator[IO[bytes]]:
        left = self.until - time.monotonic()
        if left <= 0:
            raise GitTooSlow("The time was up.")
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as errors:
            given.writelines(f"{line}\n".encode() for line in lines)
            given.seek(0)
            git = subprocess.Popen(  # noqa: S603 - the words are ours; what strangers write comes after options' ends
                self._command(arguments),
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=self._environment(),
                start_new_session=True,
            )
            late = threading.Event()
            timer = threading.Timer(left, _end_late, (git, late))
            timer.start()
            finished = False
            try:
                assert git.stdout is not None
                with git.stdout:
                    yield git.stdout
                    finished = not git.stdout.read(1)
                status = git.wait() if finished else 0
            finally:
                timer.cancel()
                _end(git)
                git.wait()
            if late.is_set():
                raise GitTooSlow("The time was up.")
            if status in NO_SUCH_PROGRAM:
                raise GitFailed("git is missing on this machine; install it.")
            if status:
                raise _failure(errors)

    def _command(self, arguments: Sequence[str]) -> list[str]:
        """A shell sets the limit on files (in blocks of 512 bytes) and becomes git."""
        options = [word for option in self.options for word in ("-c", option)]
        git = ["git", f"--git-dir={self.repository}", *options, *arguments]
        return ["/bin/sh", "-c", 'ulimit -f "$0" && exec "$@"', str(max(1, self.most_bytes // 512)), *git]

    def _environment(self) -> dict[str, str]:
        return {name: os.environ[name] for name in KEPT if name in os.environ} | {
            "HOME": "/nonexistent",
            "LC_ALL": "C.UTF-8",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "/bin/false",
            "SSH_ASKPASS": "/bin/false",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": str(self.configuration),
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_ALLOW_PROTOCOL": self.protocols,
            "GIT_NO_LAZY_FETCH": "1",
            "GIT_OPTIONAL_LOCKS": "0",
        }


def _end_late(git: "subprocess.Popen[bytes]", late: threading.Event) -> None:
    late.set()
    _end(git)


def _end(git: "subprocess.Popen[bytes]") -> None:
    """Kill git with all it started, as long as it has not been waited for: until then its number is its own."""
    if git.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(git.pid, signal.SIGKILL)


def _failure(errors: IO[bytes]) -> GitFailed:
    size = errors.seek(0, os.SEEK_END)
    errors.seek(max(0, size - STDERR_BYTES))
    said = [line.strip() for line in errors.read().decode(errors="replace").splitlines() if line.strip()]
    # A packer that was ended for its file's size says nothing itself, other failures it explains.
    silent = [line for line in said if line.startswith("fatal:")] == ["fatal: fetch-pack: invalid index-pack output"]
    if silent or any("signal 25" in line or "File too large" in line for line in said):
        return GitTooLarge("It is larger than allowed.")
    fatal = next((line for line in said if line.startswith(("fatal:", "error:"))), said[-1] if said else "")
    return GitFailed(fatal.removeprefix("fatal: ").removeprefix("error: ")[:300] or "git failed without a word.")
