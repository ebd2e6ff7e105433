"""Packages as people name them: a name, or one version of it."""

from django.db.models import F, QuerySet

from packages_app.errors import PackageNotFound
from packages_app.models import Package


def packages_named(text: str) -> QuerySet[Package]:
    """The published versions that `NAME` or `NAME@VERSION` means, newest first. Raises PackageNotFound for none."""
    name, at, version = text.rpartition("@")
    if not name or not at:  # a scope begins with one too
        name, version = text, ""
    found = Package.objects.filter(name=name, status=Package.Status.READY)
    if version:
        found = found.filter(version=version)
    if not found.exists():
        raise PackageNotFound(f"There is no published package {text}; give NAME or NAME@VERSION.")
    return found.order_by(F("version_key").desc(nulls_last=True), "-id")
