"""Who fetched a package, and who may know."""

from uuid import UUID

from django.db.models import QuerySet

from accounts_app.models import User
from packages_app.errors import JobNotFound, NotUploader, PackageNotFound
from packages_app.models import ConfusionFinding, Download, Job, Package


def package_for_owner(*, package_id: UUID, user: User) -> Package:
    """The package, for its uploader and administrators. Raises PackageNotFound, NotUploader."""
    package = Package.objects.filter(pk=package_id).first()
    if package is None:
        raise PackageNotFound("There is no such package.")
    if package.uploader_id != user.pk and not user.may("admin"):
        raise NotUploader("Only the package's uploader and administrators may see or change this.")
    return package


def downloads_of(package: Package) -> QuerySet[Download]:
    """A package's downloads, granted and refused, newest first."""
    return Download.objects.filter(package=package).select_related("user")


def job_for_owner(*, job_id: UUID, user: User) -> Job:
    """The job, for who asked for it and administrators; to others it does not exist. Raises JobNotFound."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None or (job.owner_id != user.pk and not user.may("admin")):
        raise JobNotFound("There is no such job, or it is somebody else's.")
    return job


def confusion_findings(
    package_id: UUID | None, *, severity: str | None = None, state: str | None = None
) -> QuerySet[ConfusionFinding]:
    """Confusion findings, newest first, of one package or of all. Raises PackageNotFound."""
    rows = ConfusionFinding.objects.select_related("package", "lookalike", "decided_by")
    wanted = {"severity": severity, "state": state}
    rows = rows.filter(**{field: value for field, value in wanted.items() if value is not None})
    if package_id is None:
        return rows
    if not Package.objects.filter(pk=package_id).exists():
        raise PackageNotFound("There is no such package.")
    return rows.filter(package_id=package_id)
