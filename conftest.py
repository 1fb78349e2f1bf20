"""The actors of every story, and a floor that is the same on every machine."""

from __future__ import annotations

import os
import tempfile
from datetime import date
from pathlib import Path

# The settings read the environment before `.env`: what a developer keeps there must not reach the suite.
# So these come first, and Django is set up here rather than by the ini file.
os.environ.setdefault("TEST_REDIS_URL", os.environ.get("REDIS_URL", ""))
for _name in ("REDIS_URL", "OPENAI_BASE_URL", "OPENAI_API_KEY", "STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET"):
    os.environ[_name] = ""
os.environ["SECRET_KEY"] = "only-for-tests-0123456789-0123456789-0123456789-abcdef"
os.environ["VAR_DIR"] = str(Path(tempfile.gettempdir()) / f"cardia-tests-{os.getuid()}")
os.environ["CELERY_BROKER_URL"] = "memory://"
os.environ.setdefault("DATABASE_URL", "sqlite:///test.sqlite3")
os.environ["DJANGO_SETTINGS_MODULE"] = "companion_site.settings"
(Path(os.environ["VAR_DIR"]) / "static").mkdir(parents=True, exist_ok=True)

import django  # noqa: E402

django.setup()

import pytest  # noqa: E402
from django.contrib.auth.models import Group  # noqa: E402
from django.core.cache import cache  # noqa: E402
from django.test import Client  # noqa: E402
from hypothesis import settings as properties  # noqa: E402

from accounts.models import User  # noqa: E402

# The same examples on every run: what passes here passes there. HYPOTHESIS_PROFILE=search looks for new ones.
properties.register_profile("same", derandomize=True)
properties.register_profile("search")
properties.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "same"))


@pytest.fixture(autouse=True)
def _floor(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.CHAT_MODELS = {"default": {"BACKEND": "companion_site.providers.fake.FakeChatModel", "OPTIONS": {}}}
    settings.CHAT_ROUTES = settings.CHAT_PRICES = {}
    settings.EMBEDDING_MODELS = {"default": {"BACKEND": "companion_site.providers.fake.FakeEmbedder", "OPTIONS": {}}}
    cache.clear()


def _user(name: str, **fields: object) -> User:
    return User.objects.create_user(
        f"{name}@cardia.example",
        "correct horse battery",
        display_name=name.capitalize(),
        **{"birth_on": date(1996, 5, 4), "language": "en", **fields},
    )


@pytest.fixture
def fan(db) -> User:
    return _user("fan")


@pytest.fixture
def creator(db) -> User:
    return _user("creator")


@pytest.fixture
def stranger(db) -> User:
    return _user("stranger")


@pytest.fixture
def moderator(db) -> User:
    user = _user("moderator")
    user.groups.add(Group.objects.get_or_create(name="moderators")[0])
    return user


@pytest.fixture
def trainer(db) -> User:
    user = _user("trainer")
    user.groups.add(Group.objects.get_or_create(name="trainers")[0])
    return user


def _client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def fan_client(fan) -> Client:
    return _client(fan)


@pytest.fixture
def creator_client(creator) -> Client:
    return _client(creator)


@pytest.fixture
def moderator_client(moderator) -> Client:
    return _client(moderator)


@pytest.fixture
def trainer_client(trainer) -> Client:
    return _client(trainer)


@pytest.fixture
def stranger_client(stranger) -> Client:
    return _client(stranger)
