"""The one story of a package: claimed, inspected, measured, kept; each step once, whoever dies on the way.

A job may run any number of times: what it writes outside the database is the same each time, and the last transaction
commits only for the worker that holds the job's fence. DESIGN.md tells the story from the outside.
"""

import logging
import time
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from django.db import transaction

from lineage_app.domain.declared import DeclaredParent, declared_parents
from lineage_app.queries import children_of, held_parent, parents_of
from lineage_app.services import adopt_children, record_parents, resolve_again
from metrics_app.collectors.archive import archive_evidence
from metrics_app.collectors.files import Files
from metrics_app.domain.evidence import Evidence, Parent, ParentEvidence, from_archive
from metrics_app.domain.result import METRICS, Result
from metrics_app.services import evidence_of, measure, store_scores
from packages_app.archive import Archive
from packages_app.domain.refusals import Unacceptable
from packages_app.inspection import Inspection, inspect
from packages_app.limits import archive_limits
from packages_app.models import Job, Package
from packages_app.services.delete import discard_leftovers, refuse_package
from packages_app.services.jobs import Claim, LeaseLost, claim_job, keeping_lease, put_back, queue_rescore
from packages_app.services.publish import publish_package, store_objects
from packages_app.storage import objects

log = logging.getLogger(__name__)


def run(job_id: str) -> None:
    """Carry a job as far as it goes. Delivered twice, or for a job that is over, it does nothing."""
    claim = claim_job(UUID(job_id))
    if claim is None:
        return
    try:
        with keeping_lease(claim):
            _STORIES[Job.Kind(claim.job.kind)](claim, _package_of(claim))
    except LeaseLost:
        log.warning("job %s went to another worker, or its package was deleted", job_id)
        discard_leftovers(claim.job)
    except Unacceptable as error:
        refuse_package(claim, detail=error.detail, code=error.code)
    except Exception as error:
        log.exception("job %s failed", job_id)
        put_back(claim, detail=f"An error of ours stopped the job ({type(error).__name__}).")


def follow_deletion(name: str, version: str) -> None:
    """After a package went: what derived from it finds another version, or waits for one; tree scores follow."""
    for child in resolve_again(name=name, version=version):
        queue_rescore(child, recollect=False)


@dataclass(frozen=True)
class Measured:
    """What became known of a package: what its archive holds, whom it names as parents, and its scores."""

    inspection: Inspection
    parents: tuple[DeclaredParent, ...]
    evidence: Evidence
    results: dict[str, Result]


def _upload(claim: Claim, package: Package) -> None:
    staged = claim.job.staging_key
    with objects().opened(staged) as file:
        archive = Archive(file, archive_limits())
        measured = _measured(claim, package, archive)
        files = store_objects(package, staged, archive, measured.inspection, partial(claim.report, "storing"))
    claim.report("publishing", 0.99)
    with transaction.atomic():
        publish_package(claim, package, inspection=measured.inspection, files=files)
        record_parents(package, measured.parents)
        adopt_children(package)
        _keep_scores(package, measured.evidence, measured.results)
    objects().delete(staged)
    _rescore_children(package)


def _rescore(claim: Claim, package: Package) -> None:
    stored = None if claim.job.request.get("recollect") else evidence_of(package)
    results = None
    if stored is None:
        with objects().opened(package.object_key) as file:
            measured = _measured(claim, package, Archive(file, archive_limits()))
        stored, results = measured.evidence, measured.results
    before = package.net_score
    with transaction.atomic():
        claim.finish()
        _keep_scores(package, stored, results)
    if package.net_score != before:
        _rescore_children(package)


def _measured(claim: Claim, package: Package, archive: Archive) -> Measured:
    inspection = inspect(archive, partial(claim.report, "inspecting"))
    claim.report("measuring", 0)
    parents = _declared_parents(package, inspection)
    rated = [(parent.name, held_parent(parent.name, parent.version, but_not=package)) for parent in parents]
    started = time.perf_counter()
    sizes = {file.path: file.member.size for file in inspection.files}
    seen = archive_evidence(Files(sizes, archive.head), kind=inspection.manifests.kind)
    collecting = dict.fromkeys(METRICS, time.perf_counter() - started)
    evidence = from_archive(seen, _parent_evidence(rated))
    return Measured(inspection, parents, evidence, measure(evidence, collecting_seconds=collecting))


def _declared_parents(package: Package, inspection: Inspection) -> tuple[DeclaredParent, ...]:
    manifests = inspection.manifests
    return declared_parents(
        package.name,
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
    package.license = str(results["license_score"].evidence.get("spdx_expression") or "")[:255]
    package.save(update_fields=["net_score", "license"])


def _parent_evidence(parents: list[tuple[str, Package | None]]) -> ParentEvidence:
    return ParentEvidence(tuple(Parent(name, held.net_score if held else None) for name, held in parents))


def _rescore_children(package: Package) -> None:
    for child in children_of(package):
        queue_rescore(child, recollect=False)


def _package_of(claim: Claim) -> Package:
    """The package the job is about; when it was deleted, so was the job's purpose."""
    if claim.job.package is None:
        raise LeaseLost(str(claim.job.pk))
    return claim.job.package


_STORIES = {Job.Kind.UPLOAD: _upload, Job.Kind.RESCORE: _rescore}
