"""The registry in the foreground: database, web server and worker under one supervisor."""

import gc
import os
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.servers.basehttp import get_internal_wsgi_application
from django.db import OperationalError, connections
from django.urls import get_resolver
from django.utils.module_loading import import_string

from registry_project.exposition import forget_counts
from registry_project.settings import number, text
from registry_project.stack import web, worker
from registry_project.stack.data_directory import hold
from registry_project.stack.errors import StackError
from registry_project.stack.first_start import first_administrator, migrate
from registry_project.stack.parts import Forked
from registry_project.stack.postgres import Postgres
from registry_project.stack.processes import tie_descendants
from registry_project.stack.supervisor import Supervisor

_PARTS = {"web", "worker"}
_SWEEP = "registry_project.sweeping.sweep"


class Command(BaseCommand):
    help = (
        "Runs the registry in the foreground. Without arguments: the embedded database (unless DATABASE_URL is set), "
        "migrations, the first administrator, web server and worker. With arguments: only the parts that are named."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("parts", nargs="*", metavar="web|worker")

    def handle(self, *_: Any, parts: list[str], **__: Any) -> None:
        if unknown := set(parts) - _PARTS:
            raise CommandError(f"There is no part {min(unknown)!r}; choose web, worker or both.")
        try:
            self._serve(parts)
        except StackError as wrong:
            raise SystemExit(str(wrong)) from wrong

    def _serve(self, parts: list[str]) -> None:
        is_whole = not parts
        listener = None
        if is_whole or "web" in parts:
            listener = web.listening_place(text("REGISTRY_BIND", "127.0.0.1"), text("PORT", "8000"))
        lock = hold(settings.DATA_DIR) if is_whole and settings.DATA_DIR is not None else None
        if lock is not None:
            forget_counts()
        tie_descendants()
        with Supervisor(self._warn) as supervisor:
            sign_in = self._prepare(supervisor) if is_whole else ""
            with supervisor.interruptible():
                application = _loaded_application()
            if is_whole or "worker" in parts:
                supervisor.start(Forked("worker", partial(worker.work, import_string(_SWEEP))))
            if listener is not None:
                size = {"processes": number("REGISTRY_WEB_PROCESSES", 2, least=1)}
                size["threads"] = number("REGISTRY_WEB_THREADS", 8, least=1)
                supervisor.start(Forked("web server", partial(web.serve, application, listener, **size)))
                supervisor.run(until=partial(web.is_live, listener, _own_host()), every=0.05)
                self._say(f"ready {web.url(listener)}")
            if sign_in:
                self._say(sign_in)
            supervisor.run()
        del lock  # held until every part has ended

    def _prepare(self, supervisor: Supervisor) -> str:
        """Have the database ready; how to sign in."""
        if not settings.DATABASE_URL:
            assert settings.DATA_DIR is not None  # the settings see to it
            self._say("preparing the database ...")
            supervisor.start(Postgres(settings.DATA_DIR))
        try:
            with supervisor.interruptible():
                migrate(self._say)
                given = os.environ.get("REGISTRY_ADMIN_PASSWORD", "")
                return first_administrator(settings.ADMIN_USERNAME, given, settings.DATA_DIR)
        except OperationalError as wrong:
            raise StackError(f"The database can't be used: {str(wrong).splitlines()[0]}") from wrong

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _warn(self, line: str) -> None:
        self.stderr.write(line)
        self.stderr.flush()


def _loaded_application() -> Callable[..., Any]:
    """The WSGI callable, all it imports loaded; this process is then ready to fork: no connection, memory to share."""
    application = get_internal_wsgi_application()
    assert get_resolver().url_patterns is not None
    connections.close_all()
    gc.collect()
    gc.freeze()
    return application


def _own_host() -> str:
    """A name that ALLOWED_HOSTS lets through."""
    return next((host for host in settings.ALLOWED_HOSTS if not host.startswith((".", "*"))), "127.0.0.1")
