"""The one story of a package: claimed, inspected, measured, kept; each step once, whoever dies on the way.

A job may run any number of times: what it writes outside the database is the same each time, and the last transaction
commits only for the worker that holds the job's fence. DESIGN.md tells the story from the outside.
"""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from django.conf import settings
from django.db import transaction

from accounts_app.errors import Refused
from accounts_app.request_ids import known_as
from lineage_app.domain.declared import DeclaredParent, declared_parents
from lineage_app.queries import children_of, held_parent, parents_of
from lineage_app.services import adopt_children, record_parents, resolve_again
from metrics_app.collectors.archive import archive_evidence
from metrics_app.collectors.configured import collectors, demonstrate
from metrics_app.collectors.files import files_of
from metrics_app.collectors.together import Subject, collect
from metrics_app.domain.codec import JSON
from metrics_app.domain.evidence import Evidence, Parent, ParentEvidence
from metrics_app.domain.gate import Verdict, judge
from metrics_app.domain.result import METRICS, Result, told
from metrics_app.services import evidence_of, measure, store_scores
from packages_app.archive import Archive
from packages_app.domain.refusals import Unacceptable
from packages_app.errors import NameTaken
from packages_app.inspection import Inspection, inspect
from packages_app.limits import archive_limits
from packages_app.models import Job, Package
from packages_app.queries.origins import provenance_of
from packages_app.services.arrival import settle_arrival
from packages_app.services.confusion import find_lookalikes
from packages_app.services.delete import discard_leftovers, discard_objects, refuse_package
from packages_app.services.fetch import discard_spool, fetch_archive, resolve_reference
from packages_app.services.ingest import end_without_package, finished_with_same, reserve_ingested, waivers_of
from packages_app.services.jobs import (
    Claim,
    LeaseLost,
    Occupied,
    claim_job,
    keeping_lease,
    put_back,
    put_off,
    queue_rescore,
)
from packages_app.services.publish import publish_package, store_objects
from packages_app.sources.contract import Provenance, Unfetchable, Unreachable
from packages_app.storage import objects

log = logging.getLogger(__name__)


def run(job_id: str) -> None:
    """Carry a job as far as it goes. Delivered twice, or for a job that is over, it does nothing."""
    claim = claim_job(UUID(job_id))
    if claim is None:
        return
    with known_as(claim.job.request_id, job=job_id):
        log.info("job started", extra={"kind": claim.job.kind, "attempt": claim.job.attempts})
        try:
            _carry(claim)
        except LeaseLost:
            log.warning("job %s went to another worker, or its package was deleted", job_id)
            discard_leftovers(claim.job)


def _carry(claim: Claim) -> None:
    """Tell the job's story, and its end where it breaks off. Raises LeaseLost when neither is this worker's to tell."""
    try:
        with keeping_lease(claim):
            _STORIES[Job.Kind(claim.job.kind)](claim)
    except LeaseLost:
        raise
    except (Unacceptable, Unfetchable, Refused) as error:
        refuse_package(claim, detail=error.detail, code=error.code)
        discard_spool(claim.job)
    except Occupied:
        put_off(claim)
    except TurnedAway as away:
        _turn_away(claim, away.verdict, away.scores)
    except Unreachable as error:
        end_without_package(claim, status=Job.Status.UNAVAILABLE, detail=error.detail, code=error.code)
    except Exception as error:
        log.exception("job %s failed", claim.job.pk)
        put_back(claim, detail=f"An error of ours stopped the job ({type(error).__name__}).")


def follow_deletion(name: str, version: str) -> None:
    """After a package went: what derived from it finds another version, or waits for one; tree scores follow."""
    with transaction.atomic():
        for child in resolve_again(name=name, version=version):
            queue_rescore(child, recollect=False)


def replay(package: Package) -> bool:
    """Compute a package's scores again, at once, from its stored evidence. Whether there is any."""
    stored = evidence_of(package)
    if stored is None:
        return False
    before = package.net_score
    with transaction.atomic():
        _keep_scores(Package.objects.select_for_update().get(pk=package.pk), stored, None)
        package.refresh_from_db(fields=["net_score"])
        if package.net_score != before:
            _rescore_children(package)
    return True


@dataclass(frozen=True)
class Measured:
    """What became known of a package: what its archive holds, whom it names as parents, and its scores."""

    inspection: Inspection
    parents: tuple[DeclaredParent, ...]
    evidence: Evidence
    results: dict[str, Result]


class TurnedAway(Exception):
    """The gate's verdict on what was to be ingested, and the scores it was given."""

    def __init__(self, verdict: Verdict, scores: Mapping[str, JSON]) -> None:
        super().__init__(verdict.outcome)
        self.verdict = verdict
        self.scores = scores


def _upload(claim: Claim) -> None:
    package = _package_of(claim)
    with objects().opened(claim.job.staging_key) as file:
        settle_arrival(claim, package, file)
        archive = Archive(file, archive_limits())
        measured = _measured(claim, archive, package.name, package, provenance_of(package))
        _publish(claim, package, archive, measured)


def _ingest(claim: Claim) -> None:
    if claim.job.package is not None:  # passed the gate before its worker died
        _upload(claim)
    else:
        _fetch_and_judge(claim)
    discard_spool(claim.job)


def _fetch_and_judge(claim: Claim) -> None:
    """Publish what passes. Raises TurnedAway for what doesn't, of which nothing is kept."""
    resolved = resolve_reference(claim)
    if finished_with_same(claim, resolved):
        return
    arrival = fetch_archive(claim, resolved)
    if finished_with_same(claim, resolved, sha256=arrival.sha256):
        return
    with arrival.path.open("rb") as file:
        archive = Archive(file, archive_limits())
        measured = _measured(claim, archive, resolved.name, None, resolved.provenance)
        scores = _passing(claim, measured.results)
        kind = measured.inspection.manifests.kind
        try:
            package = reserve_ingested(claim, resolved=resolved, arrival=arrival, kind=kind, scores=scores)
        except NameTaken:  # since it was last looked for; by another ingest of the same, perhaps
            if finished_with_same(claim, resolved, sha256=arrival.sha256):
                return
            raise
        _publish(claim, package, archive, measured)


