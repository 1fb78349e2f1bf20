"""What a lock is, whom it lets in, and that opening a card changes nothing else."""

from __future__ import annotations

import copy
import json

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from characters.cards.schema import CharacterCard, blank
from characters.locks import (
    NOBODY,
    Keys,
    Kind,
    Lock,
    Target,
    follow_greetings,
    greetings_of,
    has_locks,
    locks_of,
    open_card,
    with_lock,
    with_locks,
)

ODD = st.one_of(
    st.booleans(), st.integers(-3, 9), st.floats(allow_nan=False), st.text(max_size=4), st.lists(st.integers())
)
PLAIN = st.fixed_dictionaries(
    {}, optional={"offer": st.sampled_from(["a", "b", "gone"]), "affinity": st.integers(0, 4), "title": st.just("T")}
)
LOCK = st.one_of(
    st.none(), PLAIN, ODD, st.fixed_dictionaries({"offer": ODD}), st.fixed_dictionaries({"price_coins": st.just(3)})
)
KEYS = st.builds(
    Keys, is_owner=st.booleans(), offers=st.frozensets(st.sampled_from(["a", "b"])), affinity=st.integers(0, 5)
)


@st.composite
def cards(draw):
    """Cards whose every lockable text says its own place, so that a lost or leaked one is seen."""
    entries = []
    for n in range(draw(st.integers(0, 4))):
        ours = draw(st.sampled_from([{}, {"kept": n}])) | _given(draw(LOCK))
        extensions = {"depth": n, **({"cardia": ours} if ours else {})}
        entries.append({"keys": [f"key{n}"], "content": f"entry{n}", "odd": {"n": n}, "extensions": extensions})
    entries += draw(st.sampled_from([[], ["no entry"], [{"content": "bare", "extensions": "odd"}]]))
    others = [f"greeting{n}" for n in range(1, draw(st.integers(1, 4)))]
    ours = {"tagline": {"en": "x"}}
    ours |= draw(st.sampled_from([{}, {"voice": {"title": "voice0", "unknown": 1}}, {"voice": "odd"}]))
    if isinstance(ours.get("voice"), dict):
        ours["voice"] |= _given(draw(LOCK))
    locks = draw(st.one_of(st.none(), ODD, st.lists(LOCK, max_size=5)))
    if locks is not None:
        ours["greeting_locks"] = locks
    data = {**blank("Ada").data, "first_mes": "greeting0", "alternate_greetings": others, "unknown": [1, {"two": None}]}
    data["character_book"] = {"entries": entries, "name": "book", "extensions": {}}
    data["extensions"] = {"theirs": {"a": 1}, "cardia": ours}
    return CharacterCard(data, {"spec": "chara_card_v3", "x": 1})


def _given(lock):
    return {"lock": lock} if lock is not None else {}


def says(card, text):
    return f'"{text}"' in json.dumps(card.data)


def word(target):
    return f"{target.kind.value}{target.index}"


@hypothesis(max_examples=150, deadline=None)
@given(card=cards(), keys=KEYS)
def test_what_is_locked_is_gone_and_all_else_stays_value_for_value(card, keys):
    before = copy.deepcopy(card.data)

    opened = open_card(card, keys)

    assert card.data == before
    if keys.is_owner:
        assert opened is card
        return
    shut = {found.target for found in locks_of(card) if not found.lock.opens_to(keys)}
    assert not any(says(opened, word(target)) for target in shut)
    assert locks_of(opened) == ()
    assert "lock" not in json.dumps(opened.data)
    # Everything that was not locked, taken from the card by hand.
    kept = copy.deepcopy(before)
    kept["alternate_greetings"] = [
        text for n, text in enumerate(before["alternate_greetings"], 1) if Target(Kind.GREETING, n) not in shut
    ]
    kept["character_book"]["entries"] = [
        _bare(entry) for n, entry in enumerate(before["character_book"]["entries"]) if Target(Kind.ENTRY, n) not in shut
    ]
    ours = kept["extensions"]["cardia"]
    ours.pop("greeting_locks", None)
    if Target(Kind.VOICE) in shut:
        del ours["voice"]
    elif isinstance(ours.get("voice"), dict):
        ours["voice"].pop("lock", None)
    assert opened.data == kept
    assert opened.envelope == card.envelope


def _bare(entry):
    entry = copy.deepcopy(entry)
    if isinstance(entry, dict) and isinstance(entry["extensions"], dict):
        ours = entry["extensions"].get("cardia", {})
        if ours.pop("lock", None) is not None and not ours:
            del entry["extensions"]["cardia"]
    return entry


@hypothesis(max_examples=60, deadline=None)
@given(card=cards(), keys=KEYS, more=st.integers(0, 5))
def test_more_keys_never_show_less(card, keys, more):
    richer = Keys(keys.is_owner, keys.offers | {"a"}, keys.affinity + more)

    def known(keys):
        text = json.dumps(open_card(card, keys).data)
        return {found.target for found in locks_of(card) if f'"{word(found.target)}"' in text}

    assert known(keys) <= known(richer)
    assert known(NOBODY) <= known(keys)


