import pytest

from metrics_app.domain.result import METRICS
from metrics_app.domain.weights import standard_weights, weights_with


def test_standard_weights_are_those_of_the_definition() -> None:
    assert dict(standard_weights().weights) == {
        "responsive_maintainer": 0.20,
        "bus_factor": 0.15,
        "review": 0.15,
        "correctness": 0.15,
        "ramp_up": 0.15,
        "good_pinning_practice": 0.10,
        "reproducibility": 0.10,
    }
    assert standard_weights().least_known == 0.6


def test_weight_of_each_metric() -> None:
    weights = standard_weights()
    assert {name: weights.of(name) for name in METRICS} == {
        "bus_factor": 0.15,
        "responsive_maintainer": 0.20,
        "pull_request": 0.15,
        "reviewedness": 0.15,
        "good_pinning_practice": 0.10,
        "license_score": 0.0,
        "correctness": 0.15,
        "ramp_up": 0.15,
        "reproducibility": 0.10,
        "tree_score": 0.0,
        "net_score": 0.0,
    }


def test_override_replaces_what_it_names() -> None:
    changed = weights_with("least_known = 0.3\n[weights]\nreview = 0.5\n")
    assert (changed.least_known, changed.of("pull_request"), changed.of("bus_factor")) == (0.3, 0.5, 0.15)
    assert weights_with("") == standard_weights()


@pytest.mark.parametrize(
    "text",
    [
        "[weights]\ncharm = 0.1",
        "[weights]\nreview = 1.5",
        "[weights]\nreview = -0.1",
        "[weights]\nreview = true",
        '[weights]\nreview = "much"',
        "least_known = 2",
        "colour = 1",
        "weights = 3",
        "[weights",
        "[weights]\n" + "\n".join(f"{name} = 0" for name in standard_weights().weights),
    ],
)
def test_override_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 # TOML's own messages are among them
        weights_with(text)
