"""What was asked of the registry, minute by minute."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry_project", "0002_outbox")]
    operations = [
        migrations.CreateModel(
            name="Activity",
            fields=[
                ("minute", models.DateTimeField(primary_key=True, serialize=False)),
                ("failed", models.IntegerField()),
                ("durations", django.contrib.postgres.fields.ArrayField(base_field=models.IntegerField(), size=None)),
            ],
            options={"db_table": "activity"},
        ),
    ]
