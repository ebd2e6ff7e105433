"""What a package's policy says to a download, and the row that proves it. The asking is outside any transaction; the row
is written in the one that grants the download, so that nothing is handed out without it."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.dispatch import Signal
from django.utils import timezone as clock

from accounts_app.audit import Action, record
from accounts_app.models import User
from packages_app.domain.verdicts import Verdict
from packages_app.limits import sandbox_limits
from packages_app.models import Download, Package, Policy, PolicyVerdict
from packages_app.sandbox.host import evaluate
from packages_app.sandbox.requests import PolicyRequest

log = logging.getLogger(__name__)

#: Sent with the `verdict` on every download that a policy was asked about, for whoever counts.
policy_asked = Signal()
SUSPENDED: Final = (
    "The package's policy is suspended, since it took too long {times} times in a row; "
    "ask its uploader to make it do less and to set it again."
)
_WITHOUT_POLICY: Final = "The package is marked sensitive; only its uploader and administrators may download it."
#: What a policy ends with that did not come to a verdict of its own.
_UNDECIDED: Final = frozenset({"syntax_error", "no_function", "policy_error", "timeout", "too_large"})


@dataclass(frozen=True)
class Asked:
    """One question to a policy and its answer."""

    policy_sha256: str
    request: PolicyRequest
    verdict: Verdict


@dataclass(frozen=True)
class Decision:
    """`refusal` says why the download is refused, and is empty where it is not; `asked` is None where no policy was."""

    refusal: str
    asked: Asked | None = None


def decided(package: Package, user: User) -> Decision:
    """Whether `user` may have the package now. A policy decides over everybody, its uploader and administrators too.

    Never raises for anything a policy does. Takes as long as the policy, so not inside a transaction.
    """
    if not package.is_sensitive:
        return Decision("")
    policy = Policy.objects.filter(package=package).first()
    if policy is None:
        allowed = user.pk == package.uploader_id or user.may("admin")
        return Decision("" if allowed else _WITHOUT_POLICY)
    if policy.suspended_at is not None:
        return Decision(SUSPENDED.format(times=policy.timeouts))
    request = request_of(package, policy.source, policy.timezone, downloader=user.username, now=clock.now())
    verdict = evaluate(request, sandbox_limits())
    _count_timeouts(policy, verdict)
    policy_asked.send_robust(Policy, verdict=verdict)
    return Decision(_refusal(verdict), Asked(policy.sha256, request, verdict))


def still_stands(decision: Decision, package: Package) -> bool:
    """Whether the policy that was asked, if any was, is the package's still."""
    if decision.asked is None:
        return True
    asked = decision.asked
    return Policy.objects.filter(package=package, sha256=asked.policy_sha256, timezone=asked.request.timezone).exists()


def record_verdict(asked: Asked, download: Download) -> None:
    """The verdict's row, and its place in the audit trail. Joins the caller's transaction."""
    request, verdict = asked.request, asked.verdict
    told: dict[str, Any] = {
        "policy_sha256": asked.policy_sha256,
        "timezone": request.timezone,
        "model_name": request.model_name,
        "uploader": request.uploader,
        "downloader": request.downloader,
        "zip_path": request.zip_path,
        "code": verdict.code,
        "reason": verdict.reason,
        "duration_ms": verdict.duration_ms,
        "lockdown": dict(verdict.lockdown),
    }
    PolicyVerdict.objects.create(package_id=download.package_id, download=download, now=request.now, **told)
    record(Action.POLICY_VERDICT, f"package {download.package_id}", now=request.now.isoformat(), **told)


def request_of(package: Package, source: str, timezone: str, *, downloader: str, now: datetime) -> PolicyRequest:
    """The question whether `downloader` may have the package."""
    uploader = package.uploader.username if package.uploader else ""
    return PolicyRequest(source, package.name, uploader, downloader, package.object_key, now, timezone)


def _refusal(verdict: Verdict) -> str:
    if verdict.approved:
        return ""
    if verdict.code in _UNDECIDED:
        return f"The package's policy could not decide, so nobody is let through; tell its uploader. {verdict.reason}"
    return verdict.reason


def _count_timeouts(policy: Policy, verdict: Verdict) -> None:
    """Time-outs in a row, of this source and no later one; enough of them suspend it."""
    same = Policy.objects.filter(pk=policy.pk, updated_at=policy.updated_at, suspended_at=None)
    if verdict.code != "timeout":
        if policy.timeouts:
            same.update(timeouts=0)
        return
    with transaction.atomic():
        same.update(timeouts=F("timeouts") + 1)
        if same.filter(timeouts__gte=settings.POLICY_TIMEOUTS).update(suspended_at=Now()):
            record(Action.POLICY_CHANGED, f"package {policy.pk}", change="suspended", sha256=policy.sha256)
            log.warning("the policy of package %s is suspended: it took too long again and again", policy.pk)
