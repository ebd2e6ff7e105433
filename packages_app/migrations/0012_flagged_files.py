"""What the scan found something in, for the search by flag: few rows among a great many."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("packages_app", "0011_scores_in_order")]
    operations = [
        AddIndexConcurrently(
            "file",
            models.Index(
                condition=models.Q(verdict__in=["suspicious", "malicious"]),
                fields=["verdict", "package"],
                name="package_files_flagged",
            ),
        ),
    ]
