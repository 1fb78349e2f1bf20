from django.apps import AppConfig


class CompanionSiteConfig(AppConfig):
    name = "companion_site"
