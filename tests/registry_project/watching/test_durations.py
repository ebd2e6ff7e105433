import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry_project.watching.durations import BUCKETS, LEAST, MOST, bucket_of, quantile


def counted(*seconds: float) -> list[int]:
    counts = [0] * BUCKETS
    for each in seconds:
        counts[bucket_of(each)] += 1
    return counts


@pytest.mark.parametrize(
    ("seconds", "bucket"),
    [(0, 0), (-0.001, 0), (LEAST, 0), (LEAST * 1.01, 1), (LEAST * 1.09, 1), (LEAST * 1.11, 2), (1e9, BUCKETS - 1)],
)
def test_a_duration_has_its_bucket(seconds: float, bucket: int) -> None:
    assert bucket_of(seconds) == bucket


def test_everything_up_to_the_most_stays_out_of_the_last_bucket() -> None:
    assert bucket_of(MOST) == BUCKETS - 2


@pytest.mark.parametrize("share", [0, 0.5, 0.99, 1])
def test_nothing_has_no_quantile(share: float) -> None:
    assert quantile([0] * BUCKETS, share) is None
    assert quantile([], share) is None


@pytest.mark.parametrize(
    ("share", "milliseconds"), [(0, 1), (0.01, 1), (0.5, 50), (0.501, 51), (0.95, 95), (0.99, 99), (1, 100)]
)
def test_of_a_hundred_each_has_its_rank(share: float, milliseconds: int) -> None:
    found = quantile(counted(*(each / 1000 for each in range(1, 101))), share)
    assert found == pytest.approx(milliseconds / 1000, rel=0.05)


@given(st.lists(st.floats(LEAST, MOST), min_size=1, max_size=200), st.floats(0.01, 1))
def test_a_quantile_is_within_a_twentieth(durations: list[float], share: float) -> None:
    rank = max(1, -int(-share * len(durations) // 1))
    assert quantile(counted(*durations), share) == pytest.approx(sorted(durations)[rank - 1], rel=0.05)


@given(st.lists(st.floats(0, 200), max_size=50), st.lists(st.floats(0, 200), max_size=50))
def test_counts_of_two_processes_add_up_to_those_of_one(here: list[float], there: list[float]) -> None:
    added = [one + other for one, other in zip(counted(*here), counted(*there), strict=True)]
    assert added == counted(*here, *there)
