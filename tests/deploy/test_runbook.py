"""The runbook's sums, and the names in it that other files give."""

import re

import pytest

from deploy.package import ROOT
from tests.deploy.templates import ORDER

RUNBOOK = (ROOT / "deploy" / "RUNBOOK.md").read_text()
COSTS = re.findall(r"^\| (?!\*\*all)(.+) \| ([\d,]+) \S+ \| ([\d.]+) \| ([\d.]+) \|$", RUNBOOK, re.M)


@pytest.mark.parametrize(("part", "quantity", "price", "cost"), COSTS)
def test_a_price_times_its_quantity_is_its_cost(part: str, quantity: str, price: str, cost: str) -> None:
    assert round(float(quantity.replace(",", "")) * float(price), 2) == pytest.approx(float(cost), abs=0.011)


def test_the_costs_add_up() -> None:
    (total,) = re.findall(r"\*\*all\*\* \| \| \| \*\*([\d.]+)\*\*", RUNBOOK)
    assert len(COSTS) == 25
    assert round(sum(float(cost) for *_, cost in COSTS), 2) == float(total)


def test_the_runbook_names_every_stack() -> None:
    assert {name for name in ORDER if name not in RUNBOOK} == set()


@pytest.mark.parametrize(
    "path", sorted(set(re.findall(r"(?:deploy/|\.github/workflows/)[\w.-]+\.(?:sh|yml|yaml)", RUNBOOK)))
)
def test_what_the_runbook_points_to_exists(path: str) -> None:
    assert (ROOT / path).exists()
