from bisect import bisect_right
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from packages_app.sandbox.zones import offset_table

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Africa/Casablanca", "Asia/Gaza", "Pacific/Apia", "Etc/GMT+5"]


@pytest.mark.parametrize("name", ZONES)
def test_a_table_says_what_the_zone_says(name: str) -> None:
    table, zone = offset_table(name), ZoneInfo(name)
    for change in table.starts:
        for seconds in (change, change + 1, change - 1 if change > table.starts[0] else change):
            offset = datetime.fromtimestamp(seconds, UTC).astimezone(zone).utcoffset()
            assert offset is not None
            assert table.offsets[bisect_right(table.starts, seconds) - 1] == offset.total_seconds()


def test_a_zone_without_changes_has_one_line() -> None:
    assert (offset_table("UTC").starts, offset_table("UTC").offsets) == ((0,), (0,))
