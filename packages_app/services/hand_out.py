"""Handing out bytes: who asks, whether they may, the record of it, and only then a URL."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts_app.audit import Action, record
from accounts_app.models import User
from packages_app.errors import NoWeights, PackageNotFound, PackagePending, PolicyRejected
from packages_app.models import Download, File, Package, Tally
from packages_app.queries.scans import Scanned, scan_of_package
from packages_app.services.ask_policy import Decision, decided, record_verdict, still_stands
from packages_app.storage import objects

#: How often a policy is asked that is changed while it answers.
_TRIES = 3


@dataclass(frozen=True)
class Caller:
    """Who asks for bytes, and from where."""

    user: User
    address: str | None
    user_agent: str


@dataclass(frozen=True)
class HandedOut:
    """An object that may be fetched. `url` is absolute for S3, a path of this server for local objects."""

    url: str
    size_bytes: int
    sha256: str
    scan: Scanned
    file: str = ""


def hand_out_package(*, package_id: UUID, caller: Caller) -> HandedOut:
    """A URL for the whole package. Raises PackageNotFound, PackagePending, PolicyRejected."""
    package = _ready_package(package_id)
    _decide(package, caller, Download.Kind.FULL)
    name = f"{PurePosixPath(package.name).name}-{package.version}.zip"
    url = objects().signed_url(package.object_key, filename=name, sha256=package.sha256)
    return HandedOut(url, package.size_bytes, package.sha256, scan_of_package(package))


def hand_out_weights(*, package_id: UUID, caller: Caller, file: str | None) -> Sequence[HandedOut]:
    """URLs for the weight files, or for the one at path `file`. Raises as hand_out_package does, and NoWeights."""
    package = _ready_package(package_id)
    weights = File.objects.filter(package=package, is_weight=True, object_key__isnull=False)
    chosen = list(weights.filter(path=file) if file is not None else weights)
    if not chosen:
        raise NoWeights(
            f"The package has no weight file {file!r}; its metadata lists its files."
            if file is not None
            else "The package holds no weight files; download the whole package instead."
        )
    _decide(package, caller, Download.Kind.WEIGHTS, file or "")
    return [
        HandedOut(
            objects().signed_url(str(found.object_key), filename=PurePosixPath(found.path).name, sha256=found.sha256),
            found.size,
            found.sha256,
            Scanned(found.verdict, found.findings),
            found.path,
        )
        for found in chosen
    ]


def _ready_package(package_id: UUID) -> Package:
    package = Package.objects.filter(pk=package_id).first()
    if package is None:
        raise PackageNotFound("There is no such package.")
    if package.status != Package.Status.READY:
        raise PackagePending("The package is still being processed; its job tells how far it is.")
    return package


def _decide(package: Package, caller: Caller, kind: Download.Kind, file: str = "") -> None:
    """Let the package's policy decide, and record what it decided before anything is handed out."""
    for _ in range(_TRIES):
        decision = decided(package, caller.user)
        with transaction.atomic():
            if still_stands(decision, package):
                _record(decision, package, caller, kind, file)
                break
    else:
        raise PolicyRejected("The package's policy changes faster than it can be asked; try again.")
    if decision.refusal:
        raise PolicyRejected(decision.refusal)


def _record(decision: Decision, package: Package, caller: Caller, kind: Download.Kind, file: str) -> None:
    refusal = decision.refusal
    download = Download.objects.create(
        package=package,
        user=caller.user,
        ip_address=caller.address,
        user_agent=caller.user_agent[:1000],
        kind=kind,
        file=file,
        outcome=Download.Outcome.REFUSED if refusal else Download.Outcome.APPROVED,
        reason=refusal,
    )
    if decision.asked is not None:
        record_verdict(decision.asked, download)
    record(
        Action.DOWNLOAD_REFUSED if refusal else Action.DOWNLOAD_GRANTED,
        f"package {package.pk}",
        actor=caller.user,
        address=caller.address,
        name=package.name,
        version=package.version,
        kind=kind.value,
        file=file,
        reason=refusal,
    )
    if not refusal:
        Tally.objects.filter(package=package).update(downloads=F("downloads") + 1)
