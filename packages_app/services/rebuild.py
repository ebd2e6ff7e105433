"""Objects made anew from the archive they were taken from, or from the row."""

from django.db import transaction

from packages_app.archive import Archive
from packages_app.limits import archive_limits
from packages_app.models import File, Package
from packages_app.services.policies import store_policy
from packages_app.storage import objects

_CHUNK_BYTES = 1024 * 1024


def rebuild_policy(package: Package) -> None:
    """Write the object of the package's policy again."""
    with transaction.atomic():
        store_policy(Package.objects.select_for_update().get(pk=package.pk))


def rebuild_object(file: File) -> None:
    """Write the object of this one file again. Raises FileNotFoundError, Unacceptable when the archive doesn't have it."""
    with objects().opened(file.package.object_key) as opened:
        archive = Archive(opened, archive_limits())
        member = archive.find(file.path)
        if member is None:
            raise FileNotFoundError(file.path)
        objects().write(str(file.object_key), archive.stream(member, _CHUNK_BYTES))
