"""How fast a whole registry is, each figure beside something measured in the same run.

    python -m bench.registry            starts a registry of its own, measures, prints, and takes it away again

The last column is the ratio to the baseline named before it: a bare view of the same server, a hash of the same bytes, a
copy through a socket by the kernel. Absolute figures say more about the machine than about the registry.
"""

import hashlib
import http.client
import json
import os
import shutil
import socket
import statistics
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from bench.shelf import fill
from tests.factories.archives import model_package
from tests.flows.conftest import Registry, start_registry, stop_registry

LARGE = 1024**3
CONNECTIONS = 16
SMALL_PACKAGES = 60
SHELF = 1_000
QUOTAS = {"REGISTRY_CALLS_PER_SECOND": "0", "REGISTRY_TOKEN_CALLS": "100000000"}


class Caller:
    """One connection that stays open."""

    def __init__(self, url: str, token: str) -> None:
        place = urlsplit(url)
        self._connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=120)
        self._headers = {"X-Auth-Token": token}

    def call(self, method: str, path: str, body: object = None) -> Any:
        headers = self._headers | ({"Content-Type": "application/json"} if body is not None else {})
        self._connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self._connection.getresponse()
        data = answer.read()
        if answer.status >= 400:
            raise RuntimeError(f"{method} {path} answered {answer.status}: {data[:200]!r}")
        return json.loads(data)


def say(what: str, figure: str, baseline: str, ratio: float) -> None:
    sys.stdout.write(f"{what:<46} {figure:>16}   {baseline:<34} {ratio:6.2f}\n")
    sys.stdout.flush()


def median_ms(call: Callable[[], object], rounds: int = 3, calls: int = 200) -> float:
    def once() -> float:
        started = time.perf_counter()
        call()
        return time.perf_counter() - started

    return 1000 * statistics.median(statistics.median(once() for _ in range(calls)) for _ in range(rounds))


def rate(url: str, token: str, path: str, seconds: float = 3) -> float:
    """Answers a second to CONNECTIONS callers."""
    stop = time.perf_counter() + seconds

    def work(_: int) -> int:
        caller, count = Caller(url, token), 0
        while time.perf_counter() < stop:
            caller.call("GET", path)
            count += 1
        return count

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return sum(pool.map(work, range(CONNECTIONS))) / seconds


def reading(registry: Registry, token: str, package_id: str) -> None:
    caller = Caller(registry.url, token)
    path = f"/package/{package_id}/metadata"
    bare = median_ms(lambda: caller.call("GET", "/health/live"))
    metadata = median_ms(lambda: caller.call("GET", path))
    say("metadata, one client, p50", f"{metadata:.2f} ms", f"a bare view {bare:.2f} ms", metadata / bare)
    most, ours = rate(registry.url, token, "/health/live"), rate(registry.url, token, path)
    say(f"metadata, {CONNECTIONS} connections", f"{ours:,.0f}/s", f"a bare view {most:,.0f}/s", ours / most)
    found = median_ms(lambda: caller.call("POST", "/packages", {"name": "whisper-sm"}))
    say(f"part of a name among {SHELF:,}, p50", f"{found:.2f} ms", f"a bare view {bare:.2f} ms", found / bare)


def large_file(directory: Path) -> Path:
    """A stored zip of about a gigabyte that cannot be compressed."""
    import zipfile  # noqa: PLC0415 - only here

    path, block = directory / "large.zip", os.urandom(1024**2)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("config.json", json.dumps({"name": "bench/large", "version": "1.0.0"}))
        with archive.open("model.bin", "w", force_zip64=True) as member:
            for _ in range(LARGE // len(block)):
                member.write(block)
    return path


def multipart(path: Path) -> tuple[str, int, Iterator[bytes]]:
    boundary = uuid.uuid4().hex
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="large.zip"\r\n'
        "Content-Type: application/zip\r\n\r\n"
    ).encode()
    tail = f"\r\n--{boundary}--\r\n".encode()

    def chunks() -> Iterator[bytes]:
        yield head
        with path.open("rb") as file:
            while chunk := file.read(1024**2):
                yield chunk
        yield tail

    return f"multipart/form-data; boundary={boundary}", len(head) + path.stat().st_size + len(tail), chunks()


