from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "registry_project"
    verbose_name = "Registry"
