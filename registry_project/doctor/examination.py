"""All checks in their order: those without which the others make no sense come first."""

from collections.abc import Iterator

from django.db import InterfaceError, OperationalError, connection

from registry_project.doctor import host, objects, work
from registry_project.doctor.finding import Finding


def examine(*, deep: bool) -> Iterator[Finding]:
    """Everything that is wrong, as it is found. `deep`: read every object and compare its hash."""
    yield from host.configuration()
    yield from host.disk()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (OperationalError, InterfaceError) as error:
        advice = "Start the registry, or see that DATABASE_URL is right."
        yield Finding("database", "connection", str(error).strip().partition("\n")[0], advice)
        return
    pending = list(host.database())
    yield from pending
    yield from host.clock()
    if any(finding.repair is None for finding in pending):  # tables that aren't there yet can't be read
        return
    yield from work.workers()
    yield from work.queue_elsewhere()
    yield from work.jobs()
    yield from work.reservations()
    away = list(host.storage())
    yield from away
    if not away:
        yield from objects.missing_or_wrong(deep=deep)
        yield from objects.orphans()
