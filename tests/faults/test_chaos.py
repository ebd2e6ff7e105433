"""A short run of what `make chaos` does for a minute."""

from tests.faults.chaos import rage


def test_chaos_loses_nothing() -> None:
    chaos = rage(12, seed=1)
    assert chaos.wrong == []
    assert sum(count for what, count in chaos.counts.items() if what.startswith("killed")) > 0
