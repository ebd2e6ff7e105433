"""Packages as people name them: a name, or one version of it."""

from django.db.models import F, QuerySet

from packages_app.errors import PackageNotFound
from packages_app.models import Package

VERSIONS_NAMED = 5


def packages_named(text: str) -> QuerySet[Package]:
    """The published versions that `NAME` or `NAME@VERSION` means, newest first. Raises PackageNotFound for none."""
    name, at, version = text.rpartition("@")
    if not name or not at:  # a scope begins with one too
        name, version = text, ""
    versions = Package.objects.filter(name=name, status=Package.Status.READY)
    versions = versions.order_by(F("version_key").desc(nulls_last=True), "-id")
    found = versions.filter(version=version) if version else versions
    if found.exists():
        return found
    there = list(versions.values_list("version", flat=True)[: VERSIONS_NAMED + 1])
    if there:
        more = " and older ones" if len(there) > VERSIONS_NAMED else ""
        raise PackageNotFound(
            f"{name} has no published version {version}; there is {', '.join(there[:VERSIONS_NAMED])}{more}."
        )
    raise PackageNotFound(f"There is no published package {name}; give NAME or NAME@VERSION.")
