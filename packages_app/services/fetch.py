"""The fetching half of an ingest: what a reference means, its bytes in this job's own corner of the spool, one archive.

What was fetched stays there until the job is over, so that a killed worker's successor on the same machine goes on
where it was cut, at the same revision.
"""

import errno
import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

from django.conf import settings

from packages_app.domain.names import check_name, check_version
from packages_app.domain.reference import Reference
from packages_app.domain.refusals import Unacceptable
from packages_app.models import Job
from packages_app.services.accept import Arrival
from packages_app.services.jobs import Claim
from packages_app.sources.contract import Progress, Resolved, Unreachable
from packages_app.sources.packing import pack
from packages_app.sources.providers import source_of

_PREFIX = "ingest-"
_CHUNK_BYTES = 1024 * 1024
_SPARE_BYTES = 64 * 1024 * 1024
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
_UNITS = ((1000**3, "GB"), (1000**2, "MB"), (1000, "kB"))


def resolve_reference(claim: Claim) -> Resolved:
    """What the job's reference means, fixed in the job at the first time it is asked; the name and version to keep.

    Raises Unfetchable, Unreachable, Unacceptable.
    """
    claim.report("resolving", 0)
    request = claim.job.request
    reference = Reference(request["provider"], request["identity"], request.get("revision") or request.get("wanted"))
    with _room_needed():
        resolved = source_of(reference.provider, spool_of(claim.job)).resolve(reference)
    name, version = request.get("name") or resolved.name, request.get("resolved_version") or resolved.version
    try:
        check_name(name)
        check_version(version)
    except ValueError as error:
        raise Unacceptable(str(error), "bad_name") from error
    fixed = {"revision": resolved.provenance.revision, "resolved_version": version}
    claim.note(name=name, version=version, request=request | fixed)
    return replace(resolved, name=name, version=version)


def fetch_archive(claim: Claim, resolved: Resolved) -> Arrival:
    """The archive of what was resolved, in the spool. Raises Unfetchable, Unreachable, Unacceptable."""
    spool = spool_of(claim.job)
    archive = spool / "package.zip"
    if not archive.exists():
        _refuse_full_disk(spool, sum(file.size or 0 for file in resolved.files))
        source = source_of(resolved.provenance.provider, spool)
        with _room_needed():
            files = source.fetch(resolved, spool / "fetched", lambda progress: _tell(claim, progress))
            pack(files, archive, lambda share: claim.report("packing", share))
        shutil.rmtree(spool / "fetched")
    return Arrival(archive, archive.stat().st_size, _sha256(archive, claim))


def spool_of(job: Job) -> Path:
    """The job's own directory, made when first asked for."""
    folder: Path = settings.SPOOL_DIR / f"{_PREFIX}{job.pk}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def discard_spool(job: Job) -> None:
    shutil.rmtree(settings.SPOOL_DIR / f"{_PREFIX}{job.pk}", ignore_errors=True)


def is_spool_in_use(folder: Path) -> bool:
    """Whether the directory belongs to a job that isn't over."""
    try:
        job_id = UUID(folder.name.removeprefix(_PREFIX))
    except ValueError:
        return False
    return Job.objects.filter(pk=job_id, status__in=[Job.Status.QUEUED, Job.Status.RUNNING]).exists()


def _tell(claim: Claim, progress: Progress) -> None:
    claim.report("fetching", progress.share, in_words(progress))


def in_words(progress: Progress) -> str:
    """Such as "3 of 12 files, 1.2 of 4.5 GB"; empty where nothing can be said."""
    files = f"{progress.files_done} of {progress.files} files"
    if not progress.bytes:
        return files if progress.files > 1 else ""
    unit, name = next(((size, name) for size, name in _UNITS if progress.bytes >= size), (1, "bytes"))
    return f"{files}, {progress.bytes_done / unit:.3g} of {progress.bytes / unit:.3g} {name}"


@contextmanager
def _room_needed() -> Iterator[None]:
    """Raises Unreachable where the disk is full, since that passes once somebody has made room."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        raise Unreachable("The worker's disk is full; make room and retry the job.", "disk_full") from error


def _refuse_full_disk(spool: Path, size: int) -> None:
    """The files, their archive, and the objects that are made of it lie on the disk together for a while."""
    free = shutil.disk_usage(spool).free
    if free < 3 * size + _SPARE_BYTES:
        raise Unreachable(
            f"The worker's disk has {free:,} bytes free, which is too little for a package of {size:,}; make room and "
            "retry the job.",
            "disk_full",
        )


def _sha256(archive: Path, claim: Claim) -> str:
    digest = hashlib.sha256()
    size, done = archive.stat().st_size or 1, 0
    with archive.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
            done += len(chunk)
            claim.report("hashing", done / size)
    return digest.hexdigest()
