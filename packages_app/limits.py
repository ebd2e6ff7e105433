"""The operator's limits on what an archive may hold and on how policies are run, as those who keep them take them."""

from dataclasses import replace

from django.conf import settings

from packages_app.domain.framing import Limits
from packages_app.sandbox.settings import SandboxSettings

_TRIAL_IDLE_SECONDS = 30.0


def archive_limits() -> Limits:
    return Limits(
        members=settings.ARCHIVE_MEMBERS,
        unpacked_bytes=settings.ARCHIVE_UNPACKED_BYTES,
        member_bytes=settings.ARCHIVE_MEMBER_BYTES,
        ratio=settings.ARCHIVE_RATIO,
    )


def sandbox_limits() -> SandboxSettings:
    """For decisions on downloads."""
    return SandboxSettings(
        cache_dir=settings.POLICY_ENGINE_DIR,
        deadline_seconds=float(settings.POLICY_SECONDS),
        concurrent=settings.POLICY_CONCURRENT,
        queue=settings.POLICY_QUEUE,
        required_lockdown=frozenset(settings.POLICY_LOCKDOWN),
        server=settings.POLICY_SERVER,
    )


def trial_limits() -> SandboxSettings:
    """For policies that are checked or tried out: one at a time, so that no trial takes the place of a download."""
    return replace(sandbox_limits(), concurrent=1, idle_seconds=_TRIAL_IDLE_SECONDS)
