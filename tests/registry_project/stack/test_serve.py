"""`manage.py serve` as a person starts it, with a database of its own each time."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.registry_project.stack.running import children, descendants, eventually, is_running

_ROOT = Path(__file__).resolve().parents[3]
_OWN = {"DATABASE_URL", "SECRET_KEY", "PORT", "REGISTRY_BIND", "REGISTRY_ADMIN_PASSWORD", "REGISTRY_ADMIN_USERNAME"}


class Registry:
    """A registry at work, or about to be."""

    def __init__(self, data_dir: Path, **changed: str) -> None:
        environment = {name: value for name, value in os.environ.items() if name not in _OWN}
        environment.update({"REGISTRY_DATA_DIR": str(data_dir), "PORT": "0"}, **changed)
        environment.pop("PROMETHEUS_MULTIPROC_DIR", None)
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=_ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def start(self) -> list[str]:
        """What it prints until it has said how to sign in."""
        assert self.process.stdout is not None
        said: list[str] = []
        for line in self.process.stdout:
            said.append(line.rstrip())
            if line.startswith("sign in"):
                self.url = said[-2].removeprefix("ready ")
                return said
        raise AssertionError(self.process.communicate())

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health/live", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def parts(self) -> list[int]:
        """The numbers of database server, worker and web server, in the order of their last start."""
        return children(self.process.pid)

    def has_replaced(self, killed: int) -> bool:
        now = self.parts()
        return killed not in now and len(now) == 3

    def stop(self, by: signal.Signals) -> int:
        self.process.send_signal(by)
        self.process.communicate(timeout=20)
        return self.process.returncode


@pytest.fixture
def begin(quick_path: Path) -> Iterator[Callable[..., Registry]]:
    begun: list[Registry] = []

    def registry(**changed: str) -> Registry:
        begun.append(Registry(quick_path / "var", **changed))
        return begun[-1]

    yield registry
    for each in begun:
        each.process.kill()
        each.process.communicate()


def refusal(registry: Registry) -> tuple[int, str, str]:
    out, err = registry.process.communicate(timeout=20)
    return registry.process.returncode, out, err


def test_first_start_tells_the_password_and_later_ones_where_it_is(begin: Callable[..., Any], quick_path: Path) -> None:
    kept = quick_path / "var" / "admin_password"
    registry = begin()
    said = registry.start()
    assert said == [
        "preparing the database ...",
        "migrating ...",
        f"ready {registry.url}",
        f"sign in as admin with the password {kept.read_text()} (kept in {kept})",
    ]
    assert registry.answers()
    assert oct(kept.stat().st_mode & 0o777) == "0o600"
    started = descendants(registry.process.pid)
    assert registry.stop(signal.SIGINT) == 0
    assert [number for number in started if is_running(number)] == []

    registry = begin()
    said = registry.start()
    assert said == [
        "preparing the database ...",
        f"ready {registry.url}",
        f"sign in as admin; the password is in {kept}",
    ]
    assert registry.stop(signal.SIGTERM) == 0


def test_every_part_that_is_killed_comes_back(begin: Callable[..., Any]) -> None:
    registry = begin()
    registry.start()
    for part in registry.parts():
        os.kill(part, signal.SIGKILL)
        assert eventually(partial(registry.has_replaced, part))
        assert registry.answers()
    assert registry.stop(signal.SIGTERM) == 0


def test_killed_registry_leaves_nothing_running_and_starts_again(begin: Callable[..., Any]) -> None:
    registry = begin(REGISTRY_ADMIN_PASSWORD="a password of my own", REGISTRY_ADMIN_USERNAME="root")
    assert registry.start()[-1] == "sign in as root with the password from REGISTRY_ADMIN_PASSWORD"
    started = descendants(registry.process.pid)
    assert len(started) > 3
    registry.stop(signal.SIGKILL)
    assert eventually(lambda: [number for number in started if is_running(number)] == [])
    again = begin(REGISTRY_ADMIN_USERNAME="root")
    assert again.start()[-1] == "sign in as root"
    assert again.stop(signal.SIGTERM) == 0


def test_taken_port_is_one_line_and_touches_no_database(begin: Callable[..., Any], quick_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, out, err = refusal(begin(PORT=str(port)))
    said = (
        f"Port {port} of 127.0.0.1 can't be used (Address already in use); set PORT to another one, or to 0 for any.\n"
    )
    assert (status, out, err) == (1, "", said)
    assert not (quick_path / "var" / "postgres").exists()


def test_data_directory_that_cannot_be_written_is_one_line(begin: Callable[..., Any], quick_path: Path) -> None:
    (quick_path / "var").touch()
    status, out, err = refusal(begin())
    assert (status, out, len(err.splitlines())) == (1, "", 1)
    assert str(quick_path / "var") in err


def test_database_that_cannot_be_made_is_one_line(begin: Callable[..., Any], quick_path: Path) -> None:
    (quick_path / "var").mkdir()
    (quick_path / "var" / "postgres").touch()
    said = f"The database can't be prepared in {quick_path / 'var' / 'postgres'}: File exists.\n"
    assert refusal(begin()) == (1, "preparing the database ...\n", said)
