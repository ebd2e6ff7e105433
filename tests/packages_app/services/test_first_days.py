"""What the sweep says of the downloads of new packages."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.db.models.functions import Now

from packages_app.models import ConfusionFinding, Download, Package, Tally
from packages_app.services.confusion import decide_finding
from packages_app.services.first_days import look_at_first_days
from tests.factories.accounts import UserFactory
from tests.factories.packages import PackageFactory

pytestmark = pytest.mark.django_db


def fetch(package: Package, count: int, *, address: str = "192.0.2.1", outcome: str = "approved") -> None:
    Download.objects.bulk_create(
        Download(package=package, ip_address=address, kind="full", outcome=outcome) for _ in range(count)
    )
    if outcome == "approved":
        Tally.objects.filter(package=package).update(downloads=F("downloads") + count)


def findings() -> list[tuple[str, str, object]]:
    rows = ConfusionFinding.objects.order_by("id")
    return [(row.suspicious_pattern, row.severity, row.details["reason"]) for row in rows]


def test_quiet_old_and_refused_are_passed_over() -> None:
    quiet, old, refused = PackageFactory.create_batch(3)
    fetch(quiet, 49)
    fetch(old, 60)
    fetch(refused, 60, outcome="refused")
    Package.objects.filter(pk=old.pk).update(created_at=Now() - timedelta(hours=25))
    assert (look_at_first_days(), findings()) == (0, [])


def test_finding_is_made_once_and_kept_up_to_date_until_decided() -> None:
    package = PackageFactory.create()
    fetch(package, 60)
    said = "{0} of the {0} downloads in the first 24 hours came from 1 address."
    assert (look_at_first_days(), findings()) == (1, [("few addresses", "low", said.format(60))])
    fetch(package, 10)
    assert (look_at_first_days(), findings()) == (0, [("few addresses", "low", said.format(70))])
    finding = ConfusionFinding.objects.get()
    decide_finding(finding_id=finding.pk, decision="dismissed", note="our build farm", by=UserFactory.create())
    fetch(package, 10)
    assert (look_at_first_days(), findings()) == (0, [("few addresses", "low", said.format(70))])


def test_many_from_everywhere_are_noticed() -> None:
    package = PackageFactory.create()
    for number in range(10):
        fetch(package, 100, address=f"192.0.2.{number}")
    assert look_at_first_days() == 1
    assert findings() == [("download rate", "medium", "1,000 downloads in the first 24 hours are unusually many.")]
