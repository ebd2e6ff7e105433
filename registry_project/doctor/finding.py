"""What an examination finds: each finding says what is wrong and, in one sentence, what to do about it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """`subject`: the package, object, job or setting. `repair` does what `advice` says; None where only a person can."""

    check: str
    subject: str
    detail: str
    advice: str
    repair: Callable[[], object] | None = None