def _passing(claim: Claim, results: dict[str, Result]) -> dict[str, JSON]:
    """The scores, to be told with the job. Raises TurnedAway when they don't pass the gate."""
    waived = frozenset(waivers_of(claim.job))
    verdict = judge(results, threshold=settings.GATE_THRESHOLD, strict=settings.GATE_STRICT, waived=waived)
    if verdict.outcome != "passed":
        raise TurnedAway(verdict, told(results))
    return told(results)


def _turn_away(claim: Claim, verdict: Verdict, scores: Mapping[str, JSON]) -> None:
    """End the job with its scores and the reasons. What was fetched stays a while for the retry of an unavailable one."""
    rejected = verdict.outcome == "rejected"
    names = verdict.failed if rejected else verdict.unavailable
    reasons = " ".join(f"{name}: {(verdict.reasons or {}).get(name, '')}" for name in names)
    begin = "Rejected for its scores." if rejected else "The scores can't be had now; retry when this is mended."
    end_without_package(
        claim,
        status=Job.Status.REJECTED if rejected else Job.Status.UNAVAILABLE,
        detail=f"{begin} {reasons}",
        code="gate_rejected" if rejected else "evidence_unavailable",
        scores=scores,
        failed_metrics=names,
    )
    if rejected:
        discard_spool(claim.job)


def _publish(claim: Claim, package: Package, archive: Archive, measured: Measured) -> None:
    """Put the reserved package's bytes in their places, and make it known in one transaction."""
    staged = claim.job.staging_key
    files = store_objects(package, staged, archive, measured.inspection, partial(claim.report, "storing"))
    claim.report("publishing", 0.99)
    with transaction.atomic():
        publish_package(claim, package, inspection=measured.inspection, files=files)
        record_parents(package, measured.parents)
        adopt_children(package)
        _keep_scores(package, measured.evidence, measured.results)
        _rescore_children(package)
        find_lookalikes(package, parents=[parent.name for parent in measured.parents])
    discard_objects([staged])


def _rescore(claim: Claim) -> None:
    package = _package_of(claim)
    stored = None if claim.job.request.get("recollect") else evidence_of(package)
    results = None
    if stored is None:
        with objects().opened(package.object_key) as file:
            measured = _measured(claim, Archive(file, archive_limits()), package.name, package, provenance_of(package))
        stored, results = measured.evidence, measured.results
    before = package.net_score
    with transaction.atomic():
        claim.finish()
        _keep_scores(package, stored, results)
        if package.net_score != before:
            _rescore_children(package)


def _measured(
    claim: Claim, archive: Archive, name: str, package: Package | None, provenance: Provenance | None
) -> Measured:
    """Look at `archive`, which is to be called `name`, or is `package` already, and came from `provenance`."""
    inspection = inspect(archive, partial(claim.report, "inspecting"))
    claim.report("measuring", 0)
    parents = _declared_parents(name, inspection)
    rated = [(parent.name, held_parent(parent.name, parent.version, but_not=package)) for parent in parents]
    started = time.perf_counter()
    seen = archive_evidence(files_of(archive), kind=inspection.manifests.kind)
    model = (provenance.identity, provenance.revision) if provenance and provenance.provider == "huggingface" else None
    subject = Subject(seen, partial(demonstrate, seen, archive, name), time.perf_counter() - started, model)
    found = collect(subject, _parent_evidence(rated), collectors())
    return Measured(inspection, parents, found.evidence, measure(found.evidence, collecting_seconds=found.seconds))


def _declared_parents(name: str, inspection: Inspection) -> tuple[DeclaredParent, ...]:
    manifests = inspection.manifests
    return declared_parents(
        name,
        [*manifests.base_models, *inspection.gguf_parents],
        is_adapter=manifests.adapter_config is not None,
        is_quantized="quantization_config" in (manifests.config_json or {}),
    )


def _keep_scores(package: Package, evidence: Evidence, results: dict[str, Result] | None) -> None:
    """Store the scores, computed again if the parents are no longer what they were scored with. Inside a transaction."""
    parents = _parent_evidence(parents_of(package))
    if results is None or parents != evidence.parents:
        evidence = replace(evidence, parents=parents)
        results = measure(evidence)
    store_scores(package, evidence, results)
    package.net_score = results["net_score"].value
    package.license = str(results["license_score"].evidence.get("called", ""))[:255]
    package.save(update_fields=["net_score", "license"])


def _parent_evidence(parents: list[tuple[str, Package | None]]) -> ParentEvidence:
    return ParentEvidence(tuple(Parent(name, held.net_score if held else None) for name, held in parents))


def _rescore_children(package: Package) -> None:
    """Inside the transaction that changed the package's score, so that nobody who dies can keep it from them."""
    for child in children_of(package):
        queue_rescore(child, recollect=False)


def _package_of(claim: Claim) -> Package:
    """The package the job is about; when it was deleted, so was the job's purpose."""
    if claim.job.package is None:
        raise LeaseLost(str(claim.job.pk))
    return claim.job.package


_STORIES = {Job.Kind.UPLOAD: _upload, Job.Kind.INGEST: _ingest, Job.Kind.RESCORE: _rescore}
#: The metrics that an administrator may waive; packages_app asks here, since it doesn't know of metrics.
WAIVABLE = frozenset(METRICS)
