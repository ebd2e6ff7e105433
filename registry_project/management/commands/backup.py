"""`manage.py backup FILE`: all of an embedded registry in one file, while it runs."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from packages_app.domain.sizes import in_words
from registry_project.stack.backup import back_up
from registry_project.stack.errors import StackError


class Command(BaseCommand):
    help = (
        "Write database, objects and secrets of the embedded registry to one file. Whoever can read it has the secrets."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *_: Any, file: Path, **__: Any) -> None:
        if settings.DATABASE_URL or settings.S3_BUCKET or settings.DATA_DIR is None:
            raise CommandError(
                "This backs up the embedded registry; databases of your own have their own backups, buckets their versions."
            )
        try:
            summary = back_up(settings.DATA_DIR, file.absolute())
        except StackError as wrong:
            raise CommandError(str(wrong)) from wrong
        self.stdout.write(f"{file}: {summary.objects} objects, {in_words(summary.size)}")
