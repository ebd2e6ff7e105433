"""A real server that speaks S3 on loopback (rclone's): it streams, and refuses requests whose signature is wrong."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

KEY, SECRET = "registry-tests", "a secret of the tests"
BUCKET = "packages"


@dataclass(frozen=True)
class S3Server:
    """Objects lie as files in `objects`, by their keys."""

    url: str
    objects: Path

    @property
    def environment(self) -> dict[str, str]:
        """What tells the registry to keep its objects here."""
        return {
            "REGISTRY_S3_BUCKET": BUCKET,
            "AWS_S3_ENDPOINT_URL": self.url,
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
            # The server checks the older signatures over whole bodies, not the newer trailing checksums.
            "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
            "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
        }


@contextmanager
def s3_server(directory: Path) -> Iterator[S3Server]:
    """The server over `directory`, with one empty bucket, until the block ends."""
    objects = directory / BUCKET
    objects.mkdir(parents=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    rclone = Path(sys.executable).with_name("rclone")
    command = [str(rclone if rclone.exists() else shutil.which("rclone")), "serve", "s3", str(directory)]
    options = ["--addr", f"127.0.0.1:{port}", "--auth-key", f"{KEY},{SECRET}", "--config", "/dev/null"]
    options += ["--dir-cache-time", "1ms"]  # tests make files older behind its back
    process = subprocess.Popen([*command, *options], stderr=subprocess.DEVNULL)
    try:
        _await(port, process)
        yield S3Server(f"http://127.0.0.1:{port}", objects)
    finally:
        process.terminate()
        process.wait(10)


def _await(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the S3 server did not start; `make test` installs it")