@pytest.mark.parametrize(
    ("_case", "raw", "keys", "opens"),
    [
        ("offer owned", {"offer": "a"}, Keys(offers=frozenset("a")), True),
        ("offer not owned", {"offer": "a"}, Keys(offers=frozenset("b"), affinity=8), False),
        ("level reached", {"affinity": 3}, Keys(affinity=3), True),
        ("level missing", {"affinity": 3}, Keys(affinity=2), False),
        ("both, level missing", {"offer": "a", "affinity": 3}, Keys(offers=frozenset("a")), False),
        ("both, offer missing", {"offer": "a", "affinity": 3}, Keys(affinity=8), False),
        ("both", {"offer": "a", "affinity": 3}, Keys(offers=frozenset("a"), affinity=3), True),
        ("null is unset", {"offer": None, "affinity": 3}, Keys(affinity=3), True),
        ("nothing asked", {}, Keys(offers=frozenset("a"), affinity=8), False),
        ("level 0 alone", {"affinity": 0}, Keys(affinity=8), False),
        ("a word", "locked", Keys(affinity=8), False),
        ("false", False, Keys(affinity=8), False),
        ("a list", [], Keys(affinity=8), False),
        ("level in words", {"affinity": "1"}, Keys(affinity=8), False),
        ("level true", {"affinity": True}, Keys(affinity=8), False),
        ("level below", {"affinity": -1}, Keys(affinity=8), False),
        ("offer a number", {"offer": 7, "affinity": 1}, Keys(affinity=8), False),
        ("a price nobody put on sale", {"price_coins": 30, "affinity": 1}, Keys(affinity=8), False),
    ],
)
def test_a_lock_opens_to_every_key_it_asks_for_and_a_broken_one_to_its_owner_only(_case, raw, keys, opens):
    lock = Lock.of(raw)

    assert lock.opens_to(keys) is opens
    assert lock.opens_to(Keys(is_owner=True))


def test_no_lock_is_no_lock():
    card = blank("Ada")

    assert Lock.of(None) is None
    assert not has_locks(card)
    assert open_card(card, NOBODY) is card


def greeted(*others, locks=None):
    card = blank("Ada").with_changes(first_mes="first", alternate_greetings=list(others))
    return card.with_cardia(greeting_locks=locks) if locks is not None else card


def test_the_first_greeting_cannot_be_locked_and_numbers_stay_the_same_for_everybody():
    card = greeted("one", "two", "three", locks=["x", None, {"affinity": 2}])

    assert greetings_of(card, NOBODY) == ((0, "first"), (1, "one"), (3, "three"))
    assert greetings_of(card, Keys(affinity=2)) == ((0, "first"), (1, "one"), (2, "two"), (3, "three"))
    assert open_card(card, NOBODY).greetings == ("first", "one", "three")


def test_locks_of_greetings_that_are_no_list_shut_all_but_the_first():
    card = greeted("one", "two", locks={"affinity": "high"})

    assert open_card(card, Keys(affinity=8)).greetings == ("first",)


@pytest.mark.parametrize("target", [Target(Kind.ENTRY, 0), Target(Kind.GREETING, 1), Target(Kind.VOICE)])
def test_a_lock_is_hung_and_taken_away_without_a_trace(target):
    card = greeted("one").with_cardia(voice={"title": "low"}).with_book_entries([{"content": "e", "extensions": {}}])

    locked = with_lock(card, target, {"affinity": 2})

    assert [(found.target, found.lock) for found in locks_of(locked)] == [(target, Lock(affinity=2))]
    assert with_lock(locked, target, None).data == card.data
    assert (
        with_locks(locked, lambda _target, raw: {**raw, "affinity": 5}).data
        == with_lock(card, target, {"affinity": 5}).data
    )


@pytest.mark.parametrize(
    "target", [Target(Kind.ENTRY, 0), Target(Kind.ENTRY, -1), Target(Kind.GREETING, 0), Target(Kind.VOICE)]
)
def test_nothing_is_hung_on_what_is_not_there(target):
    with pytest.raises(LookupError):
        with_lock(blank("Ada"), target, {"affinity": 2})


@pytest.mark.parametrize(
    ("_case", "others", "expected"),
    [
        ("moved", ["two", "one"], [None, {"affinity": 2}, None]),
        ("one removed before it", ["two"], [None, {"affinity": 2}]),
        ("itself edited", ["one", "two, edited"], [None, None, {"affinity": 2}]),
        ("edited and moved up", ["two, edited"], [None, {"affinity": 2}]),
        ("itself removed", ["one"], None),
        ("others added", ["zero", "one", "two"], [None, None, None, {"affinity": 2}]),
    ],
)
def test_an_editor_that_knows_no_locks_leaves_them_on_their_texts(_case, others, expected):
    before = greeted("one", "two", locks=[None, None, {"affinity": 2}])

    after = follow_greetings(before, before.with_changes(alternate_greetings=others))

    assert after.extension.get("greeting_locks") == expected


def test_locks_given_with_the_greetings_are_taken_as_they_are():
    before = greeted("one", "two", locks=[None, None, {"affinity": 2}])
    after = before.with_changes(alternate_greetings=["two"]).with_cardia(greeting_locks=[None, None])

    assert follow_greetings(before, after) is after
