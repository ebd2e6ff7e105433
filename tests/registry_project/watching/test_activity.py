"""Activity gathered in memory and added to the database: by several processes, with wrong clocks, with the database away."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from pytest_django import DjangoAssertNumQueries, Settings

from registry_project import requests
from registry_project.models import Activity
from registry_project.watching import activity
from registry_project.watching.activity import Gathered, Minute, _add_to_database
from registry_project.watching.durations import bucket_of
from registry_project.watching.last_hour import forget_days_before, last_hour
from tests.factories.accounts import UserFactory, calling


class Clock:
    def __init__(self, now: float = 1_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Added:
    """What a process added, as (age, failed, requests); `away`: while it is set, nothing can be."""

    def __init__(self) -> None:
        self.minutes: list[tuple[float, int, int]] = []
        self.away = False

    def __call__(self, age: float, minute: Minute) -> None:
        if self.away:
            raise OperationalError("away")
        self.minutes.append((age, minute.failed, sum(minute.durations)))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def added() -> Added:
    return Added()


@pytest.fixture
def gathered(added: Added, clock: Clock) -> Gathered:
    return Gathered(added, clock)


def test_the_first_request_is_added_at_once_and_the_next_ones_together(
    gathered: Gathered, added: Added, clock: Clock
) -> None:
    for _ in range(3):
        gathered.note(0.01, failed=False)
        gathered.add_if_due(5)
    assert added.minutes == [(0, 0, 1)]
    clock.now += 5
    gathered.note(0.01, failed=True)
    gathered.add_if_due(5)
    assert added.minutes == [(0, 0, 1), (0, 1, 3)]


def test_nothing_is_added_where_nothing_was_noted(gathered: Gathered, added: Added) -> None:
    gathered.add_if_due(5)
    assert added.minutes == []


def test_after_a_long_sleep_what_was_noted_before_it_is_added_to_its_own_minute(
    gathered: Gathered, added: Added, clock: Clock
) -> None:
    """As in Lambda, which stops the process between requests."""
    gathered.note(0.01, failed=False)
    gathered.add_if_due(5)
    gathered.note(0.01, failed=False)
    clock.now += 600
    gathered.note(0.01, failed=False)
    gathered.add_if_due(5)
    assert added.minutes == [(0, 0, 1), (600, 0, 1), (0, 0, 1)]


def test_a_clock_that_is_set_back_delays_nothing(gathered: Gathered, added: Added, clock: Clock) -> None:
    gathered.note(0.01, failed=False)
    gathered.add_if_due(5)
    clock.now -= 3600
    gathered.note(0.01, failed=False)
    gathered.add_if_due(5)
    assert added.minutes == [(0, 0, 1), (0, 0, 1)]


def test_while_the_database_is_away_counts_are_kept_and_added_later(
    gathered: Gathered, added: Added, clock: Clock
) -> None:
    added.away = True
    for _ in range(3):
        gathered.note(0.01, failed=True)
        clock.now += 60
    with pytest.raises(OperationalError):
        gathered.add_if_due(5)
    gathered.note(0.01, failed=False)
    gathered.add_if_due(5)  # not yet
    added.away = False
    clock.now += 5
    gathered.add_if_due(5)
    assert [(failed, count) for _, failed, count in added.minutes] == [(1, 1), (1, 1), (1, 1), (0, 1)]


def test_one_thread_at_a_time_waits_for_a_database_that_hangs(clock: Clock) -> None:
    begun, go_on = Event(), Event()

    def hang(_age: float, _minute: Minute) -> None:
        begun.set()
        assert go_on.wait(30)

    gathered = Gathered(hang, clock)
    gathered.note(0.01, failed=False)
    with ThreadPoolExecutor(1) as pool:
        hanging = pool.submit(gathered.add_if_due, 5)
        assert begun.wait(30)
        clock.now += 60
        gathered.note(0.01, failed=False)
        gathered.add_if_due(5)  # returns at once
        go_on.set()
        hanging.result(30)


def test_no_more_than_an_hour_is_kept(gathered: Gathered, added: Added, clock: Clock) -> None:
    for _ in range(90):
        gathered.note(0.01, failed=False)
        clock.now += 60
    gathered.add_if_due(5)
    assert len(added.minutes) == 60
    assert max(age for age, _, _ in added.minutes) == 3600


def noted(*seconds: float, failed: int = 0) -> Minute:
    minute = Minute(failed=failed)
    for each in seconds:
        minute.durations[bucket_of(each)] += 1
    return minute


@pytest.mark.django_db
def test_the_last_hour_without_requests_is_empty() -> None:
    seen = last_hour()
    assert (seen.requests, seen.errors, seen.p50_ms, seen.p95_ms, seen.p99_ms) == (0, 0, None, None, None)
    assert [each.requests for each in seen.minutes] == [0] * 60
    steps = {later.minute - earlier.minute for earlier, later in zip(seen.minutes, seen.minutes[1:], strict=False)}
    assert steps == {timedelta(minutes=1)}


@pytest.mark.django_db
def test_what_two_processes_add_to_one_minute_adds_up() -> None:
    _add_to_database(0, noted(0.010, 0.010, 0.200, failed=1))
    _add_to_database(0, noted(0.010, 1.000, failed=1))
    seen = last_hour()
    assert (seen.requests, seen.errors, Activity.objects.count()) == (5, 2, 1)
    assert [seen.p50_ms, seen.p95_ms, seen.p99_ms] == pytest.approx([10, 1000, 1000], rel=0.05)
    assert [(each.requests, each.errors) for each in seen.minutes[-2:]] == [(0, 0), (5, 2)]


@pytest.mark.django_db
def test_what_is_older_goes_to_its_own_minute_and_after_an_hour_counts_no_more() -> None:
    for age in (120.0, 59 * 60.0, 3600.0, 7200.0):
        _add_to_database(age, noted(0.010))
    seen = last_hour()
    assert seen.requests == 2
    assert [place for place, each in enumerate(seen.minutes) if each.requests] == [0, 57]


@pytest.mark.django_db
def test_age_before_the_present_is_none() -> None:
    _add_to_database(-3600.0, noted(0.010))
    assert last_hour().minutes[-1].requests == 1


@pytest.mark.django_db
def test_what_is_older_than_a_day_is_forgotten() -> None:
    for age in (0.0, 23 * 3600.0, 25 * 3600.0):
        _add_to_database(age, noted(0.010))
    forget_days_before()
    assert Activity.objects.count() == 2


@pytest.mark.django_db
def test_the_last_hour_takes_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        last_hour()


@pytest.fixture
def active(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Activity is noted, and added after each request."""
    settings.ACTIVITY_SECONDS = 1e-9
    monkeypatch.setattr(activity, "_gathered", Gathered(_add_to_database))


