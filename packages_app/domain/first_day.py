"""Whether a package's first 24 hours of downloads look made up: too many at all, or nearly all from a few addresses.

Somebody who wants a look-alike to be found has every reason to push its counter before anyone looks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

#: So few downloads say nothing.
FEWEST = 50
#: Downloads in a day that no new package of a private registry earns by itself.
MANY = 1_000
FEW_ADDRESSES = 3
NEARLY_ALL = 0.9


@dataclass(frozen=True, slots=True)
class Anomaly:
    """What is unusual, in one sentence."""

    pattern: Literal["download rate", "few addresses"]
    severity: Literal["low", "medium"]
    details: str


def anomaly(by_address: Sequence[int]) -> Anomaly | None:
    """What is odd about a package's first day, given how many downloads each address made; None when nothing is."""
    total = sum(by_address)
    few = sorted(by_address, reverse=True)[:FEW_ADDRESSES]
    if total < FEWEST:
        return None
    if sum(few) >= NEARLY_ALL * total:
        addresses = "1 address" if len(few) == 1 else f"{len(few)} addresses"
        said = f"{sum(few):,} of the {total:,} downloads in the first 24 hours came from {addresses}."
        return Anomaly("few addresses", "medium" if total >= MANY else "low", said)
    if total >= MANY:
        return Anomaly("download rate", "medium", f"{total:,} downloads in the first 24 hours are unusually many.")
    return None
