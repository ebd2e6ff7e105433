"""Spending calls and counting rates, against PostgreSQL."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import monotonic

import pytest
from django.db import connection
from django.db.models.functions import Now
from pytest_django import DjangoAssertNumQueries, Settings

from accounts_app.calls import Rate, count_call, hash_of, spend_call
from accounts_app.errors import NotAuthenticated, TokenExpired, TokenInvalid, TokenSpent, TooManyRequests
from accounts_app.models import CallRate, Token, User
from tests.factories.accounts import UserFactory, token_of


@pytest.fixture(autouse=True)
def no_limit(settings: Settings) -> None:
    settings.CALLS_PER_SECOND = 0


def _database_second() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT floor(extract(epoch FROM clock_timestamp()))::bigint")
        return int(cursor.fetchone()[0])


def _start_of_a_second() -> int:
    """Waits until a second of the database's clock begins; which one."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(1 - extract(epoch FROM clock_timestamp())::numeric % 1)")
    return _database_second()


@pytest.mark.django_db
def test_a_call_is_spent_and_tells_who_calls(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    user = UserFactory.create(permissions=["upload", "search"])
    token = token_of(user)
    with django_assert_num_queries(1):
        call = spend_call(token)
        known = (call.user.pk, call.user.username, call.user.may("upload"), call.user.may("admin"))
    assert known == (user.pk, user.username, True, False)
    assert call.calls_remaining == 999
    assert Token.objects.get().calls_remaining == 999


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"calls_remaining": 0}, TokenSpent),
        ({"expires_at": Now()}, TokenExpired),
        ({"expires_at": Now() - timedelta(seconds=1), "calls_remaining": 0}, TokenExpired),
        ({"token_hash": "another's"}, TokenInvalid),
    ],
)
def test_an_unusable_token_says_why(change: dict[str, object], refusal: type[NotAuthenticated]) -> None:
    token = token_of(UserFactory.create())
    Token.objects.update(**change)
    with pytest.raises(refusal):
        spend_call(token)


@pytest.mark.django_db
def test_a_deactivated_users_token_is_invalid_and_keeps_its_calls() -> None:
    token = token_of(UserFactory.create())
    User.objects.update(is_active=False)
    with pytest.raises(TokenInvalid):
        spend_call(token)
    assert Token.objects.get().calls_remaining == 1000


@pytest.mark.django_db(transaction=True)
def test_two_hundred_calls_on_a_token_with_ten_left_are_ten() -> None:
    token = token_of(UserFactory.create())
    Token.objects.update(calls_remaining=10)

    def call(_: int) -> str:
        try:
            return str(spend_call(token).calls_remaining)
        except TokenSpent:
            return "spent"
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as threads:
        outcomes = Counter(threads.map(call, range(200)))
    assert outcomes == {"spent": 190} | {str(left): 1 for left in range(10)}
    assert Token.objects.get().calls_remaining == 0


@pytest.mark.django_db(transaction=True)
def test_calls_of_all_threads_and_of_sessions_share_one_rate(settings: Settings) -> None:
    settings.CALLS_PER_SECOND = 20
    user = UserFactory.create()
    token = token_of(user)
    _start_of_a_second()

    def call(number: int) -> bool:
        try:
            rate = spend_call(token).rate if number % 2 else count_call(user.pk)
            return rate.remaining is not None
        finally:
            connection.close()

    started = monotonic()
    with ThreadPoolExecutor(8) as threads:
        admitted = sum(threads.map(call, range(60)))
    assert 20 <= admitted <= 20 * (1 + monotonic() - started)  # while the window slides, more fit in
    assert Token.objects.get().calls_remaining == 970  # a call over the rate is spent all the same


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("second", "calls", "before", "admitted"),
    [
        pytest.param(0, 9, 0, 1, id="room for one"),
        pytest.param(0, 10, 0, 0, id="this second is full"),
        pytest.param(0, 0, 10, 0, id="the second before still overlaps"),
        pytest.param(-1, 10, 0, 0, id="a full second has just ended"),
        pytest.param(-2, 10, 10, 10, id="long enough ago"),
        pytest.param(1, 10, 0, 0, id="the row is ahead of a call that waited"),
        pytest.param(3600, 10, 10, 10, id="the clock was set back"),
    ],
)
def test_the_window_slides(settings: Settings, second: int, calls: int, before: int, admitted: int) -> None:
    settings.CALLS_PER_SECOND = 10
    user = UserFactory.create()
    now = _start_of_a_second()
    CallRate.objects.create(user=user, second=now + second, calls=calls, calls_before=before)
    started = monotonic()
    answers = [count_call(user.pk).remaining for _ in range(12)]
    slid_in = 1 + 10 * (monotonic() - started)
    assert admitted <= sum(answer is not None for answer in answers) <= admitted + slid_in


@pytest.mark.django_db
def test_without_a_limit_nothing_is_counted(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    user = UserFactory.create()
    with django_assert_num_queries(0):
        assert count_call(user.pk) == Rate(0, None)
    assert spend_call(token_of(user)).rate == Rate(0, None)
    assert not CallRate.objects.exists()


@pytest.mark.parametrize("rate", [Rate(0, None), Rate(10, 0), Rate(10, 3)])
def test_a_rate_with_room_passes(rate: Rate) -> None:
    rate.check()


def test_a_rate_without_room_says_how_long_to_wait() -> None:
    with pytest.raises(TooManyRequests) as refused:
        Rate(10, None).check()
    assert (refused.value.code, refused.value.retry_after) == ("rate_limited", 1)


@pytest.mark.django_db(transaction=True)
def test_only_the_spending_of_calls_commits_without_waiting() -> None:
    token = token_of(UserFactory.create())
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
        spend_call(token)
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)


@pytest.mark.django_db
def test_tables_written_at_every_call_leave_room_on_their_pages() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, reloptions, relpersistence FROM pg_class"
            " WHERE relname IN ('accounts_app_callrate', 'accounts_app_token') ORDER BY 1"
        )
        assert cursor.fetchall() == [
            ("accounts_app_callrate", ["fillfactor=50"], "u"),
            ("accounts_app_token", ["fillfactor=50"], "p"),
        ]


def test_a_tokens_hash_is_its_sha256() -> None:
    assert hash_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
