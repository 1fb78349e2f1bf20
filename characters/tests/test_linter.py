"""What the card doctor finds."""

from __future__ import annotations

import pytest

from characters.linter import Secret, check
from characters.tests.factories import complete_card
from characters.wording import FINDINGS, finding

SECRET = Secret("Stairs", "The lamp was lit by her drowned sister for eleven years.", ("a scene",))


def codes(card, *secrets: Secret) -> list[str]:
    return [found.code for found in check(card, secrets, count=len)]


def test_a_good_card_has_only_a_tip():
    assert codes(complete_card()) == ["lorebook_empty"]


@pytest.mark.parametrize(
    ("code", "data", "cardia"),
    [
        ("name_missing", {"name": " "}, {}),
        ("description_missing", {"description": "short"}, {}),
        ("greeting_missing", {"first_mes": ""}, {}),
        ("greeting_long", {"first_mes": "x" * 500}, {}),
        ("personality_missing", {"personality": ""}, {}),
        ("world_missing", {"scenario": ""}, {"worldview": ""}),
        ("examples_few", {"mes_example": "<START>\n{{user}}: a\n{{char}}: b"}, {}),
        ("examples_unnamed", {"mes_example": "nobody says this"}, {}),
        ("assistant_voice", {"first_mes": "Hello! How can I help you today?"}, {}),
        ("assistant_voice", {"first_mes": "您好，请问有什么可以帮您？"}, {}),
        ("tags_few", {"tags": []}, {}),
        ("notes_missing", {"creator_notes": ""}, {}),
        ("prompt_long", {"description": "x" * 1600}, {}),
        ("entry_without_keys", {"character_book": {"entries": [{"content": "x", "keys": []}]}}, {}),
        ("entry_key_short", {"character_book": {"entries": [{"content": "x", "keys": ["a"]}]}}, {}),
        ("age_missing", {}, {"age": None}),
        ("age_not_adult", {}, {"age": 17}),
        ("tagline_missing", {}, {"tagline": {}}),
        ("catchphrases_missing", {}, {"catchphrases": []}),
        ("catchphrases_unused", {}, {"catchphrases": ["Ahoy!"]}),
        ("forbidden_said", {}, {"style": {"forbidden": ["kettle"], "summary": "s"}}),
        ("style_missing", {}, {"style": {}}),
        ("reflexes_missing", {}, {"reflexes": {}}),
        ("outage_missing", {}, {"outage": ""}),
        ("backstory_missing", {}, {"backstory": ""}),
        ("face_unknown_parts", {}, {"face": {"hair": "variant99"}}),
    ],
)
def test_doctor_finds(code, data, cardia):
    card = complete_card(**cardia).with_changes(**data)

    assert code in codes(card)


@pytest.mark.parametrize(
    ("code", "secret", "notes"),
    [
        ("secret_in_public", SECRET, "Psst: the LAMP was lit, by her drowned sister for eleven years!"),
        (
            "secret_in_public",
            Secret("雪", "断剑有名字叫阿穗是他四岁的妹妹", ("景",)),
            "他说：断剑有名字，叫阿穗，是他四岁的妹妹。",
        ),
        ("storyline_incomplete", Secret("Empty", "", ()), ""),
    ],
)
def test_doctor_reads_hidden_storylines_too(code, secret, notes):
    assert code in codes(complete_card().with_changes(creator_notes=notes), secret)


def test_a_storyline_that_is_only_hinted_at_is_no_leak():
    card = complete_card().with_changes(creator_notes="Who lit the lamp before her? Ask about her sister.")

    assert codes(card, SECRET) == ["lorebook_empty"]


def test_blockers_come_first_and_every_code_has_its_words():
    found = check(complete_card(age=None, outage="").with_changes(personality=""), [], count=len)

    assert [f.level.value for f in found] == ["blocker", "warning", "tip", "tip"]
    assert all(finding(f) for f in found)
    assert {f.code for f in found} <= set(FINDINGS)
