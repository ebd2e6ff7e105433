"""The embedded PostgreSQL: where it lives."""

import hashlib
import tempfile
from pathlib import Path

_LONGEST_SOCKET_PATH = 90  # sockaddr_un holds 108 bytes, of which the file's own name takes some


def socket_directory(data_dir: Path) -> Path:
    """Where the embedded server of `data_dir` listens: beside its data, unless that path is too long for a socket."""
    beside = data_dir / "postgres" / "socket"
    if len(str(beside)) <= _LONGEST_SOCKET_PATH:
        return beside
    return Path(tempfile.gettempdir()) / f"registry-{hashlib.sha256(str(data_dir).encode()).hexdigest()[:12]}"
