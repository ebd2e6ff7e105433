"""What a large file costs: `python -m bench.large_upload [gigabytes]`.

Starts a registry of its own with local storage, makes a package of that size (2 by default), uploads it in parts, and
prints MB/s as ratios to hashing the same bytes, the growth of memory of the client, the web server and the worker, and the
disk that was used.
"""

import hashlib
import os
import resource
import shutil
import sys
import tempfile
import threading
import time
import zipfile
from pathlib import Path

from packages_app.client.calls import RegistryClient
from packages_app.client.progress import Progress
from packages_app.client.sending import hash_file, send_file
from tests.flows.conftest import ADMIN_PASSWORD, Registry, start_registry, stop_registry

_MB = 1_000_000


class Memory(threading.Thread):
    """Watches the most memory, in kB, that the parts of a registry hold."""

    def __init__(self, supervisor: int) -> None:
        super().__init__(daemon=True)
        self._supervisor, self._over = supervisor, threading.Event()
        self.most: dict[str, int] = {}

    def run(self) -> None:
        while not self._over.wait(0.5):
            for role, size in memory(self._supervisor).items():
                self.most[role] = max(self.most.get(role, 0), size)

    def stop(self) -> dict[str, int]:
        self._over.set()
        self.join()
        return self.most


def memory(supervisor: int) -> dict[str, int]:
    """kB of memory that is no file's, shared pages shared out, of each part with all its processes."""
    held: dict[str, int] = {}
    for role, child in zip(
        ("PostgreSQL", "worker", "web server"), children(supervisor), strict=False
    ):  # as they are started
        held[role] = sum(proportional(process) for process in descendants(child))
    return held


def children(process: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except FileNotFoundError:
        return []


def descendants(process: int) -> list[int]:
    return [process, *(below for child in children(process) for below in descendants(child))]


def proportional(process: int) -> int:
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss_Anon:")), 0)


def make_package(path: Path, size: int) -> None:
    """A model whose one weight file has `size` bytes that don't compress."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("config.json", '{"name": "bench/large", "version": "1.0.0"}')
        with archive.open(zipfile.ZipInfo("model.bin"), "w", force_zip64=True) as member:
            chunk = os.urandom(1 << 20)
            for _ in range(size >> 20):
                member.write(chunk)


def hashing_seconds(path: Path) -> float:
    started = time.perf_counter()
    with path.open("rb") as file:
        hashlib.file_digest(file, "sha256")
    return time.perf_counter() - started


def measure(registry: Registry, path: Path) -> None:
    size = path.stat().st_size
    hashing_seconds(path)  # into the page cache, as far as it fits
    bare = hashing_seconds(path)
    before = memory(registry.process.pid)
    free = shutil.disk_usage(path.parent).free
    watch = Memory(registry.process.pid)
    watch.start()
    client = RegistryClient(registry.url, "", "admin", ADMIN_PASSWORD)
    quiet = Path(os.devnull).open("w")  # noqa: SIM115 - as long as the process
    mine = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    with path.open("rb") as file:
        hashed = hash_file(file.fileno(), Progress("", size, quiet))
    begun = time.perf_counter()
    accepted = send_file(client, path, hashed, {}, Progress("", size, quiet))
    sent = time.perf_counter()
    while (job := client.call("GET", f"/job/{accepted.job_id}"))["status"] in {"queued", "running"}:
        time.sleep(0.5)
    over = time.perf_counter()
    print(f"{size / _MB:.0f} MB, hashed at {size / _MB / bare:.0f} MB/s by SHA-256 alone")
    for what, seconds in {"client's hashing": begun - started, "sending": sent - begun, "job": over - sent}.items():
        print(f"{what:18} {size / _MB / seconds:7.0f} MB/s  {bare / seconds:5.2f} of hashing")
    print(
        f"job {job['status']}; client's memory grew by {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - mine} kB"
    )
    for role, most in watch.stop().items():
        print(f"{role:12} {before.get(role, 0):8} kB before, {most:8} kB at most")
    used = free - shutil.disk_usage(path.parent).free
    print(
        f"disk used: {used / size:.2f} of the file (its archive, and its weights once more as an object of their own)"
    )


def main(gigabytes: float) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "large.zip"
        make_package(path, int(gigabytes * (1 << 30)))
        registry = start_registry(Path(directory) / "data", REGISTRY_CALLS_PER_SECOND="0")
        try:
            measure(registry, path)
        finally:
            stop_registry(registry)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 2)
