"""Which first days are unusual."""

from collections.abc import Sequence

import pytest

from packages_app.domain.first_day import anomaly


@pytest.mark.parametrize(
    ("by_address", "found"),
    [
        ([], None),
        ([49], None),
        ([1] * 999, None),
        ([20, 20, 20, 20], None),
        ([50], ("few addresses", "low", "50 of the 50 downloads in the first 24 hours came from 1 address.")),
        (
            [30, 30, 30, 10],
            ("few addresses", "low", "90 of the 100 downloads in the first 24 hours came from 3 addresses."),
        ),
        (
            [1, 1_500, 2],
            ("few addresses", "medium", "1,503 of the 1,503 downloads in the first 24 hours came from 3 addresses."),
        ),
        ([1] * 1_000, ("download rate", "medium", "1,000 downloads in the first 24 hours are unusually many.")),
    ],
)
def test_first_day_is_judged(by_address: Sequence[int], found: tuple[str, str, str] | None) -> None:
    odd = anomaly(by_address)
    assert (odd and (odd.pattern, odd.severity, odd.details)) == found
