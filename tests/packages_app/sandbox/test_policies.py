"""What honest policies can rely on."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from packages_app.domain.verdicts import HELD, LAYERS
from packages_app.sandbox.host import evaluate
from packages_app.sandbox.settings import SandboxSettings
from tests.packages_app.sandbox.policies import NOW, doing, request, returning

SPEAKING = "{approved: false, reason: String(%s)}"


def said(expression: str, settings: SandboxSettings, **asked: object) -> str:
    """What `expression` is inside a policy, as text."""
    return evaluate(request(returning(SPEAKING % expression), **asked), settings).reason  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "source",
    [
        "function validateDownload() { return {approved: true, reason: 'fine'} }",
        "var validateDownload = function () { return {approved: true, reason: 'fine'} }",
        "const validateDownload = () => ({approved: true, reason: 'fine'})",
        "let validateDownload = () => ({approved: true, reason: 'fine'})",
        "globalThis.validateDownload = () => ({approved: true, reason: 'fine'})",
        "module.exports = {validateDownload() { return {approved: true, reason: 'fine'} }}",
        "function validateDownload() { return {approved: true, reason: 'fine'} }\nmodule.exports = {validateDownload};",
        "exports.validateDownload = () => ({approved: true, reason: 'fine'})",
        "module.exports.validateDownload = () => ({approved: true, reason: 'fine'})",
        "module.exports = function validateDownload() { return {approved: true, reason: 'fine'} }",
        "class V { validateDownload() { return {approved: true, reason: 'fine'} } }\nmodule.exports = new V()",
        "class V { static validateDownload() { return {approved: true, reason: 'fine'} } }\n"
        "module.exports = class extends V {}",
        "module.exports = {says: 'fine', validateDownload() { return {approved: true, reason: this.says} }}",
        "'use strict'; function validateDownload() { return {approved: true, reason: 'fine'} }",
        "class V { approved = true; reason = 'fine' }\nfunction validateDownload() { return new V() }",
        "function validateDownload() { return Object.freeze({approved: true, reason: 'fine'}) }",
        "function validateDownload() { return Object.assign(Object.create(null), {approved: true, reason: 'fine'}) }",
        "\ufefffunction validateDownload() { return {approved: true, reason: 'fine'} }",
        "#!/usr/bin/env node\nfunction validateDownload() { return {approved: true, reason: 'fine'} }",
        "function validateDownload() { return {approved: false} }\n"
        "exports.validateDownload = () => ({approved: true, reason: 'fine'})",
    ],
)
def test_a_policy_can_be_written_in_many_ways(source: str, settings: SandboxSettings) -> None:
    verdict = evaluate(request(source), settings)
    assert (verdict.approved, verdict.code, verdict.reason) == (True, "approved", "fine")


@pytest.mark.parametrize(
    "name",
    [
        "bert",
        "",
        "a b",
        "日本語",
        "🤗",
        "');process.exit(0);('",
        "`${process}`",
        '"\\',
        "a\u0000b",
        "line\nbreak\u2028",
        "__proto__",
        "</script>",
        "x" * 4_096,
    ],
)
def test_arguments_arrive_as_they_are(name: str, settings: SandboxSettings) -> None:
    digest = "s => Array.from(s, c => c.codePointAt(0)).reduce((a, b) => a * 31 % 65521 + b, 7)"
    echo = f"JSON.stringify([m, u, d, z].map({digest}))"
    expected = 7
    for character in name:
        expected = expected * 31 % 65521 + ord(character)
    asked = {"model_name": name, "uploader": name, "downloader": name, "zip_path": name}
    assert said(echo, settings, **asked) == f"[{expected},{expected},{expected},{expected}]"


def test_arguments_keep_their_order(settings: SandboxSettings) -> None:
    asked = {"model_name": "model", "uploader": "up", "downloader": "down", "zip_path": "zip"}
    assert said("[m, u, d, z, arguments.length]", settings, **asked) == "model,up,down,zip,4"


def test_a_lone_surrogate_in_an_argument_is_no_end_of_anything(settings: SandboxSettings) -> None:
    assert said("m.length + ' ' + m.charCodeAt(1).toString(16)", settings, model_name="a\ud800b") == "3 d800"


@pytest.mark.parametrize("which", ["model_name", "uploader", "downloader", "zip_path"])
def test_a_longer_argument_is_refused(which: str, settings: SandboxSettings) -> None:
    verdict = evaluate(request(returning("{approved: true}"), **{which: "x" * 4_097}), settings)  # type: ignore[arg-type]
    assert (verdict.code, verdict.reason) == ("too_large", "An argument has 4,097 characters; at most 4,096 fit.")


@pytest.mark.parametrize(
    ("zone", "now", "hours", "offset"),
    [
        ("UTC", "2025-07-01T12:00", 12, 0),
        ("Europe/Berlin", "2025-01-01T12:00", 13, -60),
        ("Europe/Berlin", "2025-07-01T12:00", 14, -120),
        ("Europe/Berlin", "2025-03-30T00:59", 1, -60),
        ("Europe/Berlin", "2025-03-30T01:00", 3, -120),
        ("Europe/Berlin", "2025-10-26T00:59", 2, -120),
        ("Europe/Berlin", "2025-10-26T01:00", 2, -60),
        ("America/New_York", "2025-03-09T06:59", 1, 300),
        ("America/New_York", "2025-03-09T07:00", 3, 240),
        ("Asia/Kathmandu", "2025-01-01T00:00", 5, -345),
        ("Australia/Lord_Howe", "2025-01-01T00:00", 11, -660),
        ("Australia/Lord_Howe", "2025-07-01T00:00", 10, -630),
        ("Pacific/Kiritimati", "2025-01-01T12:00", 2, -840),
    ],
)
def test_local_time_follows_the_zone(zone: str, now: str, hours: int, offset: int, settings: SandboxSettings) -> None:
    asked = {"timezone": zone, "now": datetime.fromisoformat(now).replace(tzinfo=UTC)}
    local = "[new Date().getHours(), new Date().getTimezoneOffset(), new Date(2025, 5, 1, 9).getHours()]"
    assert said(local, settings, **asked) == f"{hours},{offset},9"


def test_local_dates_are_written_with_their_offset(settings: SandboxSettings) -> None:
    assert said("new Date()", settings, timezone="Europe/Berlin") == "Tue Jul 01 2025 14:00:00 GMT+0200"


def test_time_stands_still(settings: SandboxSettings) -> None:
    waiting = "(() => { const t = Date.now(); for (let i = 0; i < 1e6; i++); return [t, Date.now() - t] })()"
    assert said(waiting, settings) == f"{int(NOW.timestamp() * 1000)},0"


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("Europe/Berlin", "2026-03-29"),
        ("Europe/Berlin", "2026-10-25"),
        ("Europe/London", "2026-10-25"),
        ("America/Los_Angeles", "2026-03-08"),
        ("America/St_Johns", "2026-11-01"),
        ("Australia/Lord_Howe", "2026-04-05"),
        ("Pacific/Auckland", "2026-09-27"),
        ("Africa/Casablanca", "2026-02-15"),
        ("Pacific/Apia", "2011-12-30"),
    ],
)
def test_a_date_made_from_local_parts_is_exact(zone: str, change: str, settings: SandboxSettings) -> None:
    begin = datetime.fromisoformat(change) - timedelta(days=1)
    cases: list[tuple[str, list[int], int]] = []
    for half_hours in range(3 * 48):
        local = begin + timedelta(minutes=30 * half_hours)
        parts = [local.year, local.month - 1, local.day, local.hour, local.minute]
        exact = int(local.replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)
        cases.append((local.isoformat(timespec="minutes"), parts, exact))
    wrong = "%s.flatMap(([text, parts, exact]) => %s === exact ? [] : [text]).join() || 'none'"
    for made in ("+new Date(...parts)", "+new Date(text)", "Date.parse(text)"):
        assert said(wrong % (json.dumps(cases), made), settings, timezone=zone) == "none", made
    if zone != "Pacific/Apia":  # where that day isn't there to be set first
        made = "new Date(new Date(2000, 0).setFullYear(...parts.slice(0, 3))).setHours(...parts.slice(3), 0, 0)"
        assert said(wrong % (json.dumps(cases), made), settings, timezone=zone) == "none"


def test_a_date_is_otherwise_what_it_was(settings: SandboxSettings) -> None:
    same = {
        "Object.prototype.toString.call(new Date())": "[object Date]",
        "new Date() instanceof Date && new Date().constructor === Date": "true",
        "typeof Date() + Date.length + Date.name": "string7Date",
        "new (class extends Date { year() { return this.getFullYear() } })(2025, 0).year()": "2025",
        "Date.parse('2025-07-01') === Date.UTC(2025, 6)": "true",
        "Date.parse('2025-07-01T12:00+05:30') === Date.UTC(2025, 6, 1, 6, 30)": "true",
        "new Date('x') + new Date(NaN).setHours(1) + new Date(2025, NaN)": "Invalid DateNaNInvalid Date",
        "new Date(99, 0).getFullYear() + new Date(new Date(0)).getTime()": "1999",
        "new Date(NaN).setFullYear(2025) === +new Date(2025, 0, 1)": "true",
        "Object.keys(Date.prototype).length + Object.keys(Date).length": "0",
    }
    for expression, expected in same.items():
        assert said(expression, settings) == expected, expression


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "", "\0", "Europe"])
def test_a_zone_must_be_known(zone: str, settings: SandboxSettings) -> None:
    verdict = evaluate(request(returning("{approved: true}"), timezone=zone), settings)
    said = f"The time zone {zone} is not known here; name one of the IANA database."
    assert (verdict.code, verdict.reason) == ("sandbox_error", " ".join(said.replace("\0", "").split()))


NAIVE = NOW.replace(tzinfo=None)


@pytest.mark.parametrize("now", [NAIVE, datetime(1969, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)])
def test_a_moment_the_engine_can_not_tell_is_refused(now: datetime, settings: SandboxSettings) -> None:
    assert evaluate(request(returning("{approved: true}"), now=now), settings).code == "sandbox_error"


def test_the_same_question_has_the_same_answer(settings: SandboxSettings, cold: SandboxSettings) -> None:
    chance = "[Math.random(), Math.random(), Object.keys({b: 1, a: 2})]"
    assert said(chance, settings) == said(chance, settings) == said(chance, cold)


def test_nothing_stays_from_one_decision_to_the_next(settings: SandboxSettings) -> None:
    evaluate(request("globalThis.kept = Object.prototype.kept = 1;" + returning("{approved: true}")), settings)
    assert said("typeof kept + ({}).kept", settings) == "undefinedundefined"


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("'no'", "no"),
        ("''", "The policy refused and gave no reason."),
        ("undefined", "The policy refused and gave no reason."),
        ("{toString: () => 'no'}", "The policy refused and gave no reason."),
        ("12", "The policy refused and gave no reason."),
        (r"'a\u0000b\u001b[31mc\u202ed\u2066e\u200bf\ufeffg'", "ab[31mcdefg"),
        (r"'two\nlines\tand\u2028more'", "two lines and more"),
        (r"'\ud800half'", "\ufffd\ufffd\ufffdhalf"),
        ("'x'.repeat(1e6)", "x" * 499 + "…"),
        ("'é'.repeat(500)", "é" * 500),
        ("'<b>no</b>'", "<b>no</b>"),
    ],
)
def test_reasons_are_plain_text(reason: str, shown: str, settings: SandboxSettings) -> None:
    verdict = evaluate(request(returning(f"{{approved: false, reason: {reason}}}")), settings)
    assert (verdict.code, verdict.reason) == ("rejected", shown)


def test_a_getter_for_the_reason_is_not_run(settings: SandboxSettings) -> None:
    source = returning("{approved: true, get reason() { for (;;); }}")
    verdict = evaluate(request(source), settings)
    assert (verdict.code, verdict.reason) == ("approved", "")


def test_what_failed_is_said(settings: SandboxSettings) -> None:
    assert evaluate(request(doing("missing()")), settings).reason == "The policy failed: missing is not defined."


def test_where_parsing_failed_is_said(settings: SandboxSettings) -> None:
    verdict = evaluate(request("let a = 1;\nlet b = ;"), settings)
    assert verdict.reason == "The policy can't be parsed at line 2, column 9: unexpected token in expression: ';'."


def test_every_layer_is_reported(settings: SandboxSettings, cold: SandboxSettings) -> None:
    for each in (settings, cold):
        verdict = evaluate(request(returning("{approved: true}")), each)
        assert set(verdict.lockdown) == set(LAYERS)
        assert {layer for layer in each.required_lockdown if verdict.lockdown[layer] != HELD} == set()


def test_a_layer_that_can_not_be_had_refuses(settings: SandboxSettings) -> None:
    demanding = replace(settings, required_lockdown=settings.required_lockdown | {"moat"}, warm=False)
    verdict = evaluate(request(returning("{approved: true}")), demanding)
    assert (verdict.approved, verdict.code) == (False, "sandbox_error")
    assert verdict.reason == "This server can't keep a policy apart: it lacks moat. Tell an administrator."
