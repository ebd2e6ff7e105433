"""Trying again after what passes: seldom at first, then more seldom, and never for ever."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

_Answer = TypeVar("_Answer")


@dataclass(frozen=True)
class Patience:
    """`attempts` without any gain are the last; the seconds waited double from `first_wait` to `longest_wait`."""

    attempts: int = 6
    first_wait: float = 0.5
    longest_wait: float = 60.0

    def keep_trying(
        self,
        ask: Callable[[], _Answer],
        *,
        on: Callable[[Exception], float | None],
        held: Callable[[], int] = lambda: 0,
    ) -> _Answer:
        """What `ask` gives in the end, or its last error. `on` says of an error how many seconds the other side wants to
        be left alone, None where trying again would not help; `held` grows with every gain, such as bytes."""
        tried, gained = 0, held()
        while True:
            try:
                return ask()
            except Exception as error:
                wanted = on(error)
                tried, gained = (1, held()) if held() > gained else (tried + 1, gained)
                if wanted is None or tried >= self.attempts:
                    raise
                time.sleep(min(max(wanted, self.first_wait * 2 ** (tried - 1)), self.longest_wait))
