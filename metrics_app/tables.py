"""The weights and licences that scores are computed with: the standard ones, the operator's own on top."""

from functools import cache
from pathlib import Path

from django.conf import settings

from metrics_app.domain.licence_table import LicenceTable, licences_with, standard_licences
from metrics_app.domain.weights import Weights, standard_weights, weights_with


@cache
def weights() -> Weights:
    """Raises ValueError, OSError."""
    file = settings.WEIGHTS_FILE
    if file is None:
        return standard_weights()
    return weights_with(file.read_text(encoding="utf-8"), table=_both(standard_weights().table, file))


@cache
def licence_table() -> LicenceTable:
    """Raises ValueError, OSError."""
    file = settings.LICENCES_FILE
    if file is None:
        return standard_licences()
    return licences_with(file.read_text(encoding="utf-8"), table=_both(standard_licences().table, file))


def _both(standard: str, own: Path) -> str:
    return f"{standard}, {own.name} on top"
