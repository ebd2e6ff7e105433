import pytest

from metrics_app.domain.curve import on_curve

POINTS = ((5.0, 1.0), (30.0, 0.7), (90.0, 0.0))


@pytest.mark.parametrize(
    ("x", "y"), [(-1, 1), (0, 1), (5, 1), (17.5, 0.85), (30, 0.7), (60, 0.35), (90, 0), (10_000, 0)]
)
def test_on_curve_is_linear_between_points_and_level_outside(x: float, y: float) -> None:
    assert on_curve(x, POINTS) == pytest.approx(y)
