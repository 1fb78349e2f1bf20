from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "companion_site.core"
    label = "core"
