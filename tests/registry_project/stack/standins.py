"""A supervisor over stand-ins, run as a program with two arguments: a directory and a story.

Every process notes "<name> <number>" in the directory's `log` when it starts, "<name> stops" when it ends in order.
"""

import os
import signal
import sys
import time
from pathlib import Path

from registry_project.stack.errors import StackError
from registry_project.stack.parts import Forked
from registry_project.stack.processes import tie_descendants
from registry_project.stack.supervisor import Supervisor

directory, story = Path(sys.argv[1]), sys.argv[2]


def note(line: str) -> None:
    with (directory / "log").open("a") as log:
        log.write(f"{line}\n")


def family(name: str) -> None:
    """A process with a child and a grandchild, all in the same group."""

    def end(*_: object) -> None:
        note(f"{name} stops")
        os._exit(0)

    signal.signal(signal.SIGTERM, signal.SIG_IGN if story == "stubborn" else end)
    note(f"{name} {os.getpid()}")
    for generation in ("child", "grandchild"):
        if os.fork():
            break
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        note(f"{name}-{generation} {os.getpid()}")
    while True:
        time.sleep(60)


def failing() -> None:
    note("failing starts")
    raise SystemExit(3)


signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup around the tests ignores it, and a supervisor under nohup does too
tie_descendants()
try:
    with Supervisor(lambda line: sys.stdout.write(f"{line}\n")) as supervisor:
        supervisor.start(Forked("first", lambda: family("first"), grace=30))
        supervisor.start(Forked("second", failing if story == "failing" else lambda: family("second"), grace=30))
        if story == "slow":
            with supervisor.interruptible():
                note("supervisor busy")
                time.sleep(60)
        supervisor.run()
except StackError as wrong:
    sys.exit(str(wrong))
