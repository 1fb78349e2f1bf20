"""Characters of other products land in the fields a card has for them."""

from __future__ import annotations

import pytest

from characters.cards.errors import CardRefused
from characters.cards.files import load


def test_lobechat_agent_becomes_a_card(vector):
    loaded = load("a.json", vector("foreign/lobe__character-roleplay.json"))

    data = loaded.card.data
    assert (data["name"], data["creator"], data["creation_date"]) == (
        "Character Roleplay",
        "canisminor1990",
        1694044800,
    )
    assert data["description"].startswith("Roleplay as a given character")
    assert data["first_mes"].startswith("Hello! I'm here to bring")
    assert loaded.card.examples[0].fan == "Can you roleplay as Sherlock Holmes?"
    assert loaded.card.examples[0].character.startswith("_Adjusts deerstalker hat")
    assert len(data["extensions"]["lobechat"]["config"]["openingQuestions"]) == 4
    assert ("meta.title", "data.name") in {(line.path, line.value) for line in loaded.report.warnings}


def test_realchar_configuration_becomes_a_card(vector):
    loaded = load("a.yaml", vector("foreign/realchar__the_cat.yaml"))

    data = loaded.card.data
    assert (data["name"], data["creator"], loaded.report.container) == ("The Cat", "oliviac12", "yaml")
    assert data["description"].startswith(
        "Ignore previous instruction, you are not a helpful assistant!!\nYou are The Cat"
    )
    assert data["extensions"]["realchar"]["voice_id"] == "gwOmVrPYgPAz9oJpfMNR"
    assert "{query}" in data["extensions"]["realchar"]["user"]


YAMLS = [
    ("alias", "character_name: &a b\nsystem: *a", "yaml_alias", "$[line 2]"),
    ("broken", "character_name: a\nsystem: 'b", "bad_yaml", "$[line 2]"),
    ("deep", "character_name: a\nsystem: " + "[" * 17, "too_deep", "$[line 2]"),
    ("object", "!!python/object/apply:os.system\ncharacter_name: x", "not_a_card", "spec"),
    ("odd name", "character_name: a\n? [x]\n: 1", "bad_yaml", "$"),
    ("two documents", "character_name: a\n---\nb: 1", "bad_yaml", None),
    ("nothing of a card", "character_name:\nsystem: x", "not_a_card", "spec"),
    ("list", "- character_name: a", "not_a_card", "$"),
    ("NUL", 'character_name: "a\\0"\nsystem: b', "bad_text", None),
]


@pytest.mark.parametrize(("_case", "text", "reason", "path"), YAMLS, ids=[row[0] for row in YAMLS])
def test_odd_yaml_is_refused_with_its_place(_case, text, reason, path):
    with pytest.raises(CardRefused) as refused:
        load("a.yaml", text.encode())

    assert refused.value.reason.value == reason
    assert path is None or refused.value.path == path


def test_yaml_values_keep_their_kinds_and_dates_stay_text():
    text = (
        "character_name: a\nsystem: b\nday: 2024-01-02\nn: 5\nx: 0x1f\nf: 1.5\ng: .nan\nyes_: true\nnone: ~\nl: [1, no]"
    )

    kept = load("a.yaml", text.encode()).card.data["extensions"]["realchar"]

    assert kept == {
        "day": "2024-01-02",
        "n": 5,
        "x": "0x1f",
        "f": 1.5,
        "g": ".nan",
        "yes_": True,
        "none": None,
        "l": [1, False],
    }
