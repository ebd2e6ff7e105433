"""Real processes and real signals; what they run are stand-ins (standins.py)."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.registry_project.stack.running import eventually, is_running

_ROOT = Path(__file__).resolve().parents[3]


class Run:
    """The program at work on one story."""

    def __init__(self, directory: Path, story: str) -> None:
        self.log = directory / "log"
        self.log.touch()
        command = [sys.executable, "-m", "tests.registry_project.stack.standins", str(directory), story]
        self.process = subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines()

    def numbers(self) -> dict[str, int]:
        """The latest number of every process that has said it, by name."""
        words = [line.split() for line in self.lines()]
        return {name: int(number) for name, number in words if number.isdecimal()}

    def has_all(self) -> bool:
        return len(self.numbers()) == 6

    def is_over(self) -> bool:
        return not any(is_running(number) for number in self.numbers().values())

    def end(self, *, within: float) -> tuple[int, str, str]:
        out, err = self.process.communicate(timeout=within)
        return self.process.returncode, out, err


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Callable[[str], Run]]:
    runs: list[Run] = []

    def begun(story: str) -> Run:
        runs.append(Run(tmp_path, story))
        return runs[-1]

    yield begun
    for run in runs:
        run.process.kill()
        run.process.communicate()
        assert eventually(run.is_over)


@pytest.mark.parametrize("asked", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_request_to_stop_ends_all_in_order(begin: Callable[[str], Run], asked: signal.Signals) -> None:
    run = begin("plain")
    assert eventually(run.has_all)
    run.process.send_signal(asked)
    assert run.end(within=15) == (0, "", "")
    assert run.lines()[-2:] == ["second stops", "first stops"]
    assert run.is_over()


def test_second_request_ends_what_does_not_listen(begin: Callable[[str], Run]) -> None:
    run = begin("stubborn")
    assert eventually(run.has_all)
    run.process.send_signal(signal.SIGINT)
    time.sleep(0.6)
    assert run.process.poll() is None
    run.process.send_signal(signal.SIGINT)
    assert run.end(within=15) == (0, "", "")


def test_request_breaks_off_what_takes_long(begin: Callable[[str], Run]) -> None:
    run = begin("slow")
    assert eventually(
        lambda: "supervisor busy" in run.lines() and run.lines()[-1].count(" ") == 1 and len(run.lines()) == 7
    )
    run.process.send_signal(signal.SIGTERM)
    assert run.end(within=15) == (0, "", "")


def test_killed_supervisor_leaves_nothing_running(begin: Callable[[str], Run]) -> None:
    run = begin("stubborn")
    assert eventually(run.has_all)
    run.process.kill()
    run.process.wait()
    assert eventually(run.is_over, seconds=3)


def test_part_that_ends_unasked_is_started_again_whole(begin: Callable[[str], Run]) -> None:
    run = begin("plain")
    assert eventually(run.has_all)
    before = run.numbers()
    os.kill(before["second"], signal.SIGKILL)
    assert eventually(lambda: len(run.lines()) == 9)
    after = run.numbers()
    assert {name: after[name] == before[name] for name in sorted(after)} == {
        "first": True,
        "first-child": True,
        "first-grandchild": True,
        "second": False,
        "second-child": False,
        "second-grandchild": False,
    }
    assert [name for name, number in before.items() if is_running(number)] == [
        "first",
        "first-child",
        "first-grandchild",
    ]
    run.process.send_signal(signal.SIGTERM)
    assert run.end(within=15) == (0, "The second was ended by SIGKILL; starting it again in 0.2 s.\n", "")


def test_part_that_keeps_failing_ends_the_registry(begin: Callable[[str], Run]) -> None:
    run = begin("failing")
    status, out, err = run.end(within=15)
    assert (status, err) == (1, "The second ended with status 3, 5 times within a minute; the registry stops.\n")
    assert [line.rsplit(" ", 2)[1] for line in out.splitlines()] == ["0.2", "0.4", "0.8", "1.6"]
    assert run.lines().count("failing starts") == 5
