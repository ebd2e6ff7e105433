"""Runs a stranger's Python where it can do no harm: bubblewrap's namespaces, no network, a made-up user, and bounds.

It sees the system's programs and libraries, one Python environment and one directory of files, all of them read-only,
and scratch space in memory. It is never run without all of that.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Literal

FILES = "/model"
WORK = "/work"
SCRIPT = "registry_demonstration.py"
TMP, SHARED = "/tmp", "/dev/shm"  # noqa: S108  # nosec B108 # those inside, empty and nobody else's
SCRATCH_BYTES = 256 * 1024 * 1024
PROCESSES = 256
LOG_CHARACTERS = 4_000
LOOK_SECONDS = 0.1
PROBE_SECONDS = 30.0
#: As whom bubblewrap starts where this process is root: nobody, so that root's files are strange to it even outside.
NOBODY = 65534
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/ld.so.cache", "/etc/alternatives")
ENVIRONMENT = {
    "PATH": "/usr/bin:/bin", "HOME": TMP, "LANG": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", "MPLBACKEND": "Agg",
    "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false",
    "OMP_NUM_THREADS": "2", "CUDA_VISIBLE_DEVICES": "",
}  # fmt: skip
#: Inside, before anything of the stranger's: limits on memory, seconds of work, file sizes, processes; no core files.
LIMITED = """
import os, resource, sys
for name, most in zip(("DATA", "CPU", "FSIZE", "NPROC", "CORE"), sys.argv[1:6]):
    resource.setrlimit(getattr(resource, "RLIMIT_" + name), (int(most), int(most)))
os.execv(sys.executable, [sys.executable, *sys.argv[6:]])
"""
WHERE = "import sys; print(sys.prefix, sys.base_prefix, sys.exec_prefix, sep='\\n')"


class NoSandbox(Exception):
    """Code can't be run in isolation here; `str(error)` says in one sentence why, and what to set up."""


@dataclass(frozen=True)
class Ended:
    """How a run ended, `exhausted` naming what it had too little of; `log` is the end of what it printed."""

    succeeded: bool
    log: str
    exhausted: Literal["", "time", "memory"] = ""


