"""The weights and licences that scores are computed with: the standard ones, the operator's own on top."""

from functools import cache

from django.conf import settings

from metrics_app.domain.licence_table import LicenceTable, licences_with, standard_licences
from metrics_app.domain.weights import Weights, standard_weights, weights_with


@cache
def weights() -> Weights:
    """Raises ValueError, OSError."""
    file = settings.WEIGHTS_FILE
    return standard_weights() if file is None else weights_with(file.read_text(encoding="utf-8"))


@cache
def licence_table() -> LicenceTable:
    """Raises ValueError, OSError."""
    file = settings.LICENCES_FILE
    return standard_licences() if file is None else licences_with(file.read_text(encoding="utf-8"))
