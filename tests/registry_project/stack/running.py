"""What is still running, asked of the kernel."""

import time
from collections.abc import Callable
from pathlib import Path


def is_running(number: int) -> bool:
    state, _ = _state_and_parent(number)
    return state not in "ZX"


def children(number: int) -> list[int]:
    """The numbers of the processes that `number` has started, in order."""
    everyone = [int(process.name) for process in Path("/proc").iterdir() if process.name.isdecimal()]
    return sorted(each for each in everyone if _state_and_parent(each)[1] == number)


def descendants(number: int) -> list[int]:
    return [each for child in children(number) for each in (child, *descendants(child))]


def _state_and_parent(number: int) -> tuple[str, int]:
    try:
        words = Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()
    except (FileNotFoundError, ProcessLookupError):
        return "X", 0
    return words[0], int(words[1])


def eventually(holds: Callable[[], bool], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.01)
    return False
