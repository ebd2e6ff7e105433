"""A registry's database for a benchmark, gone with it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def fleeting_registry(data_dir: Path) -> Iterator[None]:
    """Django set up on a migrated database of its own under `data_dir`, with PostgreSQL's settings as they are served."""
    os.environ |= {"REGISTRY_DATA_DIR": str(data_dir), "DJANGO_SETTINGS_MODULE": "registry_project.settings"}
    os.environ.pop("DATABASE_URL", None)
    import django  # noqa: PLC0415 - the environment comes first
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415

    from registry_project.stack.postgres import Postgres  # noqa: PLC0415

    server = Postgres(data_dir)
    server.start()
    try:
        django.setup()
        call_command("migrate", verbosity=0)
        yield
    finally:
        connections.close_all()
        server.stop()
