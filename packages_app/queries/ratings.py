"""What people think of a package, in stars."""

from dataclasses import dataclass
from uuid import UUID

from accounts_app.models import User
from packages_app.errors import PackageNotFound
from packages_app.models import Rating, Tally


@dataclass(frozen=True)
class Stars:
    """The mean of `count` ratings (None without any), and one user's own (None: not rated)."""

    average: float | None
    count: int
    score: int | None


def stars_of(*, package_id: UUID, user: User) -> Stars:
    """A package's stars as `user` sees them. Raises PackageNotFound."""
    tally = Tally.objects.filter(pk=package_id).first()
    if tally is None:
        raise PackageNotFound("There is no such package.")
    own = Rating.objects.filter(package_id=package_id, user=user).values_list("score", flat=True).first()
    average = round(tally.rating_sum / tally.rating_count, 2) if tally.rating_count else None
    return Stars(average, tally.rating_count, own)
