"""Tasks on their way to a queue that can't join our transactions."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry_project", "0001_package_metadata")]
    operations = [
        migrations.CreateModel(
            name="OutboxTask",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("body", models.TextField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("taken_until", models.DateTimeField(null=True)),
            ],
            options={"db_table": "outbox"},
        ),
    ]
