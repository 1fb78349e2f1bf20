"""The chat model that comes with the house: `manage.py serve_model` on this machine."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from companion_site.providers.embedded.catalogue import chat_model_file
from companion_site.providers.openai_compatible import OpenAICompatibleChatModel, Patience

# Two cores read some hundred tokens of prompt a second; four fans may ask at once, and a cold prompt waits behind them.
PATIENCE = Patience(first_token=90.0)


class EmbeddedChatModel(OpenAICompatibleChatModel):
    """The model server of this installation (`MODEL_SERVER_URL`)."""

    def __init__(self) -> None:
        super().__init__(
            Path(chat_model_file().name).stem, base_url=settings.MODEL_SERVER_URL, dialect="llama", patience=PATIENCE
        )

    @property
    def name(self) -> str:
        return f"embedded/{self.model}"
