"""What is found out about bytes that arrived in parts, before they are processed like any others.

Their whole hash is computed here, by the worker, and not while the sender waits: hashing 50 GB takes a minute, an answer
behind API Gateway may take 29 seconds.
"""

import hashlib
from typing import BinaryIO

from packages_app.archive import Archive
from packages_app.domain.refusals import Unacceptable
from packages_app.errors import VersionRetired
from packages_app.inspection import manifests_of
from packages_app.limits import archive_limits
from packages_app.models import Package
from packages_app.services.accept import refuse_retired
from packages_app.services.jobs import Claim

_CHUNK_BYTES = 1024 * 1024


def settle_arrival(claim: Claim, package: Package, file: BinaryIO) -> None:
    """Give the package of an upload in parts its hash and kind; nothing for one that has them.

    Raises Unacceptable when the bytes are not those that were declared, or may not have this name and version.
    """
    declared = claim.job.request.get("declared_sha256")
    if declared is None:
        return
    sha256 = _hash(claim, file, package.size_bytes)
    if declared and sha256 != declared:
        raise Unacceptable(
            f"The bytes that arrived have the SHA-256 {sha256}, not {declared} as declared; upload the file again.",
            "wrong_hash",
        )
    try:
        refuse_retired(name=package.name, version=package.version, sha256=sha256)
    except VersionRetired as error:
        raise Unacceptable(error.detail, error.code) from error
    package.sha256 = sha256
    package.kind = manifests_of(Archive(file, archive_limits())).kind
    Package.objects.filter(pk=package.pk).update(sha256=package.sha256, kind=package.kind)


def _hash(claim: Claim, file: BinaryIO, size: int) -> str:
    digest = hashlib.sha256()
    buffer = bytearray(_CHUNK_BYTES)
    done = file.seek(0)
    while count := file.readinto(buffer):  # type: ignore[attr-defined]  # of every binary file there is
        digest.update(memoryview(buffer)[:count])
        done += count
        claim.report("hashing", done / size)
    file.seek(0)
    return digest.hexdigest()
