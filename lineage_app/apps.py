from django.apps import AppConfig


class LineageConfig(AppConfig):
    name = "lineage_app"
    verbose_name = "Lineage"
