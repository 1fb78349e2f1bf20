"""Vendors behind Protocols, chosen by settings like Django's storages."""

from __future__ import annotations

from companion_site.core.backends import Backends
from companion_site.providers.base import ChatModel, EmbeddingModel

_REMOTE = "companion_site.providers.openai_compatible.OpenAICompatibleChatModel"

chat_models: Backends[ChatModel] = Backends("CHAT_MODELS", usual=_REMOTE)
embedders: Backends[EmbeddingModel] = Backends("EMBEDDING_MODELS")
