"""`manage.py upload FILE|DIR`: a package of any size to any registry, over HTTP."""

import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from packages_app.client.calls import Refusal, RegistryClient, Unreachable
from packages_app.client.packing import Unpackable, pack
from packages_app.client.progress import Progress
from packages_app.client.sending import hash_file, send_file
from packages_app.domain.parts import InvalidParts
from packages_app.management.registry_arguments import add_registry_arguments, registry_client

_OVER = frozenset({"succeeded", "rejected", "unavailable", "failed"})
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0  # seconds between looks at the job; each look spends a call


class Command(BaseCommand):
    help = (
        "Upload a package, a zip archive or a directory, to a registry. Run again after it was cut short, it goes on "
        "where it was."
    )
    requires_system_checks = []

    def create_parser(self, prog_name: str, subcommand: str, **more: Any) -> CommandParser:
        """--version is the package's here, not Django's."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **more)

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path, metavar="FILE|DIR")
        parser.add_argument("--name", help="instead of the one that the manifest declares")
        parser.add_argument("--version", dest="version", help="likewise", default=None)
        parser.add_argument("--description")
        parser.add_argument("--sensitive", action="store_true", help="only its uploader and administrators may have it")
        parser.add_argument("--at-once", type=int, default=4, choices=range(1, 17), metavar="N", help="parts at a time")
        parser.add_argument("--part-bytes", type=int, help="how large every part but the last is to be")
        parser.add_argument("--no-wait", action="store_true", help="don't wait until the package is processed")
        add_registry_arguments(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        labels = {
            "name": options["name"],
            "version": options["version"],
            "description": options["description"],
            "is_sensitive": options["sensitive"] or None,
        }
        try:
            client = registry_client(**{name: options[name] for name in ("url", "username", "token")})
            job_id = self._send(client, options, {name: given for name, given in labels.items() if given is not None})
            self.stdout.write(f"accepted as job {job_id}")
            if not options["no_wait"]:
                self._watch(client, job_id)
        except (Unreachable, Refusal, Unpackable, InvalidParts, OSError) as error:
            raise CommandError(str(error)) from error

    def _send(self, client: RegistryClient, options: dict[str, Any], labels: dict[str, Any]) -> str:
        with ExitStack() as stack:
            path: Path = options["path"]
            if path.is_dir():
                file: Any = stack.enter_context(tempfile.TemporaryFile(dir=path.resolve().parent))
                pack(path, file)
                file.flush()
            else:
                file = stack.enter_context(path.open("rb"))
            size = file.seek(0, 2)
            hashing = Progress("hashing", size, sys.stderr)
            hashed = hash_file(file.fileno(), hashing, options["part_bytes"])
            hashing.finish()
            sending = Progress("sending", size, sys.stderr)
            accepted = send_file(client, file.fileno(), hashed, labels, sending, at_once=options["at_once"])
            sending.finish()
        return accepted.job_id

    def _watch(self, client: RegistryClient, job_id: str) -> None:
        stage, pause = "", _FIRST_PAUSE
        while True:
            job = client.call("GET", f"/job/{job_id}")
            if job["stage"] != stage:
                stage = job["stage"]
                self.stderr.write(f"{stage} ...")
            if job["status"] in _OVER:
                break
            time.sleep(pause)
            pause = min(pause * 1.3, _LONGEST_PAUSE)
        if job["status"] != "succeeded":
            said = (job.get("error") or {}).get("detail", "")
            raise CommandError(f"The job ended as {job['status']}: {said}")
        self.stdout.write(f"{job['name']} {job['version']} is published as {job['package_id']}")
