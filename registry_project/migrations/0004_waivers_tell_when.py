"""The metadata of a package also says when each of its waivers was granted."""

from importlib import import_module

from django.db import migrations

_BEFORE = import_module("registry_project.migrations.0001_package_metadata").PACKAGE_METADATA.replace(
    "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"
)
_WHOM = "'granted_by', g.username)"
_WHOM_AND_WHEN = """'granted_by', g.username,
            'granted_at', to_char(w.granted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))"""


class Migration(migrations.Migration):
    dependencies = [("registry_project", "0003_activity"), ("packages_app", "0010_job_request_id")]
    operations = [migrations.RunSQL(_BEFORE.replace(_WHOM, _WHOM_AND_WHEN), _BEFORE)]
