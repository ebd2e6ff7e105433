"""What every test's database has."""

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Tests that commit are cleaned up after by emptying every table, which the audit trail refuses elsewhere."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entries DISABLE TRIGGER audit_entries_not_emptied")
        cursor.execute("ALTER TABLE audit_links DISABLE TRIGGER audit_links_not_emptied")
