"""What is changed about a package after it was published."""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from accounts_app.audit import Action, record
from packages_app.models import Package


def mark_sensitive(*, package_ids: Iterable[UUID], is_sensitive: bool) -> None:
    """Mark packages as sensitive, or as not: all of those that are there."""
    with transaction.atomic():
        for package in Package.objects.select_for_update().filter(pk__in=list(package_ids)).order_by("pk"):
            Package.objects.filter(pk=package.pk).update(is_sensitive=is_sensitive)
            record(
                Action.SENSITIVITY_CHANGED,
                f"package {package.pk}",
                name=package.name,
                version=package.version,
                is_sensitive=is_sensitive,
            )
