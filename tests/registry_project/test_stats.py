"""What the dashboard counts."""

import pytest

from registry_project.stats import collect_stats
from tests.factories.packages import PackageFactory


@pytest.mark.django_db
def test_packages_are_counted_by_net_score_each_but_once() -> None:
    for score in (1.0, 0.75, 0.74, 0.5, 0.49, 0.0, None):
        PackageFactory.create(net_score=score)
    PackageFactory.create(net_score=0.9, status="pending")
    assert collect_stats()["net_scores"] == {"good": 2, "fair": 2, "poor": 2, "unknown": 1}
