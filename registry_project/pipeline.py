"""The one story of a package: claimed, inspected, measured, kept; each step once, whoever dies on the way.

A job may run any number of times: what it writes outside the database is the same each time, and the last transaction
commits only for the worker that holds the job's fence. DESIGN.md tells the story from the outside.
"""

import logging
import time
from dataclasses import replace
from functools import partial
from uuid import UUID

from lineage_app.domain.declared import Declarations, declared_parents
from lineage_app.services import adopt_children, children_of, record_parents, resolve_again
from metrics_app.collectors.archive import collect_archive
from metrics_app.domain.evidence import Evidence, ParentEvidence, from_archive
from metrics_app.domain.result import Result
from metrics_app.services import evidence_of, measure, parents_of, store_scores
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
            _STORIES[Job.Kind(claim.job.kind)](claim)
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


def _upload(claim: Claim) -> None:
    job = claim.job
    package = job.package
    if package is None:
        raise LeaseLost(str(job.pk))
    with objects().opened(job.staging_key) as file:
        archive = Archive(file, package.size_bytes, archive_limits())
        inspection = inspect(archive, partial(claim.report, "inspecting"))
        evidence, results = _measure(claim, package, archive, inspection)
        files = store_objects(package, job.staging_key, archive, inspection, partial(claim.report, "storing"))
    claim.report("publishing", 0.99)

    def beside(ready: Package) -> None:
        record_parents(ready, _parents_declared(ready, inspection))
        adopt_children(ready)
        store_scores(ready, evidence, results)

    publish_package(
        claim,
        inspection=inspection,
        files=files,
        license_expression=_license_expression(results),
        net_score=results["net_score"].value,
        beside=beside,
    )
    _rescore_children(package)


def _rescore(claim: Claim) -> None:
    package = claim.job.package
    if package is None:
        raise LeaseLost(str(claim.job.pk))
    stored = evidence_of(package)
    if stored is None or claim.job.request.get("recollect"):
        with objects().opened(package.object_key) as file:
            archive = Archive(file, package.size_bytes, archive_limits())
            inspection = inspect(archive, partial(claim.report, "inspecting"))
            evidence, results = _measure(claim, package, archive, inspection)
    else:
        evidence = replace(stored, parents=parents_of(package))
        results = measure(evidence)
    ...


def _measure(
    claim: Claim, package: Package, archive: Archive, inspection: Inspection
) -> tuple[Evidence, dict[str, Result]]:
    ...
