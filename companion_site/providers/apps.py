from django.apps import AppConfig


class ProvidersConfig(AppConfig):
    name = "companion_site.providers"
    label = "providers"
