"""What a policy may use, and what must stand between it and the machine."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

#: The shortest key that is taken: as random letters and digits, more than 128 bits.
KEY_CHARACTERS: Final = 32


@dataclass(frozen=True)
class Server:
    """A machine that runs policies for others, and the key that both sides hold."""

    host: str
    port: int
    key: bytes = field(repr=False)


@dataclass(frozen=True)
class SandboxSettings:
    """How policies are run here.

    cache_dir: where the compiled engine is kept; made at first use, writable by its owner alone.
    deadline_seconds: for one evaluation, from the moment its process has the request.
    concurrent, queue: evaluations at a time in this process, and how many more may wait, each at most queue_seconds.
    warm: keep fork servers between decisions, each ending after idle_seconds without one; else always a new process.
    required_lockdown: names from domain.verdicts.LAYERS; a policy is refused where one of them can't be had.
    source_bytes, argument_characters: the largest policy (as UTF-8) and the longest argument that are looked at.
    server: the machine that runs them; None for this one. There, its own limits hold beside these.
    """

    cache_dir: Path
    deadline_seconds: float = 5.0
    concurrent: int = 2
    queue: int = 16
    queue_seconds: float = 3.0
    warm: bool = True
    idle_seconds: float = 300.0
    required_lockdown: frozenset[str] = frozenset({"descriptors", "privileges", "limits", "seccomp"})
    source_bytes: int = 64 * 1024
    argument_characters: int = 4_096
    server: Server | None = None

    def __post_init__(self) -> None:
        """Raise ValueError where a limit would be none."""
        if self.deadline_seconds <= 0 or self.idle_seconds <= 0 or self.queue_seconds < 0:
            raise ValueError(
                "The sandbox's deadline and idle time must be more than 0 seconds, its queue's at least 0."
            )
        if self.concurrent < 1 or self.queue < 0:
            raise ValueError("The sandbox must run at least 1 policy at a time and queue at least 0.")


def address(text: str) -> tuple[str, int]:
    """Host and port of `host:port`; raises ValueError."""
    host, _, port = text.rpartition(":")
    if not host or not (port.isascii() and port.isdigit() and 0 <= int(port) < 65_536):
        raise ValueError(f"{text!r} must be a host and a port, as in 10.0.0.7:6433.")
    return host.strip("[]"), int(port)
