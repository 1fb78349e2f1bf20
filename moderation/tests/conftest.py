from __future__ import annotations

import pytest

from accounts.models import User
from moderation.tests import factories


@pytest.fixture(autouse=True)
def _shelf(settings):
    """Moderation alone: its subjects are things of the tests."""
    settings.MODERATION_SUBJECTS = {
        "character": "moderation.tests.factories.FakeCard",
        "reply": "moderation.tests.factories.FakeReply",
        "message": "moderation.tests.factories.FakeMessage",
    }
    factories.SHELF.clear()


@pytest.fixture
def second_moderator(moderator) -> User:
    user = User.objects.create_user("second@cardia.example", "correct horse battery", birth_on=moderator.birth_on)
    user.groups.set(moderator.groups.all())
    return user