Seen = Callable[[], tuple[int, int]]


@pytest.fixture
def seen(db: None) -> Seen:
    return lambda: (last_hour().requests, last_hour().errors)


def test_requests_are_counted_but_not_probes_nor_what_is_nowhere(active: None, seen: Seen, client: Client) -> None:
    headers = calling(UserFactory.create())
    assert client.get("/user/me", headers=headers).status_code == 200
    assert client.get("/user/me").status_code == 401
    for path in ("/health/live", "/metrics", "/nowhere", "/static/nowhere.js"):
        client.get(path)
    assert seen() == (2, 0)


def test_a_failing_request_is_an_error_wherever_it_fails(
    active: None, seen: Seen, rf: RequestFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests.RequestLog(lambda _: HttpResponse(status=503))(rf.get("/nowhere"))
    activity.add_what_is_due()
    assert seen() == (1, 1)


def test_no_request_fails_for_activity_that_can_not_be_added(
    active: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(activity, "_gathered", Gathered(away))
    assert client.get("/login").status_code in {200, 503}  # 503 where the pages aren't built


@pytest.mark.django_db
def test_the_answer_comes_before_anything_is_added(
    active: None, rf: RequestFactory, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(0):
        requests.RequestLog(lambda _: HttpResponse(status=500))(rf.get("/"))
    with django_assert_num_queries(1):
        activity.add_what_is_due()
    with django_assert_num_queries(0):
        activity.add_what_is_due()


def test_probes_leave_the_database_alone(
    active: None, client: Client, db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    activity._gathered.note(0.1, failed=False)  # by another thread
    with django_assert_num_queries(0):
        client.get("/health/live")


def test_stats_show_the_last_hour(active: None, client: Client, db: None) -> None:
    _add_to_database(60, noted(0.020, failed=1))
    shown = client.get("/stats", headers=calling(UserFactory.create())).json()["last_hour"]
    minutes = shown.pop("minutes")
    assert shown == {
        "requests": 1,
        "errors": 1,
        "p50_ms": pytest.approx(20, rel=0.05),
        "p95_ms": pytest.approx(20, rel=0.05),
        "p99_ms": pytest.approx(20, rel=0.05),
    }
    assert [(each["requests"], each["errors"]) for each in minutes[-3:]] == [(0, 0), (1, 1), (0, 0)]


@pytest.mark.django_db(transaction=True)
def test_what_is_added_at_the_same_time_is_all_there() -> None:
    def add(_: int) -> None:
        for _ in range(20):
            _add_to_database(0, noted(0.010, failed=1))
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(4)))
    seen = last_hour()
    assert (seen.requests, seen.errors) == (80, 80)
