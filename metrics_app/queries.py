from uuid import UUID

from django.db.models import Q, QuerySet

from metrics_app.domain.scorecard import formula_versions
from metrics_app.models import Score
from packages_app.errors import PackageNotFound
from packages_app.models import Package


def scores_of(package_id: UUID) -> dict[str, Score]:
    """The scores of a package by metric, empty while it is being processed. Raises PackageNotFound."""
    scores = {score.metric: score for score in Score.objects.filter(package_id=package_id)}
    if not scores and not Package.objects.filter(pk=package_id).exists():
        raise PackageNotFound("There is no such package.")
    return scores


def stale(packages: QuerySet[Package]) -> QuerySet[Package]:
    """Those of `packages` that scoring anew may change: without scores, with some that could not be had, or by formulas
    that are no longer used."""
    old = Q(status__in=[Score.Status.UNAVAILABLE, Score.Status.ERROR])
    for metric, version in formula_versions().items():
        old |= Q(metric=metric, formula_version__lt=version)
    unscored = ~Q(pk__in=Score.objects.values("package"))
    return packages.filter(unscored | Q(pk__in=Score.objects.filter(old).values("package")))
