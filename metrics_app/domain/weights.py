"""What each metric counts for in the net score: data, in tables/weights.toml, that an operator may change."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources

TABLE = "weights.toml"
#: The two metrics that the one weight "review" stands for, the one that is looked at first first.
REVIEW = ("pull_request", "reviewedness")


@dataclass(frozen=True)
class Weights:
    """`weights` by metric ("review" once for both review metrics); `least_known` is a share of their sum, 0 to 1.

    `table` names the files that say so.
    """

    weights: Mapping[str, float]
    least_known: float
    table: str = TABLE

    def of(self, metric: str) -> float:
        """The weight of `metric`, 0 for those outside the net score."""
        return self.weights.get("review" if metric in REVIEW else metric, 0.0)


@cache
def standard_weights() -> Weights:
    text = resources.files(__package__).joinpath(f"tables/{TABLE}").read_text(encoding="utf-8")
    return _read(tomllib.loads(text), {}, 0.0)


def weights_with(override: str, *, table: str = TABLE) -> Weights:
    """The standard weights, those in the TOML text `override` replaced; raises ValueError for anything else."""
    standard = standard_weights()
    return replace(_read(tomllib.loads(override), standard.weights, standard.least_known), table=table)


def _read(data: Mapping[str, object], weights: Mapping[str, float], least_known: float) -> Weights:
    given = data.get("weights", {})
    if (
        not isinstance(given, dict)
        or (weights and given.keys() - weights.keys())
        or data.keys() - {"weights", "least_known"}
    ):
        raise ValueError(f"A weights file holds least_known and, under [weights], some of {', '.join(weights)}.")
    numbers = {**weights, **given, "least_known": data.get("least_known", least_known)}
    for name, number in numbers.items():
        if isinstance(number, bool) or not isinstance(number, int | float) or not 0 <= number <= 1:
            raise ValueError(f"{name} must be a number from 0 to 1, not {number!r}.")
    share = float(numbers.pop("least_known"))
    if not any(numbers.values()):
        raise ValueError("At least one weight must be more than 0.")
    return Weights({name: float(number) for name, number in numbers.items()}, share)
