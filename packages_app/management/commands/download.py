"""`manage.py download NAME[@VERSION]`: a package of any size from any registry, over HTTP."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from packages_app.client.calls import Refusal, Unreachable
from packages_app.client.fetching import Unkept, WrongBytes, fetch, find_package, wanted_of
from packages_app.client.progress import Progress
from packages_app.management.registry_arguments import add_registry_arguments, registry_client


class Command(BaseCommand):
    help = (
        "Download a package, or its weights alone, and check its hash. Run again after it was cut short, it goes on where "
        "it was."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("package", metavar="NAME[@VERSION]", help="the newest version where none is named")
        parser.add_argument("--weights", action="store_true", help="only the weight files")
        parser.add_argument("-o", "--output", type=Path, default=Path(), help="a directory, or for one file its name")
        add_registry_arguments(parser)

    def handle(self, *_: Any, **options: Any) -> None:
        name, at, version = options["package"].rpartition("@")
        if not at or not name:  # an npm scope begins with one
            name, version = options["package"], None
        try:
            client = registry_client(**{given: options[given] for given in ("url", "username", "token")})
            package = find_package(client, name, version)
            wanted = wanted_of(client, package, weights=options["weights"])
            output: Path = options["output"]
            if len(wanted) > 1:
                output.mkdir(parents=True, exist_ok=True)
            for one in wanted:
                target = output / one.filename if output.is_dir() else output
                progress = Progress(one.filename, one.size, sys.stderr)
                fetch(client, one, target, progress)
                progress.finish()
                self.stdout.write(str(target))
        except (Unreachable, Refusal, WrongBytes, Unkept, OSError) as error:
            raise CommandError(str(error)) from error
