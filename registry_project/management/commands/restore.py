"""`manage.py restore FILE`: an embedded registry as it was when the file was made."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from packages_app.domain.sizes import in_words
from registry_project.stack.errors import StackError
from registry_project.stack.restore import restore


class Command(BaseCommand):
    help = "Make REGISTRY_DATA_DIR the registry that a backup holds. The registry must not run."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="set a registry that is there aside")

    def handle(self, *_: Any, file: Path, force: bool, **__: Any) -> None:
        if settings.DATABASE_URL or settings.S3_BUCKET or settings.DATA_DIR is None:
            raise CommandError("This restores the embedded registry; unset DATABASE_URL and REGISTRY_S3_BUCKET.")
        try:
            summary = restore(settings.DATA_DIR, file.absolute(), force=force)
        except StackError as wrong:
            raise CommandError(str(wrong)) from wrong
        self.stdout.write(
            f"{summary.objects} objects, {in_words(summary.size)} restored; start it with `manage.py serve`"
        )
