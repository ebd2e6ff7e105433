"""The dashboard and the alarms read the numbers that the registry tells, under the names and labels that it tells them with."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from deploy.package import ROOT
from registry_project.watching.numbers import NUMBERS
from tests.deploy.templates import of_type, properties, template

#: Names, and the labels that CloudWatch keeps them apart by.
TOLD = {(number.name, group) for number in NUMBERS for group in number.groups}
_SEARCHED = re.compile(r"""\{Registry/x((?:,\w+)*)\} MetricName="(\w+)"'""")


def widgets() -> list[dict[str, Any]]:
    body = properties("watching", "Dashboard")["DashboardBody"]["Fn::Sub"][0]
    found: list[dict[str, Any]] = json.loads(re.sub(r"\$\{[\w:]+\}", "x", body))["widgets"]
    return found


def shown() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every number of the registry's own on the dashboard, with the names of its dimensions."""
    for widget in widgets():
        before: list[str] = []
        for metric in widget["properties"].get("metrics", []):
            if isinstance(metric[0], dict):
                for dimensions, name in _SEARCHED.findall(metric[0]["expression"]):
                    yield name, tuple(dimensions.split(",")[1:])
                continue
            before = spelled_out([word for word in metric if isinstance(word, str)], before)
            if before[0] == "Registry/x":
                yield before[1], tuple(before[2::2])


def spelled_out(words: list[str], before: list[str]) -> list[str]:
    """A metric as CloudWatch reads it: "." repeats the word above, "..." all words up to those that follow it."""
    if words[0] == "...":
        words = [*before[: len(before) - len(words) + 1], *words[1:]]
    return [before[place] if word == "." else word for place, word in enumerate(words)]


@pytest.mark.parametrize(
    ("words", "read"),
    [
        (["A", "m", "d", "v"], ["A", "m", "d", "v"]),
        ([".", "n", ".", "."], ["S", "n", "k", "w"]),
        (["...", "x"], ["S", "l", "k", "x"]),
        (["..."], ["S", "l", "k", "w"]),
        ([".", "n"], ["S", "n"]),
    ],
)
def test_a_metric_is_read_as_cloudwatch_reads_it(words: list[str], read: list[str]) -> None:
    assert spelled_out(words, ["S", "l", "k", "w"]) == read


def test_the_dashboard_shows_what_is_told_and_nothing_else() -> None:
    assert set(shown()) <= TOLD
    assert {name for name, _ in shown()} == {number.name for number in NUMBERS}


@pytest.mark.parametrize("stage", ["production", "staging"])
def test_the_function_tells_its_numbers_where_they_are_read(stage: str) -> None:
    variables = json.loads((ROOT / "zappa_settings.json").read_text())[stage]["environment_variables"]
    assert variables["REGISTRY_CLOUDWATCH_NAMESPACE"] == f"Registry/{stage}"


def test_workers_tell_their_numbers_where_they_are_read() -> None:
    (environment,) = (
        script["Fn::Base64"]["Fn::Sub"][0]
        for script in [properties("workers", "Template")["LaunchTemplateData"]["UserData"]]
    )
    assert "REGISTRY_CLOUDWATCH_NAMESPACE=Registry/${Stage}\n" in environment
    for unit in ("worker", "web"):
        described = (ROOT / "deploy" / "systemd" / f"registry-{unit}.service").read_text()
        collected = re.findall(r"^Standard(Output|Error)=append:/var/log/registry/registry\.log$", described, re.M)
        assert sorted(collected) == ["Error", "Output"]


def test_no_filter_over_the_logs_makes_numbers_of_its_own() -> None:
    assert of_type("AWS::Logs::MetricFilter") == []


def own_alarms() -> dict[str, dict[str, Any]]:
    alarms = {name: alarm["Properties"] for _, name, alarm in of_type("AWS::CloudWatch::Alarm")}
    return {name: alarm for name, alarm in alarms.items() if alarm["Namespace"] == {"Fn::Sub": "Registry/${Stage}"}}


def test_alarms_watch_what_is_told() -> None:
    watched = {
        (alarm["MetricName"], tuple(dimension["Name"] for dimension in alarm.get("Dimensions", [])))
        for alarm in own_alarms().values()
    }
    assert watched <= TOLD
    assert len(watched) == len(own_alarms()) == 5


def test_the_runbook_says_what_each_alarm_means() -> None:
    said = re.findall(
        r"^\| (\w+) \|", (ROOT / "deploy" / "RUNBOOK.md").read_text().partition("## When an alarm")[2], re.M
    )
    alarms = [
        name for name, kind in template("watching")["Resources"].items() if kind["Type"] == "AWS::CloudWatch::Alarm"
    ]
    assert sorted(said) == sorted([*alarms, "alarm"])


def test_the_dashboard_shows_what_the_specification_lists() -> None:
    assert [widget["properties"]["title"] for widget in widgets()] == [
        "Requests",
        "Time to answer (s)",
        "Function",
        "Queue",
        "Jobs ended",
        "Ingests and policies",
        "Workers",
        "Database",
        "Held",
        "Slowest endpoints (p99, s)",
        "Failures by endpoint",
        "Calls spent",
        "Endpoints of the hour",
    ]
    slow = widgets()[1]["properties"]["metrics"]
    assert [metric[-1]["stat"] for metric in slow] == ["p50", "p95", "p99"]


def test_no_two_widgets_lie_on_one_another() -> None:
    places = [
        (x, y)
        for widget in widgets()
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    ]
    assert len(places) == len(set(places)) == 24 * 30
