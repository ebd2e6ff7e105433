"""Finding names by their keys as functions of the database, which alone can be told how.

PostgreSQL takes most keys to be frequent, though most are of one name, and would rather read the whole table: 500 ms for
20,000 names where the index takes one. Inside these functions it may not.
"""

from django.db import migrations

NAMES_NEAR = """
CREATE FUNCTION packages_names_near(wanted bigint[]) RETURNS TABLE (id bigint, name varchar)
LANGUAGE sql STABLE SET enable_seqscan = off AS $$
    SELECT held.id, held.name FROM held_names held WHERE held.keys && wanted
$$
"""
OWNERS_NEAR = """
CREATE FUNCTION packages_owners_near(wanted bigint[]) RETURNS TABLE (id bigint, owner varchar, example_id bigint)
LANGUAGE sql STABLE SET enable_seqscan = off AS $$
    SELECT held.id, held.owner, held.example_id FROM held_owners held WHERE held.keys && wanted
$$
"""


class Migration(migrations.Migration):
    dependencies = [("packages_app", "0004_confusion_audit")]

    operations = [
        migrations.RunSQL(NAMES_NEAR, "DROP FUNCTION packages_names_near"),
        migrations.RunSQL(OWNERS_NEAR, "DROP FUNCTION packages_owners_near"),
    ]
