"""The keys that names are found by, computed again: names held before more kinds of slips were known have fewer."""

from collections.abc import Callable, Collection
from typing import Any

from django.db import migrations

from packages_app.domain.similarity_keys import index_keys, owner_keys

_AT_A_TIME = 1_000


def compute_again(apps: Any, _schema_editor: Any) -> None:
    names, owners = (apps.get_model("packages_app", name).objects for name in ("HeldName", "HeldOwner"))
    _keep(names.all(), lambda held: index_keys(held.name))
    _keep(owners.select_related("example"), lambda held: owner_keys(held.example.name))


def _keep(all_held: Any, keys_of: Callable[[Any], Collection[int]]) -> None:
    """In batches by id, so that memory stays what it is at a million names."""
    last = 0
    while batch := list(all_held.filter(pk__gt=last).order_by("pk")[:_AT_A_TIME]):
        last = batch[-1].pk
        for held in batch:
            held.keys = sorted(keys_of(held))
        all_held.model.objects.bulk_update(batch, ["keys"])


class Migration(migrations.Migration):
    atomic = False  # each batch by itself, so that no upload waits for all of them
    dependencies = [("packages_app", "0012_flagged_files")]
    operations = [migrations.RunPython(compute_again, migrations.RunPython.noop)]
