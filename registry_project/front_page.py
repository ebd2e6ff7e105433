"""What the admin site's front page says: how the work goes, what waits for somebody, and whether all is well.

A fixed number of queries, however much there is; each of them reads an index no further than it shows, but for the
sums over packages.
"""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, Count, IntegerField, Sum, Value, When
from django.http import HttpRequest
from django.utils import timezone
from django.utils.timesince import timesince

from accounts_app.audit import Action
from accounts_app.models import AuditEntry
from packages_app.domain.sizes import in_words
from packages_app.models import ConfusionFinding, Job, Package
from packages_app.queries.work import UNSUCCESSFUL
from registry_project.health import check_health

_LISTED = 6
_COUNTED = 1_000


@dataclass(frozen=True)
class Storage:
    """Packages, the bytes of their archives, and the disk they lie on, in bytes; None where that isn't this machine's."""

    packages: int
    bytes: int
    free: int | None
    total: int | None

    @property
    def size(self) -> str:
        """Of the archives, in words."""
        return in_words(self.bytes)

    @property
    def free_space(self) -> str | None:
        """On the disk, in words."""
        return None if self.free is None else in_words(self.free)

    @property
    def share_used(self) -> float:
        """Of the disk, 0-1."""
        return 1 - self.free / self.total if self.free is not None and self.total else 0


@dataclass(frozen=True)
class SignIn:
    """One attempt: by whom, or in whose name; empty `address` where it isn't known."""

    entry: AuditEntry
    name: str
    succeeded: bool


@dataclass(frozen=True)
class Waiting:
    """Findings that nobody has decided on: the gravest of the newest thousand, and how many there are, up to as many."""

    findings: list[ConfusionFinding]
    count: int
    more: bool


def with_front_page(_request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The template's context with every card's content: Unfold calls this for the index."""
    health = check_health()
    return context | {
        "health": health,
        "queue": health["metrics"],
        "oldest_waits": _in_words(health["metrics"].get("oldest_queued_seconds")),
        "failures": recent_failures(),
        "waiting": findings_waiting(),
        "storage": storage(),
        "sign_ins": recent_sign_ins(),
    }


def _in_words(seconds: float | None) -> str:
    if seconds is None:
        return "none waits"
    now = timezone.now()
    return f"{seconds:.0f} s" if seconds < 60 else timesince(now - timedelta(seconds=seconds), now, depth=1)


def recent_failures() -> list[Job]:
    """The newest jobs that ended without a package."""
    return list(Job.objects.filter(status__in=UNSUCCESSFUL).order_by("-id")[:_LISTED])


def findings_waiting() -> Waiting:
    gravity = Case(
        *(When(severity=severity, then=Value(rank)) for rank, severity in enumerate(("high", "medium", "low"))),
        default=Value(3),
        output_field=IntegerField(),
    )
    undecided = ConfusionFinding.objects.filter(state=ConfusionFinding.State.OPEN)
    count = undecided.order_by().values("pk")[: _COUNTED + 1].count()
    newest = undecided.filter(pk__in=undecided.order_by("-id").values("pk")[:_COUNTED])
    gravest = newest.select_related("package").order_by(gravity, "-id")[:_LISTED]
    return Waiting(list(gravest), min(count, _COUNTED), count > _COUNTED)


def storage() -> Storage:
    held = Package.objects.aggregate(count=Count("pk"), bytes=Sum("size_bytes", default=0))
    disk = None
    if not settings.S3_BUCKET:
        settings.OBJECTS_DIR.mkdir(parents=True, exist_ok=True)
        disk = shutil.disk_usage(settings.OBJECTS_DIR)
    return Storage(held["count"], held["bytes"], disk.free if disk else None, disk.total if disk else None)


def recent_sign_ins() -> list[SignIn]:
    """The newest attempts, failed ones too."""
    attempts = [*_newest(Action.SIGNED_IN), *_newest(Action.SIGN_IN_FAILED)]
    attempts.sort(key=lambda entry: entry.pk, reverse=True)
    return [_sign_in(entry) for entry in attempts[:_LISTED]]


def _newest(action: Action) -> Iterable[AuditEntry]:
    return AuditEntry.objects.filter(action=action).order_by("-id")[:_LISTED]


def _sign_in(entry: AuditEntry) -> SignIn:
    succeeded = entry.action == Action.SIGNED_IN
    return SignIn(entry, entry.actor if succeeded else entry.target.removeprefix("user "), succeeded)
