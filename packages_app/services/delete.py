"""Undoing: rows and bytes both go.

Rows go first, in a transaction; the bytes follow once it stands. What a crash between the two leaves behind, no row
names any more, and the sweeper removes it.
"""

from collections.abc import Iterable
from uuid import UUID

from django.db import transaction

from packages_app.errors import PackageNotFound
from packages_app.models import ConfusionFinding, File, Job, Package, RetiredVersion
from packages_app.storage import objects


def delete_package(*, package_id: UUID) -> Package:
    """Delete a package with all its rows and objects; its name and version stay retired. Raises PackageNotFound."""
    with transaction.atomic():
        package = Package.objects.select_for_update().filter(pk=package_id).first()
        if package is None:
            raise PackageNotFound("There is no such package.")
        RetiredVersion.objects.update_or_create(
            name=package.name, version=package.version, defaults={"sha256": package.sha256}
        )
        keys = object_keys(package)
        _forget(package)
        transaction.on_commit(lambda: _remove_objects(keys))
    return package


def discard_pending(package: Package, job: Job) -> None:
    """Give up a reserved package that was refused; its name is free again. Joins the caller's transaction."""
    keys = [*object_keys(package), job.staging_key]
    _forget(package)
    transaction.on_commit(lambda: _remove_objects(keys))


def object_keys(package: Package) -> list[str]:
    """The keys of every object that belongs to a package."""
    own = File.objects.filter(package=package, object_key__isnull=False).values_list("object_key", flat=True)
    staged = Job.objects.filter(package=package).exclude(staging_key="").values_list("staging_key", flat=True)
    return [package.object_key, *(str(key) for key in own), *staged]


def delete_all_packages() -> int:
    """Delete every package, job and object, and forget retired versions; the number of packages that went."""
    with transaction.atomic():
        count = Package.objects.count()
        Package.objects.all().delete()
        Job.objects.all().delete()
        RetiredVersion.objects.all().delete()
        ConfusionFinding.objects.all().delete()
        transaction.on_commit(lambda: _remove_objects(found.key for found in objects().walk()))
    return count


def _forget(package: Package) -> None:
    Job.objects.filter(package=package, status__in=[Job.Status.QUEUED, Job.Status.RUNNING]).update(
        status=Job.Status.FAILED, error_code="package_deleted", error_detail="The package was deleted."
    )
    package.delete()


def _remove_objects(keys: Iterable[str]) -> None:
    for key in keys:
        objects().delete(key)
