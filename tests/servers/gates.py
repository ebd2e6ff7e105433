"""A place where a server's answer waits until a test lets it go on."""

import threading
from dataclasses import dataclass, field


@dataclass
class Gate:
    """`reached` once a request waits here. `released` lets it go on; where it `drops`, unanswered and without effect."""

    drops: bool = False
    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def wait(self) -> None:
        """Wait here, at most two minutes. Raises ConnectionAbortedError where the request is dropped."""
        self.reached.set()
        self.released.wait(120)
        if self.drops:
            raise ConnectionAbortedError
