"""The best first, and what couldn't be rated last: the order in which a search by score asks."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("packages_app", "0010_job_request_id")]
    operations = [
        AddIndexConcurrently(
            "package",
            models.Index(models.F("net_score").desc(nulls_last=True), models.F("id").desc(), name="packages_net_score"),
        ),
    ]
