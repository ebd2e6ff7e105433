"""What a database needs before the registry can serve from it: its tables, and somebody who may sign in."""

import secrets
from collections.abc import Callable
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts_app.errors import Refused
from accounts_app.services import ensure_first_administrator
from registry_project.stack.data_directory import kept_secret
from registry_project.stack.errors import StackError

_PASSWORD_OCTETS = 12


def migrate(say: Callable[[str], None]) -> None:
    """Bring the tables up to date; nothing is touched where they are."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        say("migrating ...")
        call_command("migrate", verbosity=0, interactive=False)


def first_administrator(username: str, given: str, data_dir: Path | None) -> str:
    """Make the first administrator where there is none; how to sign in, as one line for the terminal.

    `given` is the password the operator chose, never shown. Without it one is made, shown this once, and kept under
    `data_dir`. Raises StackError where the name won't do.
    """
    kept = data_dir / "admin_password" if data_dir is not None else None
    is_new = kept is not None and not given and not kept.exists()
    password = given or (
        kept_secret(kept, _PASSWORD_OCTETS) if kept is not None else secrets.token_urlsafe(_PASSWORD_OCTETS)
    )
    try:
        made = ensure_first_administrator(username=username, password=password)
    except Refused as refusal:
        raise StackError(f"REGISTRY_ADMIN_USERNAME {username!r} won't do: {refusal.detail}") from refusal
    if kept is not None and is_new and not made:
        kept.unlink()  # it opens nothing
    if given:
        return (
            f"sign in as {username} with the password from REGISTRY_ADMIN_PASSWORD"
            if made
            else f"sign in as {username}"
        )
    if made:
        return f"sign in as {username} with the password {password}" + (
            f" (kept in {kept})" if kept is not None else ""
        )
    has_kept = kept is not None and kept.exists()
    return f"sign in as {username}; the password is in {kept}" if has_kept else f"sign in as {username}"
