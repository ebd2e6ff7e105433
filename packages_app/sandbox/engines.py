"""The compiled engine and where it is kept: code that is run as it stands, so nobody else may have touched it."""

import fcntl
import hashlib
import json
import os
import platform
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).resolve().parent
#: Where the worker imports the sandbox from.
IMPORT_ROOT: Final = _HERE.parent.parent
_COMPILE_SECONDS: Final = 120


class EngineUnavailable(Exception):
    """No engine can be had: its file was changed, its cache is not private, or it can't be compiled here."""


@dataclass(frozen=True)
class Engine:
    """library: wasmtime. native: the compiled guest, with its SHA-256. bytecode: of what the worker imports. empty: a
    directory with nothing in it."""

    library: Path
    native: Path
    sha256: str
    bytecode: Path
    empty: Path


@lru_cache(maxsize=8)
def prepared_engine(cache_dir: Path) -> Engine:
    """The engine, compiled now (some seconds) where `cache_dir` does not hold it yet; raises EngineUnavailable."""
    try:
        wasm, library = _guest(), _library()
        kept = cache_dir / _edition(wasm, library)
        _require_private(cache_dir, make=True)
        if not kept.is_dir():
            with _alone(cache_dir):
                if not kept.is_dir():  # another may have compiled it meanwhile
                    _compile(wasm, library, kept)
        _require_private(kept)
        sha256 = json.loads((kept / "engine.json").read_text("utf-8"))["sha256"]
    except subprocess.CalledProcessError as problem:
        said = problem.stderr.decode("utf-8", "replace").strip().splitlines()
        raise EngineUnavailable(f"The engine can't be compiled: {said[-1] if said else problem}") from problem
    except (OSError, ValueError, KeyError, subprocess.TimeoutExpired) as problem:
        raise EngineUnavailable(str(problem)) from problem
    return Engine(library, kept / "engine.cwasm", str(sha256), kept / "bytecode", kept / "empty")


def _guest() -> Path:
    """The guest's WebAssembly, which must be the file that guest.json describes."""
    described = json.loads((_HERE / "guest" / "guest.json").read_text("utf-8"))
    wasm = _HERE / "guest" / str(described["file"])
    if hashlib.sha256(wasm.read_bytes()).hexdigest() != described["sha256"]:
        raise EngineUnavailable(f"{wasm} is not {described['package']} {described['version']}; restore it.")
    return wasm


def _library() -> Path:
    package = find_spec("wasmtime")
    if package is None or package.origin is None:
        raise EngineUnavailable("The package wasmtime is not installed.")
    return Path(package.origin).parent / f"{sys.platform}-{platform.machine()}" / "_libwasmtime.so"


def _edition(wasm: Path, library: Path) -> str:
    """A name that changes with everything the compiled engine and the bytecode depend on."""
    parts = [version("wasmtime"), sys.implementation.cache_tag or "", str(IMPORT_ROOT), str(library)]
    for file in [wasm, *sorted(_HERE.rglob("*.py"))]:
        status = file.stat()
        parts.append(f"{file.name} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """No other thread or process compiles meanwhile: each would take all of a processor for what one can do for all."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _compile(wasm: Path, library: Path, kept: Path) -> None:
    """Fill `kept`, all at once, so that it is whole or not there."""
    building = Path(tempfile.mkdtemp(dir=kept.parent))
    try:
        native = building / "engine.cwasm"
        prefix = f"pycache_prefix={building / 'bytecode'}"
        command = [sys.executable, "-I", "-S", "-X", prefix, str(_HERE / "compiler.py")]
        subprocess.run(  # noqa: S603 -- our own interpreter and script
            [*command, str(library), str(wasm), str(native), str(IMPORT_ROOT)],
            check=True, env={}, cwd=building, stdin=subprocess.DEVNULL, capture_output=True, timeout=_COMPILE_SECONDS,
        )  # fmt: skip
        sha256 = hashlib.sha256(native.read_bytes()).hexdigest()
        (building / "engine.json").write_text(json.dumps({"sha256": sha256}), "utf-8")
        (building / "empty").mkdir(mode=0o500)
        building.rename(kept)
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _require_private(directory: Path, *, make: bool = False) -> None:
    """Raise EngineUnavailable unless `directory` is a real one that its owner, who is this user, alone can enter."""
    if make:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = directory.lstat()
    private = status.st_uid == os.geteuid() and stat.S_IMODE(status.st_mode) & 0o077 == 0
    if not stat.S_ISDIR(status.st_mode) or not private:
        raise EngineUnavailable(f"{directory} must be a directory of this user's that no other can enter (mode 0700).")
