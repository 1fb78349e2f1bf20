"""Hidden storylines: before the purchase their text is nowhere. `chat/tests/test_leaks.py` asks every address."""

from __future__ import annotations

import json

import pytest

from billing import services as billing
from characters import services, storylines
from characters.models import CharacterVersion
from characters.tests.factories import SECRET, SECRET_SCENE, draft, live, with_storyline


@pytest.fixture
def character(creator):
    return live(creator, storyline=True)


def test_hidden_text_is_not_in_the_public_columns_of_the_row(character):
    row = json.dumps([character.card, character.taglines, character.tags, character.name])

    assert SECRET not in row
    assert SECRET not in json.dumps(character.published.card)


def test_export_of_a_stranger_has_the_teaser_and_the_price_only(character, stranger):
    made = json.loads(services.export_card(character, stranger, "json").content)

    assert made["data"]["extensions"]["cardia"]["storylines"] == [
        {
            "slug": "the-eleventh-lamp",
            "title": "The eleventh lamp",
            "teaser": "Who lit it before her?",
            "price_coins": 60,
        }
    ]


def test_export_of_the_creator_keeps_everything(character, creator):
    made = json.loads(services.export_card(character, creator, "json").content)

    hidden = made["data"]["extensions"]["cardia"]["storylines"][0]
    assert hidden["knowledge"] == SECRET
    assert hidden["scenes"][0]["setup"] == SECRET_SCENE


def test_after_the_purchase_the_fan_knows_it_and_others_do_not(character, fan, stranger):
    billing.grant_coins(fan, 100, reason="test", key="leak-test-grant")
    offer = character.storylines.get().offer
    assert storylines.unlocked(character.published, fan) == []

    billing.purchase(fan, offer, key="leak-test-buy", expected_price=60)

    known = storylines.unlocked(character.published, fan)
    assert [(story.knowledge, story.scenes[0].setup) for story in known] == [(SECRET, SECRET_SCENE)]
    assert storylines.unlocked(character.published, stranger) == []
    assert SECRET in services.export_card(character, fan, "json").content.decode()
    assert SECRET not in services.export_card(character, stranger, "json").content.decode()


def test_free_first_scene_is_open_and_nothing_else(creator, fan):
    character = draft(creator)
    scenes = [{"title": "One", "setup": "open"}, {"title": "Two", "setup": SECRET_SCENE}]
    with_storyline(character, scenes=scenes, free_first_scene=True)
    services.publish(character)

    trial = storylines.unlocked(character.published, fan)

    assert [(story.is_trial, story.knowledge, [s.title for s in story.scenes]) for story in trial] == [
        (True, "", ["One"])
    ]
    assert SECRET_SCENE not in services.export_card(character, fan, "json").content.decode()


def test_rehearsal_with_the_draft_knows_the_creators_storylines(character, creator, fan):
    rehearsal = CharacterVersion(character=character, number=0, card=character.card)

    assert [story.title for story in storylines.unlocked(rehearsal, creator)] == ["The eleventh lamp"]
    assert storylines.unlocked(rehearsal, fan) == []


def test_import_takes_hidden_text_out_of_the_public_card(character, creator):
    exported = services.export_card(character, creator, "json")

    other, _report = services.import_card(creator, "mira.json", exported.content)

    assert other.storylines.get().knowledge == SECRET
    assert other.storylines.get().offer.price_coins == 60
    assert SECRET not in json.dumps(other.card)


def test_edit_over_the_api_cannot_smuggle_hidden_text_into_the_card(character, creator_client):
    smuggled = {"data": {"extensions": {"cardia": {"storylines": [{"knowledge": SECRET}]}}}}

    answer = creator_client.patch(
        f"/api/v1/studio/characters/{character.public_id}/", smuggled, content_type="application/json"
    )

    character.refresh_from_db()
    assert answer.status_code == 200
    assert SECRET not in json.dumps(character.card)
