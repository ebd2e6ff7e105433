"""This machine, its settings, and the database as a server."""

import shutil
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from django.conf import settings
from django.core.checks import WARNING, run_checks
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql

from packages_app.storage import objects
from registry_project.doctor.finding import Finding

_LEAST_FREE_SHARE, _LEAST_FREE_BYTES = 0.05, 2 * 1024**3
_CLOCK_SECONDS = 5.0


def database() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        detail = f"{len(plan)} migrations are to be made"
        yield Finding(
            "database", str(plan[0][0]), detail, "Run `manage.py migrate`; the registry does so when it starts."
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_index JOIN pg_class ON oid = indexrelid WHERE NOT indisvalid")
        broken = [str(row[0]) for row in cursor.fetchall()]
    for name in broken:
        yield Finding("database", name, "the index is invalid", "Build it again.", partial(_reindex, name))


def clock() -> Iterator[Finding]:
    before = time.time()
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        theirs = float(cursor.fetchone()[0])
    apart = theirs - (before + time.time()) / 2
    if abs(apart) > _CLOCK_SECONDS:
        detail = f"it is {abs(apart):.0f} seconds {'behind' if apart > 0 else 'ahead of'} the database's"
        advice = "Have both machines keep their time by NTP; signed URLs and S3 fail when clocks differ by minutes."
        yield Finding("clock", "this machine", detail, advice)


def disk() -> Iterator[Finding]:
    places: dict[int, Path] = {}
    for path in (settings.SPOOL_DIR, settings.UPLOADS_DIR, *([] if settings.S3_BUCKET else [settings.OBJECTS_DIR])):
        path.mkdir(parents=True, exist_ok=True)
        places.setdefault(path.stat().st_dev, path)
    for path in places.values():
        usage = shutil.disk_usage(path)
        if usage.free < max(_LEAST_FREE_BYTES, usage.total * _LEAST_FREE_SHARE):
            detail = f"{usage.free:,} of {usage.total:,} bytes are free"
            yield Finding("disk", str(path), detail, "Make room, or move REGISTRY_DATA_DIR to a larger disk.")


def storage() -> Iterator[Finding]:
    try:
        objects().ping()
    except Exception as error:  # noqa: BLE001 - whatever goes wrong, the storage can't be reached
        advice = "See that REGISTRY_S3_BUCKET, its credentials and the network, or the data directory, are right."
        yield Finding("storage", settings.S3_BUCKET or str(settings.OBJECTS_DIR), str(error), advice)


def configuration() -> Iterator[Finding]:
    """What Django's checks say of a registry that others can reach, and whether the secrets are kept to their owner."""
    is_public = bool(settings.DATABASE_URL) or settings.BEHIND_TLS
    for message in run_checks(include_deployment_checks=is_public):
        if message.level >= WARNING:
            yield Finding("settings", message.id or "", message.msg, message.hint or "Change the setting it names.")
    for path in _secrets(settings.DATA_DIR):
        if path.exists() and path.stat().st_mode & 0o077:
            advice = "Take the permissions away from all but its owner."
            yield Finding(
                "settings", str(path), "others than its owner may read it", advice, partial(path.chmod, 0o600)
            )


def _secrets(data_dir: Path | None) -> list[Path]:
    return [] if data_dir is None else [data_dir / name for name in ("secret_key", "admin_password")]


def _reindex(name: str) -> None:
    statement = sql.SQL("REINDEX INDEX ") + sql.Identifier(name)
    with connection.cursor() as cursor:
        cursor.execute(statement)
