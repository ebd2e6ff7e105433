import json
import re

import pytest

from packages_app.domain.verdicts import CODES
from packages_app.models import Job
from registry_project.watching.embedded import embedded_line
from registry_project.watching.numbers import JOBS_ENDED, NUMBERS, OLDEST_QUEUED, REQUEST_SECONDS, Number

#: What CloudWatch takes; the specification of the embedded metric format.
UNITS = {"Count", "Seconds", "Bytes"}
LABELS = {"method": "GET", "route": "/package/<uuid:package_id>", "status": "200"}


def test_names_are_told_apart() -> None:
    assert len({number.name for number in NUMBERS}) == len(NUMBERS)


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number.name)
def test_a_number_is_what_both_watchers_take(number: Number) -> None:
    assert re.fullmatch(r"registry_[a-z_]+", number.name)
    assert number.name.endswith("_total") == (number.kind == "counter")
    assert number.unit in UNITS
    assert number.meaning.endswith(".")
    assert all(set(group) <= set(number.labels) for group in number.groups)
    assert len(set(number.groups)) == len(number.groups) > 0
    assert len(number.labels) < 30


def test_a_line_is_in_the_embedded_metric_format() -> None:
    line = embedded_line(
        REQUEST_SECONDS, 0.0125, LABELS, namespace="Registry/x", milliseconds=1_700_000_000_000, request_id="r1"
    )
    assert json.loads(line) == {
        "_aws": {
            "Timestamp": 1_700_000_000_000,
            "CloudWatchMetrics": [
                {
                    "Namespace": "Registry/x",
                    "Dimensions": [[], ["route"]],
                    "Metrics": [{"Name": "registry_request_seconds", "Unit": "Seconds"}],
                }
            ],
        },
        "registry_request_seconds": 0.0125,
        "method": "GET",
        "route": "/package/<uuid:package_id>",
        "status": "200",
        "request_id": "r1",
    }


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number.name)
def test_every_dimension_of_a_line_is_a_text_in_it(number: Number) -> None:
    labels = dict.fromkeys(number.labels, 'a "quoted" value')
    line = json.loads(embedded_line(number, 1, labels, namespace="x", milliseconds=0))
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert {line[name] for group in directive["Dimensions"] for name in group} <= {'a "quoted" value'}
    assert line[number.name] == 1


def test_a_line_outside_of_a_request_has_no_id() -> None:
    assert set(json.loads(embedded_line(OLDEST_QUEUED, 0, {}, namespace="x", milliseconds=0))) == {
        "_aws",
        OLDEST_QUEUED.name,
    }


def test_labels_take_few_values() -> None:
    assert len(Job.Kind.values) * len(Job.Status.values) <= 30
    assert len(CODES) <= 10
    assert JOBS_ENDED.labels == ("kind", "status")
