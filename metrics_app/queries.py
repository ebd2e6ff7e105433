from uuid import UUID

from metrics_app.models import Score
from packages_app.errors import PackageNotFound
from packages_app.models import Package


def scores_of(package_id: UUID) -> dict[str, Score]:
    """The scores of a package by metric, empty while it is being processed. Raises PackageNotFound."""
    scores = {score.metric: score for score in Score.objects.filter(package_id=package_id)}
    if not scores and not Package.objects.filter(pk=package_id).exists():
        raise PackageNotFound("There is no such package.")
    return scores
