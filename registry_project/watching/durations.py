"""Durations as counts in buckets that grow by a tenth: added up over processes and minutes, they still give quantiles.

The idea is HdrHistogram's (Tene): what is kept grows with the range and the precision, never with the number of values.
"""

import math
from collections.abc import Sequence

#: Seconds: what bucket 0 holds at most, and what the last but one does, about.
LEAST, MOST = 0.0001, 100.0
_GROWTH = 1.1
_STEP = math.log(_GROWTH)
#: Kept in the database: other bounds need a column of their own.
BUCKETS = 2 + math.ceil(math.log(MOST / LEAST) / _STEP)


def bucket_of(seconds: float) -> int:
    """The bucket that holds a duration: 0 those of at most LEAST, the last all that are longer than MOST."""
    if seconds <= LEAST:
        return 0
    return min(math.ceil(math.log(seconds / LEAST) / _STEP), BUCKETS - 1)


def quantile(counts: Sequence[int], share: float) -> float | None:
    """The duration in seconds that `share` (0-1) of those counted don't exceed; None where none were.

    Within 5 % for durations from LEAST to MOST: the middle of a bucket, on the scale on which buckets are equally wide.
    """
    total = sum(counts)
    rank, seen = max(1, math.ceil(share * total)), 0
    for bucket, count in enumerate(counts):
        seen += count
        if total and seen >= rank:
            return LEAST * math.exp(_STEP * (bucket - 0.5))
    return None
