"""Since when a job waits, so that one whose message was lost is found."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("packages_app", "0008_multipart_uploads")]
    operations = [migrations.AddField("job", "queued_at", models.DateTimeField(null=True))]
