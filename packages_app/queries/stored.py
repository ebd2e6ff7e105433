"""Which objects the database says there are."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from hashlib import sha256

from django.db.models import Q

from packages_app.models import File, Job, MultipartUpload, Package, Policy

_ROWS_AT_ONCE = 1000
_UPLOAD_KEY = re.compile(r"staging/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class ExpectedObject:
    """An object that a row names, of what size in bytes and SHA-256; `file`: the member of an archive it was taken from."""

    key: str
    size: int
    sha256: str
    owner: str
    file: File | None = None
    #: Whose policy it is, where it is one.
    policy_of: Package | None = None


def expected_objects() -> Iterator[ExpectedObject]:
    """Every object of every published package, its archive first, and the bytes of jobs that aren't over."""
    for package in Package.objects.filter(status=Package.Status.READY).order_by("id").iterator(_ROWS_AT_ONCE):
        yield ExpectedObject(package.object_key, package.size_bytes, package.sha256, str(package))
        for policy in Policy.objects.filter(package=package):
            source = policy.source.encode()
            digest = sha256(source).hexdigest()
            yield ExpectedObject(package.policy_key, len(source), digest, str(package), policy_of=package)
        files = File.objects.filter(package=package, object_key__isnull=False)
        for file in files.select_related("package").iterator(_ROWS_AT_ONCE):
            yield ExpectedObject(str(file.object_key), file.size, file.sha256, str(package), file)
    waiting = Job.objects.filter(status__in=[Job.Status.QUEUED, Job.Status.RUNNING]).exclude(staging_key="")
    for job in waiting.filter(package__isnull=False).select_related("package"):
        assert job.package is not None
        yield ExpectedObject(job.staging_key, job.package.size_bytes, job.package.sha256, f"job {job.pk}")
    for upload in MultipartUpload.objects.filter(status=MultipartUpload.Status.WHOLE):
        yield ExpectedObject(upload.object_key, upload.size_bytes, upload.sha256, f"upload {upload.pk}")


def named_among(keys: Collection[str]) -> set[str]:
    """Those of `keys` that a row names, or may name soon: a job stores its package's objects long before their rows, and
    what is staged serves until the package is published."""
    folders = {key.rpartition("/")[0] for key in keys}
    packages = Package.objects.filter(name__in={folder.rpartition("/")[0] for folder in folders})
    # Asked for first: what is published meanwhile has its rows by the time they are asked for.
    coming = {package.prefix for package in packages.filter(status=Package.Status.PENDING)}
    open_jobs = Q(status__in=[Job.Status.QUEUED, Job.Status.RUNNING]) | Q(package__status=Package.Status.PENDING)
    known = set(Job.objects.filter(open_jobs, staging_key__in=keys).values_list("staging_key", flat=True))
    uploads = [key.removeprefix("staging/") for key in keys if _UPLOAD_KEY.fullmatch(key)]
    unaccepted = MultipartUpload.objects.filter(pk__in=uploads).exclude(status=MultipartUpload.Status.ACCEPTED)
    known |= {upload.object_key for upload in unaccepted}
    known |= {package.object_key for package in packages}
    known |= {package.policy_key for package in packages.filter(policy__isnull=False)}
    known |= set(map(str, File.objects.filter(object_key__in=keys).values_list("object_key", flat=True)))
    return {key for key in keys if key in known or key.rpartition("/")[0] in coming}
