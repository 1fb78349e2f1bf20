from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "companion_site.core"
    label = "core"

    def ready(self) -> None:
        from companion_site.core import leases

        leases.watch()
