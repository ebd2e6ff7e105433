from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts_app.chaining import verify_trail


class Command(BaseCommand):
    help = "Whether the audit trail is whole: status 0 if so, 1 if a row was changed or taken away."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--head", help="a head noted earlier (printed here and logged), which must be in the chain")

    def handle(self, *_: Any, head: str | None, **__: Any) -> None:
        found = verify_trail(head)
        if found.fault:
            raise CommandError(f"{found.fault} The {found.linked - 1:,} rows before it are whole.")
        self.stdout.write(f"The audit trail is whole: {found.linked:,} rows, head {found.head}.")
        if found.unlinked:
            self.stdout.write(
                f"{found.unlinked:,} newer rows wait for the worker to link them, and can't be judged yet."
            )
