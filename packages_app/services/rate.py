"""Stars: one rating a user and package, the average kept beside."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts_app.models import User
from packages_app.errors import PackageNotFound, PackagePending
from packages_app.models import Package, Rating, Tally


@dataclass(frozen=True)
class Rated:
    average: float
    count: int
    score: int


def rate_package(*, package_id: UUID, user: User, score: int) -> Rated:
    """Give a package 1 to 5 stars, in place of the same user's earlier ones. Raises PackageNotFound, PackagePending."""
    with transaction.atomic():
        # The tally's lock puts the ratings of one package in a line, so that the average counts each once.
        tally = Tally.objects.select_for_update(of=("self",)).select_related("package").filter(pk=package_id).first()
        if tally is None:
            raise PackageNotFound("There is no such package.")
        if tally.package.status != Package.Status.READY:
            raise PackagePending("The package is still being processed; it can be rated once it is published.")
        earlier = Rating.objects.filter(package_id=package_id, user=user).first()
        Rating.objects.update_or_create(package_id=package_id, user=user, defaults={"score": score})
        Tally.objects.filter(pk=package_id).update(
            rating_sum=F("rating_sum") + score - (earlier.score if earlier else 0),
            rating_count=F("rating_count") + (0 if earlier else 1),
        )
        tally.refresh_from_db(fields=["rating_sum", "rating_count"])
    return Rated(round(tally.rating_sum / tally.rating_count, 2), tally.rating_count, score)
