"""Where the chain of the audit trail ends is kept beside it, beginning with where it ends now."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts_app", "0005_audit_trail_stays")]

    operations = [
        migrations.CreateModel(
            name="AuditEnd",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.BigIntegerField()),
            ],
            options={"db_table": "audit_end"},
        ),
        migrations.RunSQL(
            "INSERT INTO audit_end (id, position) SELECT 1, max(position) FROM audit_links HAVING count(*) > 0",
            migrations.RunSQL.noop,
        ),
    ]
