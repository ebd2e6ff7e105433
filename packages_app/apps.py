from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.utils.module_loading import import_string


class PackagesConfig(AppConfig):
    name = "packages_app"
    verbose_name = "Packages"

    def ready(self) -> None:
        register(check_pipeline)


def check_pipeline(**_: object) -> list[CheckMessage]:
    """The queue holds dotted paths into settings.PIPELINE; one that leads nowhere must show before the first job."""
    try:
        for name in ("run", "follow_deletion", "WAIVABLE"):
            import_string(f"{settings.PIPELINE}.{name}")
    except ImportError as error:
        return [Error(f"settings.PIPELINE names no pipeline: {error}", id="packages_app.E001")]
    return []
