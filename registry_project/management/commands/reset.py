from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from registry_project.resetting import extent_of_reset, reset_registry


class Command(BaseCommand):
    help = "Delete all packages, jobs and users but the default administrator. There is no way back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="don't ask")

    def handle(self, *args: Any, **options: Any) -> None:  # noqa: ARG002
        if not options["yes"]:
            goes = extent_of_reset()
            self.stdout.write(f"{goes.packages} packages and {goes.users} users will be deleted.")
            try:
                answer = input("Type 'reset' to go on: ")
            except EOFError:
                answer = ""
            if answer.strip() != "reset":
                raise CommandError("Nothing was deleted; type 'reset' or give --yes.")
        gone = reset_registry()
        self.stdout.write(f"{gone.packages} packages and {gone.users} users deleted")
