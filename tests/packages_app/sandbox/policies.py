"""Requests for the tests: the same download, asked of different sources."""

from datetime import UTC, datetime
from pathlib import Path

from packages_app.sandbox.requests import PolicyRequest

NOW = datetime(2025, 7, 1, 12, 0, tzinfo=UTC)


def request(
    source: str,
    *,
    model_name: str = "bert-base",
    uploader: str = "alice",
    downloader: str = "bob",
    zip_path: str = "bert-base/1.0.0/package.zip",
    now: datetime = NOW,
    timezone: str = "Europe/Berlin",
) -> PolicyRequest:
    return PolicyRequest(source, model_name, uploader, downloader, zip_path, now, timezone)


def returning(expression: str, *, before: str = "") -> str:
    """A policy that returns `expression`."""
    return f"{before}\nfunction validateDownload(m, u, d, z) {{ return ({expression}); }}"


def doing(statements: str) -> str:
    """A policy that approves once it is through with `statements`."""
    return f"function validateDownload(m, u, d, z) {{ {statements}; return {{approved: true}}; }}"


def workers(cache_dir: Path) -> set[int]:
    """The processes there are of sandboxes whose engine lies under `cache_dir`."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            command = (entry / "cmdline").read_bytes()
        except OSError:
            continue  # it ended while we looked
        if b"worker.py" in command and str(cache_dir).encode() in command:
            found.add(int(entry.name))
    return found
