from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register

from metrics_app import tables


class MetricsConfig(AppConfig):
    name = "metrics_app"
    verbose_name = "Metrics"

    def ready(self) -> None:
        register(check_tables)


def check_tables(**_: object) -> list[CheckMessage]:
    """An operator's table that can't be read must show at the start, not in every score."""

    found: list[CheckMessage] = []
    for variable, read in (("REGISTRY_WEIGHTS_FILE", tables.weights), ("REGISTRY_LICENCES_FILE", tables.licence_table)):
        try:
            read()
        except (ValueError, OSError) as error:
            found.append(Error(f"{variable}: {error}", id="metrics_app.E001"))
    return found
