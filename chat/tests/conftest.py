from __future__ import annotations

import pytest

from characters.tests.factories import live
from chat import services, warm
from companion_site.providers import chat_models


@pytest.fixture(autouse=True)
def _chat(settings):
    """Replies are written before the request is answered, inside the test's own transaction."""
    settings.CHAT_REPLY_EAGER = True
    settings.CHAT_DB_THREADS = 0
    warm._warmed.clear()


@pytest.fixture
def model(settings):
    """Script the model: `model(reply="…")` or `replies=[…]`, `fail_with="connect"`; returns the fake."""

    def script(**options):
        settings.CHAT_MODELS = {
            "default": {"BACKEND": "companion_site.providers.fake.FakeChatModel", "OPTIONS": options}
        }
        return chat_models["default"]

    return script


@pytest.fixture
def mira(creator):
    """A live character with reflexes, an outage line and one locked storyline."""
    return live(creator, storyline=True)


@pytest.fixture
def conversation(fan, mira):
    return services.start_conversation(fan, mira)
