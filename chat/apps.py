from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "chat"

    def ready(self) -> None:
        import chat.checks  # noqa: F401
        from chat import receivers

        receivers.connect()
