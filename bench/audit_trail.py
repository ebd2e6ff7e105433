"""What the audit trail costs: `python -m bench.audit_trail [rows]`.

Rows a second that eight connections write, each in a transaction with a stand-in for its effect: without the trail, with a
row of it as the registry writes it, and with the row linked into the chain at once, which puts all in one line until each
commits. Then rows a second linked afterwards, and verified.
"""

import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.embedded import fleeting_registry

WRITERS = 8


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as directory, fleeting_registry(Path(directory)):
        from accounts_app.audit import Action, record  # noqa: PLC0415 - after Django's settings
        from accounts_app.chaining import link_entries, verify_trail  # noqa: PLC0415

        def written() -> None:
            record(Action.DOWNLOAD_GRANTED, "package 0", name="org/model", version="1.0.0", kind="full")

        def written_and_linked() -> None:
            written()
            link_entries()

        bare = rate(rows, lambda: None)
        report("effects alone", bare, bare)
        report("with a row of the trail", rate(rows, written), bare)
        started, linked = time.perf_counter(), 0
        while count := link_entries():
            linked += count
        report("rows linked afterwards", linked / (time.perf_counter() - started), bare)
        report("with a row linked at once", rate(rows // 4, written_and_linked), bare)
        started = time.perf_counter()
        found = verify_trail()
        report("rows verified", found.linked / (time.perf_counter() - started), bare)


def rate(rows: int, extra: Callable[[], None]) -> float:
    """Transactions a second over all writers."""
    from django.db import connection, transaction  # noqa: PLC0415 - after Django's settings

    from packages_app.models import RetiredVersion  # noqa: PLC0415

    def write(start: int) -> None:
        for number in range(rows // WRITERS):
            with transaction.atomic():
                RetiredVersion.objects.create(name=f"{time.perf_counter_ns()}-{start}", version=str(number), sha256="")
                extra()
        connection.close()

    started = time.perf_counter()
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(write, range(WRITERS)))
    return rows / (time.perf_counter() - started)


def report(what: str, rate: float, floor: float) -> None:
    print(f"{what:28} {rate:8,.0f} /s  {rate / floor:5.2f} of the effects alone")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 4_000)
