"""Undoing: rows and bytes both go.

Rows go first, in a transaction; the bytes follow once it stands. What a crash between the two leaves behind, or a storage
that is away, no row names any more, and the sweeper removes it.
"""

import logging
from collections.abc import Iterable
from itertools import islice
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now
from django_q.tasks import async_task

from accounts_app.audit import Action, record
from packages_app.errors import PackageNotFound
from packages_app.models import File, Job, Package, RetiredVersion
from packages_app.queries.stored import named_among
from packages_app.services.jobs import Claim
from packages_app.storage import objects

log = logging.getLogger(__name__)

_KEYS_AT_ONCE = 1000


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
        record(Action.PACKAGE_DELETED, f"package {package.pk}", name=package.name, version=package.version)
        _forget(package)
        async_task(f"{settings.PIPELINE}.follow_deletion", package.name, package.version)
        transaction.on_commit(lambda: discard_objects(keys))
    return package


def refuse_package(claim: Claim, *, detail: str, code: str) -> None:
    """End the claim's job as failed for good and free the name it had reserved; nothing of the package stays."""
    with transaction.atomic():
        job = claim.lock()
        claim.end(Job.Status.FAILED, error_detail=detail, error_code=code)
        package = job.package_id and Package.objects.filter(pk=job.package_id, status=Package.Status.PENDING).first()
        if package:
            discard_pending(package, job)


def discard_pending(package: Package, job: Job) -> None:
    """Give up a reserved package that was refused; its name is free again. Joins the caller's transaction."""
    keys = object_keys(package) + ([job.staging_key] if job.staging_key else [])
    _forget(package)
    transaction.on_commit(lambda: discard_objects(keys))


def discard_leftovers(job: Job) -> None:
    """After a worker lost its job: what it stored goes, unless a package of that name and version is there."""
    if not Package.objects.filter(name=job.name, version=job.version).exists():
        folder = f"{job.name}/{job.version}"
        found = [stored.key for stored in objects().walk(f"{folder}/")] if job.name else []
        discard_objects([key for key in found if key.rpartition("/")[0] == folder])


def object_keys(package: Package) -> list[str]:
    """The keys of every object that belongs to a package."""
    own = File.objects.filter(package=package, object_key__isnull=False).values_list("object_key", flat=True)
    staged = Job.objects.filter(package=package).exclude(staging_key="").values_list("staging_key", flat=True)
    return [package.object_key, package.policy_key, *(str(key) for key in own), *staged]


def delete_all_packages() -> int:
    """Delete every package, job and object, and forget retired versions; the number of packages that went."""
    with transaction.atomic():
        count = Package.objects.count()
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE packages, jobs, retired_versions, held_names CASCADE")
        transaction.on_commit(lambda: discard_objects(found.key for found in objects().walk()))
    return count


def _forget(package: Package) -> None:
    Job.objects.filter(package=package, status__in=[Job.Status.QUEUED, Job.Status.RUNNING]).update(
        status=Job.Status.FAILED,
        finished_at=Now(),
        error_code="package_deleted",
        error_detail="The package was deleted.",
    )
    package.delete()


def discard_objects(keys: Iterable[str]) -> None:
    """Remove objects whose rows are gone, but for those that a row names again: the same bytes may have come back. The
    sweeper removes what the storage refuses now."""
    remaining = iter(keys)
    try:
        while batch := list(islice(remaining, _KEYS_AT_ONCE)):
            named = named_among(batch)
            for key in batch:
                if key not in named:
                    objects().delete(key)
    except Exception as error:  # noqa: BLE001 - whatever the storage's client raises; what it should undo is done
        log.warning("objects are left to the sweeper: %s", error)
