"""The doctor on what a card asks in vain, and on secrets said in the open."""

from __future__ import annotations

import pytest

from characters.cards.schema import CharacterCard
from characters.giveaways import Secret
from characters.linter import check
from characters.locks import Kind, Target, with_lock
from characters.tests.factories import complete_card
from characters.wording import finding

SECRET = "The lamp was lit by her drowned sister, every night for eleven years."


def codes(card, secrets=(), files=None):
    return [(one.level.value, one.code, one.step) for one in check(card, secrets, count=len, files=files)]


def entry(**fields):
    return {"keys": ["lamp"], "content": "It burns.", "extensions": {}, **fields}


@pytest.mark.parametrize(
    ("_case", "changes", "code", "step", "words"),
    [
        (
            "a macro nobody knows",
            {"description": "She keeps {{frobnicate::x}} and counts the ships of {{user}}."},
            "macro_unknown",
            "identity",
            "Nobody here knows the macro “{{frobnicate}}”; it stays in the text as it is.",
        ),
        (
            "a pattern that could run for ever",
            {"character_book": {"entries": [entry(keys=[r"/(?=lamp)x/"], name="Oil")]}},
            "key_pattern_off",
            "lorebook",
            "A pattern among the keys of “Oil” cannot be used, so it wakes nothing.",
        ),
        (
            "a decorator nobody knows",
            {"character_book": {"entries": [entry(content="@@depth 2\n@@sparkle 3\nIt burns.")]}},
            "decorator_unknown",
            "lorebook",
            "“#1” begins with @@sparkle, which nobody here knows; it has no effect.",
        ),
        (
            "a file that did not come along",
            {"assets": [{"type": "emotion", "uri": "embeded://joy.png", "name": "joy", "ext": "png"}]},
            "asset_dangling",
            "face",
            "The file behind the asset “joy” did not come with the card.",
        ),
        (
            "an address of no kind we know",
            {"assets": [{"type": "emotion", "uri": "ftp://joy.png", "name": "joy", "ext": "png"}]},
            "asset_dangling",
            "face",
            "The file behind the asset “joy” did not come with the card.",
        ),
    ],
)
def test_what_a_card_asks_in_vain_is_said(_case, changes, code, step, words):
    card = complete_card().with_changes(**changes)

    found = [one for one in check(card, (), count=len, files={"other.png"}) if one.code == code]

    assert [(one.level.value, one.step, finding(one)) for one in found] == [("warning", step, words)]


def test_what_the_engines_do_is_not_complained_of():
    card = complete_card().with_changes(
        description="{{char}} counts {{random:one,two}} ships for {{user}}. {{// a note}}{{getvar::x}}",
        assets=[
            {"type": "icon", "uri": "ccdefault:", "name": "main", "ext": "png"},
            {"type": "emotion", "uri": "embeded://joy.png", "name": "joy", "ext": "png"},
            {"type": "background", "uri": "https://example.com/sea.png", "name": "sea", "ext": "png"},
        ],
        character_book={"entries": [entry(keys=["/lam+p/i"], content="@@depth 2\n@@@role system\nIt burns.")]},
    )

    assert not {code for _level, code, _step in codes(card, files={"joy.png"})} & {
        "macro_unknown",
        "key_pattern_off",
        "decorator_unknown",
        "asset_dangling",
    }


def test_a_locked_first_greeting_and_a_broken_lock_are_named():
    card = complete_card().with_cardia(greeting_locks=[{"affinity": 2}, "shut"])

    assert {("warning", "first_greeting_locked", "greeting"), ("warning", "lock_broken", "greeting")} <= set(
        codes(card)
    )


@pytest.mark.parametrize(
    ("_case", "changes", "envelope"),
    [
        ("the description", {"description": f"A keeper. {SECRET.upper()}"}, {}),
        ("a field nobody knows", {"x_notes": {"deep": [SECRET]}}, {}),
        ("another greeting", {"alternate_greetings": ["Hi.", f"*sighs* {SECRET}"]}, {}),
        ("a root key of the file", {}, {"character_book": {"entries": [{"content": SECRET}]}}),
    ],
)
def test_a_locked_text_said_in_the_open_keeps_the_card_from_review(_case, changes, envelope):
    card = complete_card().with_changes(**changes).with_book_entries([entry(content=SECRET, name="Oil")])
    card = CharacterCard(card.data, envelope)
    locked = with_lock(card, Target(Kind.ENTRY, 0), {"affinity": 2})

    assert ("blocker", "lock_in_public", "lorebook") in codes(locked)
    assert "lock_in_public" not in {code for _level, code, _step in codes(card)}


def test_a_secret_in_a_locked_entry_is_not_public():
    card = complete_card().with_book_entries([entry(content=SECRET)])
    secret = Secret("The lamp", SECRET, ("A scene.",))
    locked = with_lock(card, Target(Kind.ENTRY, 0), {"affinity": 2})

    assert ("blocker", "secret_in_public", "storyline") in codes(card, [secret])
    assert not {"secret_in_public", "lock_in_public"} & {code for _level, code, _step in codes(locked, [secret])}
