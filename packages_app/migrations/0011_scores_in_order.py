"""The best first, and what couldn't be rated last: the order in which a search by score asks."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("packages_app", "0010_job_request_id")]
    operations = [
        migrations.AddIndex(
            "package",
            models.Index(models.F("net_score").desc(nulls_last=True), models.F("id").desc(), name="packages_net_score"),
        ),
    ]
