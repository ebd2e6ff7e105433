from typing import Any

from django.core.management.base import BaseCommand

from accounts_app.chaining import HASHED, linked_rows
from accounts_app.domain.audit_chain import canonical


class Command(BaseCommand):
    help = (
        "The audit trail as JSON lines. Each holds `row`, its canonical form being what was hashed after `previous` and a "
        "line feed, and `hash`, so that the chain can be checked without this program."
    )

    def handle(self, *_: Any, **__: Any) -> None:
        for link in linked_rows():
            row = {field: link[f"entry__{field}"] for field in HASHED}
            line = {"position": link["position"], "previous": link["previous"], "hash": link["hash"], "row": row}
            self.stdout.write(canonical(line))
