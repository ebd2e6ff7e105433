"""The beginning and the ends of an ingest: a checked reference becomes a job, and the job a package, a refusal, or a
reason to come back."""

from collections.abc import Collection, Mapping
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.utils.module_loading import import_string

from accounts_app.audit import Action, record
from accounts_app.errors import Refused
from accounts_app.models import User
from packages_app.domain.names import InvalidName, check_name
from packages_app.domain.reference import HUB_SITES, InvalidReference, parse_reference
from packages_app.errors import NotWaivable
from packages_app.models import Job, Origin, Package, Waiver
from packages_app.services.accept import Arrival, refuse_taken, reserve_package
from packages_app.services.delete import discard_objects
from packages_app.services.jobs import Claim, Occupied, enqueue
from packages_app.sources.contract import Provenance, Resolved, Unreachable
from packages_app.storage import objects

REASON_LENGTH = 500


def accept_ingest(
    *,
    owner: User,
    url: str,
    name: str | None = None,
    version: str | None = None,
    waived: Mapping[str, str] | None = None,
) -> Job:
    """Queue the ingest of what `url` names, at `version` where it names none, to be kept under `name` instead of its own.

    `waived`: metrics that need not pass and why, for administrators. Raises Refused for what can't be ingested, and
    NotWaivable.
    """
    try:
        hubs = HUB_SITES | {urlsplit(settings.HF_ENDPOINT).netloc.lower()}
        reference = parse_reference(url.strip(), version, hubs=hubs)
    except InvalidReference as error:
        raise Refused(str(error), errors={"url": [str(error)]}) from error
    try:
        kept_as = check_name(name) if name is not None else None
    except InvalidName as error:
        raise Refused(str(error), errors={"name": [str(error)]}) from error
    _check_waivers(owner, waived or {})
    request = {
        "url": url.strip(),
        "provider": reference.provider,
        "identity": reference.name,
        "wanted": reference.wanted,
        "name": kept_as,
        "waived": dict(waived or {}),
    }
    with transaction.atomic():
        job = Job.objects.create(kind=Job.Kind.INGEST, owner=owner, name=kept_as or reference.name, request=request)
        enqueue(job)
        record(Action.INGEST_REQUESTED, f"job {job.pk}", actor=owner, url=request["url"], name=kept_as)
    return job


def waivers_of(job: Job) -> Mapping[str, str]:
    """The reason for each metric that the job's ingest need not pass."""
    return cast("dict[str, str]", job.request.get("waived") or {})


def finished_with_same(claim: Claim, resolved: Resolved, *, sha256: str | None = None) -> bool:
    """End the job with the package that is this very content already: of the same revision, or, once it is known, of the
    same hash. False where there is none.

    Raises NameTaken or VersionRetired when the name and version belong to other content, with `sha256` only; Occupied
    while another job is at work on it, and Unreachable where one has failed to; LeaseLost.
    """
    with transaction.atomic():
        package = Package.objects.filter(name=resolved.name, version=resolved.version).first()
        same = Origin.objects.filter(package=package, **_origin(resolved.provenance)).exists() if package else False
        if package is not None and (same or package.sha256 == sha256):
            if package.status != Package.Status.READY:
                if package.jobs.filter(status__in=[Job.Status.QUEUED, Job.Status.RUNNING]).exists():
                    raise Occupied
                raise Unreachable(f"The job that was to publish {package} failed; retry that one.", "package_pending")
            claim.finish(package=package)
            return True
    if sha256 is not None:
        refuse_taken(name=resolved.name, version=resolved.version, sha256=sha256)
    return False


def reserve_ingested(
    claim: Claim, *, resolved: Resolved, arrival: Arrival, kind: str, scores: Mapping[str, Any]
) -> Package:
    """What passed the gate gets its name: the archive goes to the staging area, the package is pending, and the job has
    it to publish, by whichever worker. Raises NameTaken, LeaseLost."""
    staging_key = f"staging/{uuid4()}"
    objects().adopt(arrival.path, staging_key)
    try:
        with transaction.atomic():
            job = claim.lock()
            package = reserve_package(
                name=resolved.name,
                version=resolved.version,
                kind=kind,
                uploader=job.owner,
                size=arrival.size,
                sha256=arrival.sha256,
            )
            Origin.objects.create(package=package, **_origin(resolved.provenance))
            Waiver.objects.bulk_create(
                Waiver(package=package, metric=metric, reason=reason, granted_by=job.owner)
                for metric, reason in waivers_of(job).items()
            )
            for metric, reason in waivers_of(job).items():
                record(
                    Action.REQUIREMENT_WAIVED, f"package {package.pk}", actor=job.owner, metric=metric, reason=reason
                )
            claim.note(package=package, staging_key=staging_key, scores=dict(scores))
    except (OperationalError, InterfaceError):
        raise  # the commit may stand though its answer was lost; the sweeper sees later whether a row names the bytes
    except BaseException:
        discard_objects([staging_key])
        raise
    return package


def end_without_package(
    claim: Claim,
    *,
    status: Job.Status,
    detail: str,
    code: str,
    scores: Mapping[str, Any] | None = None,
    failed_metrics: Collection[str] = (),
) -> None:
    """End the job with nothing stored: `rejected` by its scores, or `unavailable`, so that it can be retried."""
    claim.end(
        status,
        error_detail=detail,
        error_code=code,
        scores=None if scores is None else dict(scores),
        failed_metrics=list(failed_metrics),
    )


def _origin(provenance: Provenance) -> dict[str, str]:
    return {
        "provider": provenance.provider,
        "identity": provenance.identity,
        "revision": provenance.revision,
    }


def _check_waivers(owner: User, waived: Mapping[str, str]) -> None:
    if waived and not owner.is_administrator:
        raise NotWaivable("Only an administrator may waive a metric.")
    waivable = cast("frozenset[str]", import_string(f"{settings.PIPELINE}.WAIVABLE"))
    for metric, reason in waived.items():
        detail = ""
        if metric not in waivable:
            detail = f"There is no metric {metric[:100]!r} to waive; there are {', '.join(sorted(waivable))}."
        elif not reason.strip() or len(reason) > REASON_LENGTH:
            detail = f"Say in at most {REASON_LENGTH} characters why {metric} is waived."
        if detail:
            raise Refused(detail, errors={"waive": [detail]})