@dataclass(frozen=True)
class Sandbox:
    """Runs code with the interpreter `python`, at most `memory_bytes` of memory in all its processes."""

    python: Path
    memory_bytes: int

    def check(self) -> None:
        """Raises NoSandbox unless code really runs isolated here. Looked at once a process."""
        _checked(self)

    def run(self, code: str, files: Path, seconds: float) -> Ended:
        """Run `code` with a view of the directory `files` at FILES, its entries also in the working directory."""
        with tempfile.TemporaryDirectory(prefix="registry-run-") as folder, tempfile.TemporaryFile() as output:
            script = Path(folder) / SCRIPT
            script.write_text(code, encoding="utf-8", errors="replace")
            script.chmod(0o644)
            reachable(Path(folder))
            process = self._start(script, files, seconds, output)
            try:
                exhausted = self._watched(process, seconds)
            finally:
                _end(process)
            return Ended(process.wait() == 0 and not exhausted, _tail(output), exhausted)

    def _start(self, script: Path, files: Path, seconds: float, output: IO[bytes]) -> "subprocess.Popen[bytes]":
        bounds = (self.memory_bytes, int(seconds) + 1, SCRATCH_BYTES, PROCESSES, 0)
        limited = [str(self.python), "-I", "-S", "-c", LIMITED, *map(str, bounds)]
        nobody = NOBODY if os.geteuid() == 0 else None
        return subprocess.Popen(  # noqa: S603 - the whole point is that what is run is shut in
            [*self._walls(), *_view(script, files), "--", *limited, f"{WORK}/{SCRIPT}"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={},
            cwd="/",
            start_new_session=True,
            user=nobody,
            group=nobody,
            extra_groups=None if nobody is None else [],
        )

    def _walls(self) -> list[str]:
        words = [_bubblewrap(), "--unshare-all", "--unshare-user", "--die-with-parent", "--new-session"]
        words += ["--clearenv", "--cap-drop", "ALL", "--uid", "1000", "--gid", "1000", "--hostname", "sandbox"]
        words += ["--disable-userns"] if _can_disable_userns() else []
        for name, value in ENVIRONMENT.items():
            words += ["--setenv", name, value]
        for path in SYSTEM:
            words += _shown(Path(path))
        for prefix in _prefixes(self.python):
            words += ["--ro-bind", prefix, prefix]
        scratch = ("--size", str(SCRATCH_BYTES), "--tmpfs")
        return [*words, "--proc", "/proc", "--dev", "/dev", *scratch, SHARED, *scratch, TMP, *scratch, WORK]

    def _watched(self, process: "subprocess.Popen[bytes]", seconds: float) -> Literal["", "time", "memory"]:
        """Wait for the end, at most `seconds` and as long as all processes together are small enough."""
        until = time.monotonic() + seconds
        while process.poll() is None:
            if time.monotonic() > until:
                return "time"
            if _resident(process.pid) > self.memory_bytes:
                return "memory"
            with suppress(subprocess.TimeoutExpired):
                process.wait(LOOK_SECONDS)
        return ""


def reachable(folder: Path) -> None:
    """Let the user that bubblewrap starts as look into `folder`, and nobody else."""
    if os.geteuid() == 0:
        os.chown(folder, NOBODY, NOBODY)


def _view(script: Path, files: Path) -> list[str]:
    words = ["--ro-bind", str(files), FILES, "--ro-bind", str(script), f"{WORK}/{SCRIPT}", "--chdir", WORK]
    for entry in sorted(files.iterdir()):
        if entry.name != SCRIPT:
            words += ["--symlink", f"{FILES}/{entry.name}", f"{WORK}/{entry.name}"]
    return words


def _shown(path: Path) -> list[str]:
    if path.is_symlink():
        return ["--symlink", str(path.readlink()), str(path)]
    return ["--ro-bind", str(path), str(path)] if path.exists() else []


def _bubblewrap() -> str:
    found = shutil.which("bwrap")
    if found is None:
        raise NoSandbox(
            "The card's code is only run in isolation, and bubblewrap is not installed; install it (bwrap)."
        )
    return found


@cache
def _can_disable_userns() -> bool:
    done = subprocess.run([_bubblewrap(), "--help"], capture_output=True, check=False)  # noqa: S603 - ours
    return b"--disable-userns" in done.stdout + done.stderr


@cache
def _prefixes(python: Path) -> tuple[str, ...]:
    """The directories that the interpreter needs, those below others and below the system's left out."""
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own
            [python, "-I", "-c", WHERE], capture_output=True, check=True, text=True, timeout=PROBE_SECONDS
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise NoSandbox(f"{python} (REGISTRY_REPRODUCIBILITY_PYTHON) is no Python that runs.") from error
    found = {Path(line) for line in done.stdout.splitlines()} | {python.resolve().parent.parent}
    roots = {Path("/usr")} | found
    return tuple(
        sorted(str(path) for path in found - {Path("/usr")} if not any(root in path.parents for root in roots))
    )


@cache
def _checked(sandbox: Sandbox) -> None:
    with tempfile.TemporaryDirectory(prefix="registry-probe-") as folder:
        reachable(Path(folder))
        ended = sandbox.run("print('inside')", Path(folder), PROBE_SECONDS)
    if ended.succeeded and ended.log.strip() == "inside":
        return
    said = ended.log.strip().splitlines()[-1:] or ["it said nothing"]
    raise NoSandbox(
        f"bubblewrap can't run {sandbox.python} in isolation here: {said[0][:300]}. The system must let unprivileged "
        "users make namespaces, and every user must be able to read that Python."
    )


def _resident(pid: int) -> int:
    """Bytes of memory that the process and all below it hold."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text(encoding="ascii").split()
        ]
    except (OSError, IndexError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE") + sum(_resident(child) for child in children)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Kill bubblewrap, and with it everything inside, unless it has been waited for."""
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _tail(output: IO[bytes]) -> str:
    size = output.seek(0, os.SEEK_END)
    output.seek(max(0, size - 4 * LOG_CHARACTERS))
    return output.read().decode(errors="replace").replace("\0", "")[-LOG_CHARACTERS:]
