"""A time zone as a table, since the process that needs it can open no file."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

#: No zone has changed its offset twice within a week in this span.
_STEP = timedelta(days=7)
_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class OffsetTable:
    """From `starts[i]` (seconds since the epoch) on, local time is `offsets[i]` seconds ahead of UTC."""

    starts: tuple[int, ...]
    offsets: tuple[int, ...]


class UnknownZone(Exception):
    """No zone of this name is known here."""


@lru_cache(maxsize=64)
def offset_table(name: str) -> OffsetTable:
    """The zone `name` of the IANA database from 1970 to 2100; raises UnknownZone."""
    try:
        zone = ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        raise UnknownZone(name) from None
    starts, offsets = [int(_FIRST.timestamp())], [_offset(zone, _FIRST)]
    moment = _FIRST
    while moment < _LAST:
        following = moment + _STEP
        if _offset(zone, following) != offsets[-1]:
            starts.append(_change(zone, moment, following))
            offsets.append(_offset(zone, following))
        moment = following
    return OffsetTable(tuple(starts), tuple(offsets))


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> int:
    """The first second in (before, after] with the offset of `after`."""
    low, high, offset = int(before.timestamp()), int(after.timestamp()), _offset(zone, after)
    while low + 1 < high:
        middle = (low + high) // 2
        if _offset(zone, datetime.fromtimestamp(middle, UTC)) == offset:
            high = middle
        else:
            low = middle
    return high


def _offset(zone: ZoneInfo, moment: datetime) -> int:
    offset = moment.astimezone(zone).utcoffset()
    assert offset is not None
    return int(offset.total_seconds())
