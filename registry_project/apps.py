from importlib import import_module

from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "registry_project"
    verbose_name = "Registry"

    def ready(self) -> None:
        import_module("registry_project.checks")  # its checks register themselves
        for watcher in ("activity", "occurrences"):
            import_module(f"registry_project.watching.{watcher}").connect()
