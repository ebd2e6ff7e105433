"""What makes the audit trail append-only: the database itself refuses to change or empty it, whoever asks.

The owner of the tables could take the triggers away; the chain of hashes shows what was done then.
"""

from django.db import migrations

REFUSE = """
CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is only ever added to' USING ERRCODE = 'restrict_violation';
END $$
"""
AWAIT_LINK = """
CREATE FUNCTION audit_await_link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit_unlinked (entry_id) VALUES (NEW.id);
    RETURN NULL;
END $$
"""
TRIGGERS = [
    ("audit_entries", "audit_entries_stay", "BEFORE UPDATE OR DELETE", "STATEMENT", "audit_refuse_change"),
    ("audit_entries", "audit_entries_not_emptied", "BEFORE TRUNCATE", "STATEMENT", "audit_refuse_change"),
    ("audit_links", "audit_links_stay", "BEFORE UPDATE OR DELETE", "STATEMENT", "audit_refuse_change"),
    ("audit_links", "audit_links_not_emptied", "BEFORE TRUNCATE", "STATEMENT", "audit_refuse_change"),
    ("audit_entries", "audit_entries_await_link", "AFTER INSERT", "ROW", "audit_await_link"),
]


class Migration(migrations.Migration):
    dependencies = [("accounts_app", "0004_audit_trail")]

    operations = [
        migrations.RunSQL(REFUSE, "DROP FUNCTION audit_refuse_change"),
        migrations.RunSQL(AWAIT_LINK, "DROP FUNCTION audit_await_link"),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER {name} {when} ON {table} FOR EACH {each} EXECUTE FUNCTION {function}()",
                f"DROP TRIGGER {name} ON {table}",
            )
            for table, name, when, each, function in TRIGGERS
        ),
    ]
