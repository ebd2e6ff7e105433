"""Spending and counting as functions of the database, since it keeps their plans: planning cost more than running.

Commits of these two don't wait for the disk: the setting holds for their transaction alone, which is theirs alone.
"""

from django.db import migrations

COUNT_CALL = """
CREATE FUNCTION accounts_count_call(caller uuid, per_second integer) RETURNS integer LANGUAGE plpgsql AS $$
-- Counts one call; how many more fit at this moment, or null for a call over the rate, which isn't counted.
-- A sliding window of two counters: this second's calls and, weighted by how much of it the window still covers, those of
-- the second before. The row's second may be one ahead of a call that waited for it; further ahead, the clock was set back.
DECLARE
    clock constant numeric := extract(epoch FROM statement_timestamp());
    this_second constant bigint := floor(clock);
    covered constant numeric := 1 - clock % 1;
    remaining integer;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    INSERT INTO accounts_app_callrate AS rate (user_id, second, calls, calls_before) VALUES (caller, this_second, 1, 0)
    ON CONFLICT (user_id) DO UPDATE SET
        second = CASE WHEN rate.second - this_second IN (0, 1) THEN rate.second ELSE this_second END,
        calls = CASE WHEN rate.second - this_second IN (0, 1) THEN rate.calls ELSE 0 END + 1,
        calls_before = CASE rate.second - this_second WHEN 0 THEN rate.calls_before WHEN 1 THEN rate.calls_before
                                                      WHEN -1 THEN rate.calls ELSE 0 END
    WHERE CASE rate.second - this_second WHEN 0 THEN rate.calls + rate.calls_before * covered
                                         WHEN 1 THEN rate.calls + rate.calls_before * covered
                                         WHEN -1 THEN rate.calls * covered ELSE 0 END + 1 <= per_second
    RETURNING floor(per_second - calls - calls_before * covered) INTO remaining;
    RETURN remaining;
END $$
"""
SPEND_CALL = """
CREATE FUNCTION accounts_spend_call(hash varchar, per_second integer)
RETURNS TABLE (token uuid, left_over integer, until timestamptz, rate_left integer,
               caller uuid, caller_name varchar, caller_permissions varchar[]) LANGUAGE plpgsql AS $$
-- Spends one call of the token and counts it (per_second 0: doesn't); one row, or none where there was nothing to spend.
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    UPDATE accounts_app_token AS held SET calls_remaining = held.calls_remaining - 1
    FROM accounts_app_user AS owner
    WHERE held.token_hash = hash AND held.calls_remaining > 0 AND held.expires_at > statement_timestamp()
      AND owner.id = held.user_id AND owner.is_active
    RETURNING held.id, held.calls_remaining, held.expires_at, owner.id, owner.username, owner.permissions
    INTO token, left_over, until, caller, caller_name, caller_permissions;
    IF FOUND THEN
        rate_left := CASE WHEN per_second > 0 THEN accounts_count_call(caller, per_second) END;
        RETURN NEXT;
    END IF;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("accounts_app", "0002_tables_written_at_every_call")]

    operations = [
        migrations.RunSQL(COUNT_CALL, "DROP FUNCTION accounts_count_call"),
        migrations.RunSQL(SPEND_CALL, "DROP FUNCTION accounts_spend_call"),
    ]
