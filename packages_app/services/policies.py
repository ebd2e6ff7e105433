"""Giving a package a policy, and taking it away. What can't work is refused before it could stand in anybody's way."""

import logging
from hashlib import sha256
from typing import IO, Final

from django.db import transaction
from django.utils import timezone as clock

from accounts_app.audit import Action, record
from accounts_app.models import User
from packages_app.errors import PackageNotFound, PolicyUnfit
from packages_app.limits import sandbox_limits, trial_limits
from packages_app.models import Package, Policy
from packages_app.queries.policies import policy_of
from packages_app.sandbox.engines import EngineUnavailable
from packages_app.sandbox.host import check, prepare
from packages_app.sandbox.zones import UnknownZone, offset_table
from packages_app.storage import objects

log = logging.getLogger(__name__)

DEFAULT_ZONE: Final = "UTC"


def prepare_engine() -> None:
    """Compile what runs policies here, where that is still to be done: some seconds that the first one needn't wait."""
    try:
        prepare(sandbox_limits())
    except EngineUnavailable as problem:
        log.warning("No policy can be run here: %s", problem)


def read_policy(file: IO[bytes], *, field: str = "js_policy") -> str:
    """The source in `file`, of which no more is read than a policy may have. Raises PolicyUnfit."""
    most = trial_limits().source_bytes
    data = file.read(most + 1)
    if len(data) > most:
        raise PolicyUnfit(f"The policy is larger than {most:,} bytes; make it shorter.", code="too_large", field=field)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise PolicyUnfit(
            "The policy is not text in UTF-8; save it as such.", code="syntax_error", field=field
        ) from None


def check_policy(source: str, *, field: str = "source") -> None:
    """Raise PolicyUnfit, with the verdict's code, for a source that can't be a policy. Not inside a transaction."""
    if "\0" in source:
        raise PolicyUnfit("The policy holds a NUL character; remove it.", code="syntax_error", field=field)
    verdict = check(source, trial_limits())
    if not verdict.approved:
        raise PolicyUnfit(verdict.reason, code=verdict.code, field=field)


def check_zone(name: str) -> None:
    """Raise PolicyUnfit for what is no time zone of the IANA database."""
    try:
        offset_table(name)
    except UnknownZone:
        raise PolicyUnfit(
            f"The time zone {name} is not known here; name one of the IANA database, such as Europe/Berlin.",
            code="unknown_timezone",
            field="timezone",
        ) from None


def set_policy(*, package: Package, source: str, by: User, timezone: str | None = None) -> Policy:
    """Let `source` decide over every download of the package from now on, which makes it sensitive; a suspended policy
    starts anew. Without `timezone` the earlier policy's stays. Raises PolicyUnfit, PackageNotFound."""
    if timezone is not None:
        check_zone(timezone)
    check_policy(source)
    with transaction.atomic():
        locked = _locked(package)
        policy = keep_policy(locked, source=source, by=by, timezone=timezone)
        if locked.status == Package.Status.READY:
            store_policy(locked)
    return policy


def remove_policy(*, package: Package) -> None:
    """The package stays sensitive: only its uploader and administrators may download it from now on.

    Raises PolicyNotFound, PackageNotFound.
    """
    with transaction.atomic():
        locked = _locked(package)
        policy = policy_of(locked)
        policy.delete()
        record(Action.POLICY_CHANGED, f"package {locked.pk}", change="removed", sha256=policy.sha256)
        objects().delete(locked.policy_key)  # before the lock is given up, so that no newer one is meant


def keep_policy(package: Package, *, source: str, by: User, timezone: str | None = None) -> Policy:
    """Write the row of a policy that was checked. Joins the caller's transaction."""
    values = {
        "source": source,
        "sha256": sha256(source.encode("utf-8")).hexdigest(),
        "updated_at": clock.now(),
        "updated_by": by,
        "timeouts": 0,
        "suspended_at": None,
    }
    policy, _ = Policy.objects.update_or_create(
        package=package, defaults=values | ({"timezone": timezone} if timezone is not None else {})
    )
    Package.objects.filter(pk=package.pk).update(is_sensitive=True)
    record(
        Action.POLICY_CHANGED,
        f"package {package.pk}",
        actor=by,
        change="set",
        sha256=policy.sha256,
        timezone=policy.timezone,
    )
    return policy


def store_policy(package: Package) -> None:
    """Write the policy's object, where the package has a policy. Joins the caller's transaction, which holds the
    package's lock, so that the object is what the row says."""
    policy = Policy.objects.filter(package=package).first()
    if policy is not None:
        objects().write(package.policy_key, [policy.source.encode("utf-8")])


def _locked(package: Package) -> Package:
    locked = Package.objects.select_for_update().filter(pk=package.pk).first()
    if locked is None:
        raise PackageNotFound("There is no such package.")
    return locked
