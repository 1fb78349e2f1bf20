"""The card as a typed view: lenient where a field is odd, exact where it is right."""

from __future__ import annotations

import pytest

from characters.cards import examples
from characters.cards.cardia import in_language
from characters.cards.examples import Exchange
from characters.cards.schema import CharacterCard, blank


def test_our_fields_read_as_empty_when_they_are_of_another_type():
    card = CharacterCard({"extensions": {"cardia": {"age": "x", "style": [], "catchphrases": "a", "reflexes": 3}}})

    assert card.cardia.age is None
    assert card.cardia.catchphrases == ()
    assert card.cardia.reflexes == {}
    assert card.cardia.style.reply_length == (10, 80)


def test_changes_make_a_new_card_and_keep_the_rest():
    card = blank("Ada").with_cardia(worldview="w", age=30)

    changed = card.with_cardia(age=31, worldview=None).with_changes(name="Bea")

    assert (card.name, card.cardia.age, card.cardia.worldview) == ("Ada", 30, "w")
    assert (changed.name, changed.cardia.age, changed.extension) == ("Bea", 31, {"age": 31})


def test_nickname_stands_for_the_name_in_chats():
    assert blank("Ada").with_changes(nickname="A").char == "A"
    assert blank("Ada").char == "Ada"


def test_examples_are_read_as_exchanges_and_written_back():
    text = "<START>\n{{user}}: hi\n{{char}}: *waves* hello\nyou\n<START>\nAda: alone"

    found = examples.parse(text, name="Ada")

    assert found == (Exchange("hi", "*waves* hello\nyou"), Exchange("", "alone"))
    assert examples.parse(examples.render(found)) == found


@pytest.mark.parametrize(
    ("_case", "text", "plain"),
    [
        ("empty", "", True),
        ("rows", "<START>\n{{user}}: a\n{{char}}: b", True),
        ("old names", "<START>\n<USER>: a\n<BOT>: b", True),
        ("narration before", "A rainy day.\n{{char}}: b", False),
        ("unnamed", "just a text", False),
    ],
)
def test_examples_are_rows_only_when_rows_lose_nothing(_case, text, plain):
    assert examples.is_plain(text) is plain


def test_texts_fall_back_to_the_language_there_is():
    assert in_language({"zh-Hans": "甲", "en": "a"}, "zh-hans") == "甲"
    assert in_language({"en": "a"}, "zh-hans") == "a"
    assert in_language({}, "en") == ""
