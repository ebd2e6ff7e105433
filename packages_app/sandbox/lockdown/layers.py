"""The layers a process can put between itself and the machine, each tried on its own and reported by name.

Order matters: descriptors first, since later layers need none; the kernel's filter last, since it forbids the calls
that set the others up.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

HELD = "held"  # as domain.verdicts reads it, which takes too long to import here


class Missing(Exception):
    """A layer that this deployment requires can't be had here."""


class Report:
    """What held, layer by layer: "held", or "missing: " and the reason."""

    def __init__(self) -> None:
        self.layers: dict[str, str] = {}

    def attempt(self, layer: str, action: Callable[[], None]) -> None:
        """Put `layer`, or one more part of it, in place by `action`, which raises OSError where that can't be done."""
        try:
            action()
        except OSError as problem:
            self.layers[layer] = f"missing: {problem.strerror or problem}"
        else:
            self.layers.setdefault(layer, HELD)

    def demand(self, required: Collection[str], among: Sequence[str]) -> None:
        """Raise Missing, naming the layer, where one of `required` that is in `among` does not hold."""
        for layer in among:
            if layer in required and self.layers.get(layer) != HELD:
                raise Missing(layer)
