"""Whether a kept connection can be used, seen from a connection of its own: the test's own is inside a transaction."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test.utils import CaptureQueriesContext

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept() -> Iterator[BaseDatabaseWrapper]:
    """A connection as a web server's thread keeps it between two requests."""
    copied = connection.copy()
    copied.settings_dict |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}
    copied.inc_thread_sharing()
    yield copied
    copied.close()


def backend(wrapper: BaseDatabaseWrapper) -> int:
    """The process at the other end."""
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def end(number: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 30000)", [number])
        assert cursor.fetchone() == (True,)


def test_a_connection_that_is_held_is_usable_and_nothing_is_asked(kept: BaseDatabaseWrapper) -> None:
    backend(kept)
    with CaptureQueriesContext(kept) as asked:
        assert kept.is_usable()
    assert asked.captured_queries == []


def test_a_connection_that_the_server_has_ended_is_not_usable(kept: BaseDatabaseWrapper) -> None:
    end(backend(kept))
    assert not kept.is_usable()


def test_the_next_request_gets_a_new_connection_for_one_that_ended(kept: BaseDatabaseWrapper) -> None:
    before = backend(kept)
    end(before)
    kept.close_if_unusable_or_obsolete()  # what Django does at the end of a request and at the start of the next
    assert backend(kept) != before


def test_after_an_error_the_server_is_asked(kept: BaseDatabaseWrapper) -> None:
    before = backend(kept)
    kept.errors_occurred = True
    assert kept.is_usable()
    end(before)
    assert not kept.is_usable()