def moving(registry: Registry, token: str, directory: Path) -> None:
    path = large_file(directory)
    size = path.stat().st_size
    started = time.perf_counter()
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    hashing = size / (time.perf_counter() - started) / 1e6
    memory = resident(registry)
    place = urlsplit(registry.url)
    content_type, length, body = multipart(path)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=600)
    started = time.perf_counter()
    connection.putrequest("POST", "/package")
    headers = {"X-Auth-Token": token, "Content-Type": content_type, "Content-Length": str(length)}
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    peak = memory
    for number, chunk in enumerate(body):
        connection.send(chunk)
        if number % 64 == 0:
            peak = max(peak, resident(registry))
    accepted = json.loads(connection.getresponse().read())
    uploading = size / (time.perf_counter() - started) / 1e6
    say("upload of 1 GB, to the answer", f"{uploading:,.0f} MB/s", f"SHA-256 {hashing:,.0f} MB/s", uploading / hashing)
    caller = Caller(registry.url, token)
    while caller.call("GET", f"/job/{accepted['job_id']}")["status"] in {"queued", "running"}:
        peak = max(peak, resident(registry))
        time.sleep(0.2)
    say(
        "memory that the upload and its job add",
        f"{(peak - memory) / 1e6:,.0f} MB",
        "the file, 1,074 MB",
        (peak - memory) / size,
    )
    handed = caller.call("GET", f"/package/{accepted['package_id']}")
    assert handed["sha256"] == digest
    plain = copy_rate(path)
    one = fetch_rate([handed["url"]], size)
    say("download of 1 GB", f"{one:,.0f} MB/s", f"sendfile alone {plain:,.0f} MB/s", one / plain)
    eight = fetch_rate([handed["url"]] * 8, size)
    say("eight downloads at once", f"{eight:,.0f} MB/s", f"sendfile alone {plain:,.0f} MB/s", eight / plain)


def fetch_rate(urls: list[str], size: int) -> float:
    """MB/s of all together."""

    def fetch(url: str) -> None:
        place = urlsplit(url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=600)
        connection.request("GET", place.path)
        answer, buffer = connection.getresponse(), bytearray(1024**2)
        while answer.readinto(buffer):
            pass

    started = time.perf_counter()
    with ThreadPoolExecutor(len(urls)) as pool:
        list(pool.map(fetch, urls))
    return len(urls) * size / (time.perf_counter() - started) / 1e6


def copy_rate(path: Path) -> float:
    """MB/s of the kernel's sendfile through a loopback socket, nothing else."""
    listener = socket.create_server(("127.0.0.1", 0))

    def send() -> None:
        connection, _ = listener.accept()
        with connection, path.open("rb") as file:
            connection.sendfile(file)

    sender = threading.Thread(target=send)
    sender.start()
    started, received, buffer = time.perf_counter(), 0, bytearray(1024**2)
    with socket.create_connection(listener.getsockname()) as connection:
        while count := connection.recv_into(buffer):
            received += count
    sender.join()
    listener.close()
    return received / (time.perf_counter() - started) / 1e6


def small_packages(registry: Registry, token: str) -> None:
    caller = registry.admin
    packages = [
        model_package(f"bench/small-{number}", "1.0.0", words="word " * 20_000) for number in range(SMALL_PACKAGES)
    ]
    started = time.perf_counter()
    jobs = [caller.upload(package).json()["job_id"] for package in packages]
    accepting = SMALL_PACKAGES / (time.perf_counter() - started)
    for job in jobs:
        caller.job(job)
    publishing = SMALL_PACKAGES / (time.perf_counter() - started)
    bare = Caller(registry.url, token)
    alone = 1000 / median_ms(lambda: bare.call("GET", "/health/live"))
    say(
        "small packages accepted, one after another",
        f"{accepting:,.0f}/s",
        f"a bare view {alone:,.0f}/s",
        accepting / alone,
    )
    say(
        "small packages measured and published",
        f"{publishing:,.0f}/s",
        f"accepted {accepting:,.0f}/s",
        publishing / accepting,
    )


def processes(registry: Registry) -> list[psutil.Process]:
    supervisor = psutil.Process(registry.process.pid)
    return [supervisor, *supervisor.children(recursive=True)]


def resident(registry: Registry) -> int:
    """Bytes, shared pages counted where they are mapped."""
    return sum(process.memory_info().rss for process in processes(registry) if process.is_running())


def proportional(registry: Registry) -> int:
    """Bytes, shared pages counted once."""
    return sum(process.memory_full_info().pss for process in processes(registry) if process.is_running())


def main() -> None:
    directory = Path(tempfile.mkdtemp(prefix="bench-"))
    try:
        started = time.perf_counter()
        stop_registry(start_registry(directory / "data", **QUOTAS))
        first = time.perf_counter() - started
        started = time.perf_counter()
        registry = start_registry(directory / "data", **QUOTAS)
        again = time.perf_counter() - started
        say("start to first answer", f"{again:.1f} s", f"the very first start {first:.1f} s", again / first)
        time.sleep(5)
        idle = proportional(registry)
        say("idle memory, all processes", f"{idle / 1e6:,.0f} MB", "350 MB", idle / 350e6)
        admin = registry.admin
        package_id = admin.publish(model_package("bench/model", "1.0.0"))
        small_packages(registry, admin.token)
        fill(registry.data_dir, SHELF)
        reading(registry, admin.token, package_id)
        moving(registry, admin.token, directory)
        stop_registry(registry)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
