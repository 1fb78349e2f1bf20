"""The park as it is promised: twelve original adults, written out, with secrets that stay secret."""

from __future__ import annotations

import json
import re

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.models import User
from billing import ledger
from characters import avatar
from characters.cards.schema import CharacterCard
from characters.models import Character
from chat.models import Conversation, Message
from companion_site.management.seed.sources import card_data, read_characters
from moderation.models import Case

SOURCES = read_characters(settings.FIXTURES_DIR / "cards")
EMOTIONS = {"joy", "sadness", "anger", "fear", "surprise", "disgust"}
by_slug = pytest.mark.parametrize("source", SOURCES, ids=[source["slug"] for source in SOURCES])


def test_seven_speak_chinese_and_five_english():
    languages = [source["language"] for source in SOURCES]

    assert (languages.count("zh-Hans"), languages.count("en")) == (7, 5)


@by_slug
def test_a_character_is_written_out(source):
    card = CharacterCard(card_data(source))
    text = "".join(source[part] for part in ("description", "worldview", "personality", "backstory"))

    assert len(re.sub(r"\s", "", text)) >= 1000
    assert len(card.greetings) == 3
    assert len(card.examples) >= 12
    assert len(card.book.entries) >= 8
    assert set(source["reflexes"]) == EMOTIONS
    assert all(source["reflexes"].values())
    assert 1 <= len(source["storylines"]) <= 2
    assert all(len(storyline["scenes"]) >= 3 for storyline in source["storylines"])
    assert set(source["tagline"]) == {"zh-Hans", "en"}
    assert source["outage"]
    assert source["age"] >= 18


@by_slug
def test_a_face_is_made_of_parts_that_exist_and_moves(source):
    face = source["face"]
    drawn = {mood: avatar.portrait_svg(face, expression=mood) for mood in ("neutral", "joy", "sadness", "anger")}

    assert avatar.problems(face) == []
    assert avatar.expression_problems(source["expressions"]) == []
    assert len(set(drawn.values())) == 4


@by_slug
def test_secrets_stand_in_no_public_field(source):
    public = json.dumps(card_data(source), ensure_ascii=False)
    size = 8 if source["language"] == "zh-Hans" else 30
    for storyline in source["storylines"]:
        secret = storyline["knowledge"] + "".join(scene["opening"] + scene["goal"] for scene in storyline["scenes"])
        plain = re.sub(r"[\s\"\\]", "", secret)
        shared = [
            plain[i : i + size]
            for i in range(len(plain) - size)
            if plain[i : i + size] in re.sub(r"[\s\"\\]", "", public)
        ]

        assert shared == []


def test_the_seed_fills_the_park_once(db, settings):
    settings.DEMO_PASSWORD = "correct horse battery"

    call_command("seed_demo")
    call_command("seed_demo")

    fan = User.objects.get(email="fan@cardia.example")
    assert Character.objects.live().count() == 12
    assert ledger.balance(fan) == 320
    assert Conversation.objects.filter(fan=fan).count() == 6
    assert Message.objects.filter(created_at__isnull=True).count() == 0
    assert Character.objects.filter(status=Character.Status.IN_REVIEW).count() == 1
    case = Case.objects.get(subject_kind="reply")
    assert case.reports.count() == 1
    heads = [chat.head for chat in Conversation.objects.filter(fan=fan).select_related("head")]
    assert [head.depth + 1 for head in heads] == [len(Message.objects.path_to(head.pk, limit=1000)) for head in heads]


def test_no_demo_account_without_a_password(db, settings):
    settings.DEMO_PASSWORD = ""

    with pytest.raises(CommandError):
        call_command("seed_demo")

    assert User.objects.count() == 0
