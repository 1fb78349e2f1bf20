"""Hidden storylines: before the purchase their text is nowhere, whoever asks and however."""

from __future__ import annotations

import base64
import json
import re

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from billing import services as billing
from characters import services, storylines
from characters.models import CharacterVersion
from characters.tests.factories import SECRET, SECRET_SCENE, draft, live, with_storyline

MARKS = [SECRET, SECRET_SCENE, "drowned sister", "wet lantern"]


@pytest.fixture
def character(creator):
    return live(creator, storyline=True)


def every_address(character) -> list[str]:
    """Return every GET address of the app, filled in for this character."""
    storyline = character.storylines.get()
    values = {
        "slug": character.slug,
        "public_id": character.public_id,
        "storyline_id": storyline.public_id,
        "expression": "joy",
        "file_format": "json",
        "name": "hair",
        "variant": "variant01",
        "number": 1,
    }
    found = []
    for prefix, namespace in (("", "characters"), ("v1:", "characters")):
        resolver = get_resolver()
        for name in prefix.split(":")[:-1]:
            resolver = resolver.namespace_dict[name][1]
        for pattern in resolver.namespace_dict[namespace][1].url_patterns:
            wanted = pattern.pattern.converters
            arguments = {key: values[key] for key in wanted}
            found.append(reverse(f"{prefix}{namespace}:{pattern.name}", kwargs=arguments))
            if "slug" in wanted and "public_id" in wanted:
                found += [
                    reverse(f"{namespace}:{pattern.name}", kwargs={**arguments, "slug": step})
                    for step in ("storyline", "review", "identity", "face", "greeting", "lorebook")
                ]
            if "file_format" in wanted:
                found.append(reverse(f"{prefix}{namespace}:{pattern.name}", kwargs={**arguments, "file_format": "png"}))
    return [*found, "/discover/?q=drowned", "/discover/?q=lamp", "/api/v1/characters/?q=drowned"]


def readable(content: bytes) -> str:
    """Return the body with the card chunks of a PNG unpacked, so that nothing hides in base64."""
    text = content.decode("utf-8", "replace")
    for packed in re.findall(rb"[A-Za-z0-9+/]{200,}", content):
        text += base64.b64decode(packed[: len(packed) // 4 * 4]).decode("utf-8", "replace")
    return text


@pytest.mark.parametrize("role", ["anonymous", "fan", "stranger", "moderator", "trainer"])
def test_hidden_text_is_in_no_answer(request, character, role):
    client = Client() if role == "anonymous" else request.getfixturevalue(f"{role}_client")

    for address in every_address(character):
        for method in ("get", "post", "put", "patch", "delete"):
            if method == "delete" and "like" not in address:
                continue
            answer = getattr(client, method)(address, headers={"Accept": "*/*"})
            body = readable(answer.content) + str(answer.headers)
            assert answer.status_code < 500, (method, address)
            assert not any(mark in body for mark in MARKS), (method, address)


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
