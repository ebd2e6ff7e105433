from typing import Any

from django.core.management.base import BaseCommand

from accounts_app.chaining import exported_lines


class Command(BaseCommand):
    help = (
        "The audit trail as JSON lines. Each holds `row`, its canonical form being what was hashed after `previous` and a "
        "line feed, and `hash`, so that the chain can be checked without this program."
    )

    def handle(self, *_: Any, **__: Any) -> None:
        for line in exported_lines():
            self.stdout.write(line)
