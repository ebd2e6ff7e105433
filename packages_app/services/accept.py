"""The first half of a package's story: bytes that arrived become a reserved name and a queued job, in one transaction."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Literal
from uuid import uuid4

from django.db import IntegrityError, InterfaceError, OperationalError, transaction

from accounts_app.audit import Action, record
from accounts_app.errors import Refused
from accounts_app.models import User
from packages_app.archive import Archive
from packages_app.domain.names import check_name, check_version
from packages_app.domain.refusals import Unacceptable
from packages_app.domain.versions import sort_key
from packages_app.errors import InvalidPackage, NameTaken, VersionRetired
from packages_app.inspection import manifests_of
from packages_app.limits import archive_limits
from packages_app.models import Card, Job, Package, RetiredVersion, Tally
from packages_app.services.delete import discard_objects
from packages_app.services.jobs import enqueue
from packages_app.services.policies import check_policy, keep_policy
from packages_app.storage import objects

_TAKEN = "{name} {version} is taken; upload these bytes as another version."


@dataclass(frozen=True)
class Arrival:
    """A received file: where it rests, how many bytes, and their SHA-256 in hexadecimal."""

    path: Path
    size: int
    sha256: str


@dataclass(frozen=True)
class Labels:
    """What the uploader says about a package; what is None the archive's manifest is asked for. A policy, as its source,
    makes the package sensitive."""

    name: str | None = None
    version: str | None = None
    description: str | None = None
    is_sensitive: bool = False
    js_policy: str | None = None


@dataclass(frozen=True)
class Identity:
    """What a package is to be called, and its kind as its manifests have it."""

    name: str
    version: str
    kind: str


def accept_upload(*, owner: User, arrival: Arrival, labels: Labels) -> Job:
    """Reserve the name and version, keep the bytes, queue their processing. Nothing is kept of a refused upload.

    Raises InvalidPackage for an archive whose framing or manifests are at fault, Refused for a bad name or version,
    PolicyUnfit, NameTaken, VersionRetired.
    """
    with arrival.path.open("rb") as file:
        identity = identify(file, labels)
    refuse_taken(name=identity.name, version=identity.version, sha256=arrival.sha256)
    if labels.js_policy is not None:
        check_policy(labels.js_policy, field="js_policy")
    staging_key = f"staging/{uuid4()}"
    objects().adopt(arrival.path, staging_key)
    try:
        with transaction.atomic():
            return queue_processing(
                owner=owner,
                identity=identity,
                labels=labels,
                size=arrival.size,
                sha256=arrival.sha256,
                staging_key=staging_key,
            )
    except (OperationalError, InterfaceError):
        raise  # the commit may stand though its answer was lost; the sweeper sees later whether a row names the bytes
    except BaseException:
        discard_objects([staging_key])
        raise


def queue_processing(
    *,
    owner: User,
    identity: Identity,
    labels: Labels,
    size: int,
    sha256: str,
    staging_key: str,
    request: dict[str, Any] | None = None,
) -> Job:
    """Reserve the name and version, and queue the processing of the `size` bytes at `staging_key`.

    Joins the caller's transaction, which is lost where this raises NameTaken. `sha256`: empty where it isn't known yet.
    """
    package = reserve_package(
        name=identity.name,
        version=identity.version,
        kind=identity.kind,
        uploader=owner,
        size=size,
        sha256=sha256,
        description=labels.description or "",
        is_sensitive=labels.is_sensitive,
    )
    if labels.js_policy is not None:
        keep_policy(package, source=labels.js_policy, by=owner)
    job = Job.objects.create(
        kind=Job.Kind.UPLOAD,
        package=package,
        owner=owner,
        name=identity.name,
        version=identity.version,
        staging_key=staging_key,
        request=request or {},
    )
    enqueue(job)
    record(
        Action.PACKAGE_UPLOADED,
        f"package {package.pk}",
        actor=owner,
        name=identity.name,
        version=identity.version,
        sha256=sha256,
        job=str(job.pk),
    )
    return job


def reserve_package(
    *,
    name: str,
    version: str,
    kind: str,
    uploader: User | None,
    size: int,
    sha256: str,
    description: str = "",
    is_sensitive: bool = False,
) -> Package:
    """A pending package that holds its name and version from now on. Joins the caller's transaction, which is lost where
    this raises: NameTaken."""
    try:
        package = Package.objects.create(
            name=name,
            version=version,
            version_key=sort_key(version),
            kind=kind,
            uploader=uploader,
            size_bytes=size,
            sha256=sha256,
            is_sensitive=is_sensitive,
        )
    except IntegrityError as error:
        raise NameTaken(_TAKEN.format(name=name, version=version)) from error
    Card.objects.create(package=package, description=description)
    Tally.objects.create(package=package)
    return package


def refuse_taken(*, name: str, version: str, sha256: str) -> None:
    """Raise NameTaken or VersionRetired when these bytes can't have this name and version. While their hash is unknown
    (empty), a retired version is no reason yet."""
    if Package.objects.filter(name=name, version=version).exists():
        raise NameTaken(_TAKEN.format(name=name, version=version))
    if sha256:
        refuse_retired(name=name, version=version, sha256=sha256)


def refuse_retired(*, name: str, version: str, sha256: str) -> None:
    """Raise VersionRetired when this name and version were deleted with other bytes."""
    if RetiredVersion.objects.filter(name=name, version=version).exclude(sha256=sha256).exists():
        raise VersionRetired(
            f"{name} {version} was deleted, and comes back only with the same bytes; upload these as another version."
        )


def identify(file: BinaryIO, labels: Labels) -> Identity:
    """What the package in `file` is, by its labels and else its manifests. Raises InvalidPackage, Refused."""
    try:
        manifests = manifests_of(Archive(file, archive_limits()))
    except Unacceptable as error:
        raise InvalidPackage(error.detail, code=error.code) from error
    return Identity(
        check_label("name", labels.name, manifests.declared_name),
        check_label("version", labels.version, manifests.declared_version),
        manifests.kind,
    )


def check_label(field: Literal["name", "version"], given: str | None, declared: str | None) -> str:
    """The `field` the uploader gave, else the one the manifest declares; checked. Raises Refused."""
    text = given if given is not None else declared
    if text is None:
        detail = f"The archive's manifest declares no {field}; send one in the field '{field}'."
        raise Refused(detail, errors={field: [detail]})
    try:
        return {"name": check_name, "version": check_version}[field](text)
    except ValueError as error:
        raise Refused(str(error), errors={field: [str(error)]}) from error
