"""What we do not understand survives import, edit, publication, export and import again."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from characters import services
from characters.cards.files import load
from characters.cards.schema import CharacterCard
from characters.tests.factories import draft

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
KEY = st.text("abcxyz_", min_size=1, max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEY, inner, max_size=3),
    max_leaves=8,
)
UNKNOWN = st.dictionaries(st.text("abcxyz", min_size=1, max_size=6).map(lambda name: f"x_{name}"), JSON, max_size=3)


@pytest.mark.parametrize("file_format", ["png", "json"])
def test_unknown_keys_survive_an_edit_and_a_publication(vector, creator, fan, file_format):
    character, _report = services.import_card(creator, "x.png", vector("synthetic/v3_full.png"))
    before = copy.deepcopy(character.card)
    services.update_card(character, data={"personality": "changed"}, cardia={"worldview": "new"})
    services.publish(character)

    made = services.export_card(character, fan, file_format)
    again = load(f"x.{file_format}", made.content).card

    assert again.personality == "changed"
    assert again.cardia.worldview == "new"
    assert again.data["x_data_unknown"] == "keep"
    assert again.envelope["x_top_unknown"] == {"keep": 1}
    assert again.data["extensions"]["ourapp/x"] == {"k": [1, 2]}
    assert again.data["character_book"] == before["character_book"]
    assert again.data["assets"] == before["assets"]
    assert again.data["creation_date"] == 1700000000


def test_export_of_an_export_is_the_same_card(vector, creator):
    character, _report = services.import_card(creator, "s.png", vector("public/SillyTavern__default_Seraphina.png"))
    first = load("a.png", services.export_card(character, creator, "png").content).card
    other, _report = services.import_card(creator, "a.png", services.export_card(character, creator, "png").content)

    opened = load("b.png", services.export_card(other, creator, "png").content)

    def timeless(card: CharacterCard) -> dict:
        return {name: value for name, value in card.data.items() if not name.endswith("_date")}

    assert timeless(opened.card) == timeless(first)
    assert opened.report.warnings == ()


def test_exported_copy_for_old_readers_is_version_two(vector, creator):
    character, _report = services.import_card(creator, "x.png", vector("synthetic/v3_full.png"))
    card = character.draft.as_v2()

    assert card["spec"] == "chara_card_v2"
    assert "nickname" not in card["data"]
    assert card["data"]["character_book"]["entries"][0]["content"] == "lore"
    assert card["data"]["x_data_unknown"] == "keep"


def test_stale_root_copies_follow_the_edit(creator):
    flat = {"name": "Old", "fav": True, "spec": "chara_card_v2", "data": {"name": "Old"}}
    character, _report = services.import_card(creator, "x.json", json.dumps(flat).encode())
    services.update_card(character, data={"name": "New"})

    exported = json.loads(services.export_card(character, creator, "json").content)

    assert (exported["name"], exported["fav"], exported["data"]["name"]) == ("New", True, "New")


@settings(max_examples=60, deadline=None)
@given(root=UNKNOWN, data=UNKNOWN, entry=UNKNOWN, extension=UNKNOWN)
def test_any_unknown_value_survives_an_edit(root, data, entry, extension):
    book = {"entries": [{"keys": ["k"], "content": "c", **entry}]}
    card = {"spec": "chara_card_v3", "spec_version": "3.0", **root}
    card["data"] = {"name": "A", **data, "extensions": extension, "character_book": book}
    read_card = load("a.json", json.dumps(card).encode()).card

    edited = read_card.with_changes(description="edited").with_cardia(worldview="w")
    again = load("a.json", json.dumps(edited.as_v3()).encode()).card

    assert {name: again.envelope[name] for name in root} == root
    assert {name: again.data[name] for name in data} == data
    assert {name: again.data["character_book"]["entries"][0][name] for name in entry} == entry
    assert {name: again.data["extensions"][name] for name in extension} == extension


def test_drawn_face_is_drawn_again_after_the_round_trip(creator):
    character = draft(creator, face={"hair": "variant24"})

    other, _report = services.import_card(creator, "m.png", services.export_card(character, creator, "png").content)

    assert (other.art, other.draft.cardia.face, other.card) == ("", {"hair": "variant24"}, _dated(character, other))


def _dated(character, other) -> dict:
    dates = {name: other.card[name] for name in ("creation_date", "modification_date")}
    return {**character.card, **dates}
