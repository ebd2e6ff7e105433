"""The other half of the confusion audit: downloads of new packages that look made up, looked at now and then."""

import time
from datetime import timedelta

from django.db import transaction
from django.db.models import Count, QuerySet, Value
from django.db.models.functions import Now

from accounts_app.models import UUIDv7
from packages_app.domain.first_day import FEWEST, Anomaly, anomaly
from packages_app.models import ConfusionFinding, Download, Package

_FIRST_DAY = timedelta(hours=24)
_SECONDS_BETWEEN_LOOKS = 60.0
#: When this process looked last, on its own clock.
_looked = -_SECONDS_BETWEEN_LOOKS


def watch_first_days() -> int:
    """Look at the downloads of packages younger than a day, at most once a minute. How many findings are new."""
    global _looked  # noqa: PLW0603 - of one process, and only to save work
    if time.monotonic() - _looked < _SECONDS_BETWEEN_LOOKS:
        return 0
    _looked = time.monotonic()
    return look_at_first_days()


def look_at_first_days() -> int:
    """Record what is odd about the first 24 hours of packages that are in them, once a package and pattern."""
    count = 0
    for package in _fetched_and_new():
        odd = anomaly(_downloads_by_address(package))
        if odd and _record(package, odd):
            count += 1
    return count


def _fetched_and_new() -> QuerySet[Package]:
    since = UUIDv7(Value(-_FIRST_DAY))  # identifiers are in the order of their making, and indexed
    new = Package.objects.filter(pk__gt=since, created_at__gt=Now() - _FIRST_DAY, status=Package.Status.READY)
    return new.filter(tally__downloads__gte=FEWEST)


def _downloads_by_address(package: Package) -> list[int]:
    granted = Download.objects.filter(package=package, outcome=Download.Outcome.APPROVED)
    by_address = granted.order_by().values("ip_address").annotate(count=Count("pk"))
    return list(by_address.values_list("count", flat=True))


def _record(package: Package, odd: Anomaly) -> bool:
    """Whether it is news. A finding still open is brought up to date; one decided on stays as it is."""
    with transaction.atomic():
        if not Package.objects.select_for_update(no_key=True).filter(pk=package.pk).exists():
            return False
        known = ConfusionFinding.objects.filter(package=package, suspicious_pattern=odd.pattern)
        details = {"reason": odd.details}
        if known.exists():
            known.filter(state=ConfusionFinding.State.OPEN).update(details=details, severity=odd.severity)
            return False
        ConfusionFinding.objects.create(
            package=package, suspicious_pattern=odd.pattern, severity=odd.severity, details=details
        )
    return True
