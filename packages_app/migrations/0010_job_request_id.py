"""The id of the request that a job was asked for with. The database's default serves code that doesn't know of it yet."""

from django.db import migrations, models

from accounts_app.request_ids import current_request_id


class Migration(migrations.Migration):
    dependencies = [("packages_app", "0009_job_queued_at")]
    operations = [
        migrations.AddField(
            "job",
            "request_id",
            models.CharField(blank=True, db_default="", default=current_request_id, max_length=64),
        ),
    ]
