"""Piecewise-linear curves: how counts and durations become scores."""

from collections.abc import Sequence
from itertools import pairwise


def on_curve(x: float, points: Sequence[tuple[float, float]]) -> float:
    """The height at `x` of the curve through `points` (rising in x); level before the first and after the last."""
    if x <= points[0][0]:
        return points[0][1]
    for (left, low), (right, high) in pairwise(points):
        if x <= right:
            return low + (high - low) * (x - left) / (right - left)
    return points[-1][1]
