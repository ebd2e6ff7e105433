"""What runs every few seconds beside the workers, so that nothing stays half done: leases, leftovers, orphans."""

import logging
import shutil
import socket
import time
from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from accounts_app.chaining import link_entries
from accounts_app.request_ids import known_as
from packages_app.models import Job, Package, Worker
from packages_app.queries.stored import named_among
from packages_app.services.delete import discard_pending
from packages_app.services.fetch import is_spool_in_use
from packages_app.services.first_days import watch_first_days
from packages_app.services.jobs import take_back
from packages_app.services.multipart import sweep_uploads
from packages_app.storage import StoredObject, objects

log = logging.getLogger(__name__)

_LEFTOVER_AGE = timedelta(hours=1)
_FAILED_KEPT = timedelta(days=7)


def sweep() -> int:
    """Say that this host's workers live; queue the jobs again that lost theirs, that nobody took, or whose pause is over;
    watch new packages; link the audit trail.

    Returns how many jobs were queued.
    """
    Worker.objects.update_or_create(host=socket.gethostname()[:255], defaults={"seen_at": Now()})
    with transaction.atomic():
        due = Job.objects.select_for_update(skip_locked=True).filter(
            status__in=[Job.Status.QUEUED, Job.Status.RUNNING], lease_until__lt=Now()
        )
        jobs = [job for job in due.order_by("lease_until")[:100] if take_back(job)]
    for job in jobs:
        with known_as(job.request_id, job=str(job.pk)):
            log.warning("job %s is queued again", job.pk)
    watch_first_days()
    link_entries()
    if _is_time_for_leftovers():
        sweep_leftovers()
    return len(jobs)


def _is_time_for_leftovers() -> bool:
    """Once an hour on every host, whichever of its processes asks first: the spool is each host's own."""
    here = Worker.objects.filter(host=socket.gethostname()[:255])
    due = here.filter(Q(swept_at=None) | Q(swept_at__lt=Now() - _LEFTOVER_AGE))
    return due.update(swept_at=Now()) > 0


def sweep_leftovers() -> int:
    """Remove bytes that no row names and reservations whose job failed long ago; how many went. What can't be done in
    one place is logged and left for the next time, and keeps nobody from the others."""
    count = 0
    for sweep_one in (_sweep_spool, sweep_uploads, _sweep_failed, _sweep_objects):
        try:
            count += sweep_one()
        except Exception:
            log.exception("leftovers stay until the next time")
    return count


def _sweep_spool() -> int:
    """Parts of uploads whose connection or process died, and what ingests left that are over."""
    if not settings.SPOOL_DIR.is_dir():
        return 0
    oldest = time.time() - _LEFTOVER_AGE.total_seconds()
    stale = [path for path in settings.SPOOL_DIR.iterdir() if path.stat().st_mtime < oldest]
    gone = 0
    for path in stale:
        if not path.is_dir():
            path.unlink(missing_ok=True)
        elif not is_spool_in_use(path):
            shutil.rmtree(path, ignore_errors=True)
        else:
            continue
        gone += 1
    return gone


def _sweep_failed() -> int:
    """Packages that stayed pending because their job failed, kept for a retry until now."""
    failed = Job.objects.select_related("package").filter(
        status=Job.Status.FAILED,
        package__status=Package.Status.PENDING,
        finished_at__lt=Now() - _FAILED_KEPT,
    )
    count = 0
    for job in failed[:100]:
        with transaction.atomic():
            assert job.package is not None
            discard_pending(job.package, job)
        count += 1
    return count


def _sweep_objects() -> int:
    """Objects that no row names, once they are old enough not to be an upload's under way."""
    count = 0
    batch: list[StoredObject] = []
    for found in objects().walk():
        batch.append(found)
        if len(batch) == 1000:
            count += _sweep_batch(batch)
            batch = []
    return count + _sweep_batch(batch)


def _sweep_batch(batch: list[StoredObject]) -> int:
    orphans = orphans_among(batch)
    for key in orphans:
        objects().delete(key)
        log.warning("removed the object %s, which no row names", key)
    return len(orphans)


def orphans_among(batch: list[StoredObject]) -> list[str]:
    """The keys of those objects that no row names, and that are no upload's under way. Their age is by the database's
    clock: by a host's that runs ahead, every object would be old."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        oldest = cursor.fetchone()[0] - _LEFTOVER_AGE
    keys = [found.key for found in batch if found.modified < oldest]
    named = named_among(keys)
    return [key for key in keys if key not in named]
