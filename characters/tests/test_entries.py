"""Editing a book as JSON: nothing that an edit does not name ever changes."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from characters import entries
from characters.cards.errors import CardRefused, Refusal
from characters.entries import EntryChanged, EntryUnknown

BOOK = {
    "name": "Ships",
    "x_book": {"deep": [1, None]},
    "entries": [
        {"id": 4, "keys": ["lamp"], "content": "It burns.", "x_entry": 7,
         "extensions": {"other": {"a": 1}, "depth": 4}},
        {"keys": ["rope"], "content": "Tarred."},
        "what is this",
        {"keys": ["rope"], "content": "Tarred."},
        {"id": "tide", "keys": ["tide"], "content": "At six."},
        {"id": 9, "keys": ["gull"], "content": "Loud."},
        {"id": 9, "keys": ["fog"], "content": "Thick."},
    ],
}  # fmt: skip


def refs(book=BOOK) -> list[str]:
    return [placed.ref for placed in entries.listed(book)]


def test_every_entry_has_an_address_of_its_own():
    found = refs()

    assert found[0] == "4"
    assert [ref[0] for ref in found[1:]] == ["c", "c", "t", "c", "c"]
    assert found[1].removesuffix(".0") == found[2].removesuffix(".1")
    assert len(set(found)) == 6


def test_a_change_merges_deeply_and_touches_nothing_else():
    before = copy.deepcopy(BOOK)

    book, placed = entries.change(
        BOOK, "4", {"content": "It is out.", "extensions": {"depth": None, "other": {"b": 2}}}
    )

    assert before == BOOK
    assert placed.raw == {"id": 4, "keys": ["lamp"], "content": "It is out.", "x_entry": 7,
                          "extensions": {"other": {"a": 1, "b": 2}}}  # fmt: skip
    assert book["entries"][1:] == BOOK["entries"][1:]
    assert book["x_book"] == BOOK["x_book"]


def test_an_entry_without_an_id_gets_one_on_its_first_edit():
    book, placed = entries.change(BOOK, refs()[2], {"content": "New."})

    assert (placed.ref, placed.index, placed.raw) == ("10", 3, {"id": 10, "keys": ["rope"], "content": "New."})
    assert book["entries"][1] == BOOK["entries"][1]


def test_an_edit_of_what_another_tab_changed_is_refused():
    seen = entries.entry_of(BOOK, "4").seen
    book, _placed = entries.change(BOOK, "4", {"content": "first tab"}, seen=seen)

    with pytest.raises(EntryChanged):
        entries.change(book, "4", {"content": "second tab"}, seen=seen)
    with pytest.raises(EntryUnknown):
        entries.change(entries.remove(book, "4"), "4", {"content": "third tab"})
    assert entries.change(book, "4", {"content": "on purpose"})[1].raw["content"] == "on purpose"


def test_removing_and_reordering_keep_the_rest_in_place():
    book = entries.reorder(BOOK, [refs()[3], "4"])
    book = entries.remove(book, "4")

    assert [entry["content"] if isinstance(entry, dict) else entry for entry in book["entries"]] == [
        *("At six.", "Tarred.", "what is this", "Tarred.", "Loud.", "Thick.")
    ]
    with pytest.raises(EntryUnknown):
        entries.reorder(BOOK, ["4", "4"])


def test_a_new_entry_gets_the_mandatory_fields_and_a_free_id():
    book, placed = entries.add({"entries": [{"id": 2}]}, {"keys": ["a"], "id": 2, "x": 1})

    assert placed.raw == {"use_regex": False, "keys": ["a"], "id": 3, "x": 1, "content": "", "extensions": {},
                          "enabled": True, "insertion_order": 100}  # fmt: skip
    assert book["extensions"] == {}
    assert entries.free_id({"entries": [{"id": 2**53 - 1}, {"id": 0}]}) == 1


def test_imported_entries_keep_ids_that_are_free():
    book = entries.add_all(
        {"entries": [{"id": 1, "content": "mine"}]}, [{"id": 1}, {"id": 5}, {"content": "c"}, {"id": 3}]
    )

    assert [entry.get("id") for entry in book["entries"]] == [1, 2, 5, 3, 4]


@pytest.mark.parametrize(
    ("_case", "entry", "reason", "path"),
    [
        ("NUL", {"keys": ["a\x00"]}, Refusal.BAD_TEXT, "keys[0]"),
        ("lone surrogate", {"extensions": {"a": {"b": "\ud800"}}}, Refusal.BAD_TEXT, "extensions.a.b"),
        ("surrogate as key", {"x\udfff": 1}, Refusal.BAD_TEXT, ""),
        ("keys are no list", {"keys": {"a": 1}}, Refusal.WRONG_TYPE, "keys"),
        ("key is an object", {"keys": ["a", {}]}, Refusal.WRONG_TYPE, "keys[1]"),
        ("too many keys", {"keys": ["a"] * 501}, Refusal.TOO_LONG, "keys"),
        ("giant key", {"keys": ["a" * 200_001]}, Refusal.TOO_LONG, "keys[0]"),
        ("text as order", {"insertion_order": "first"}, Refusal.WRONG_TYPE, "insertion_order"),
        ("endless number", {"priority": 10**400}, Refusal.BAD_NUMBER, ""),
        ("not a number", {"priority": float("nan")}, Refusal.BAD_NUMBER, ""),
    ],
)
def test_hostile_entries_are_refused_with_their_place(_case, entry, reason, path):
    with pytest.raises(CardRefused) as caught:
        entries.add({}, entry)

    assert (caught.value.reason, caught.value.path) == (reason, path)


def test_deep_entries_are_refused():
    deep: dict = {}
    for _ in range(70):
        deep = {"a": deep}

    with pytest.raises(CardRefused) as caught:
        entries.add({}, {"extensions": deep})

    assert caught.value.reason is Refusal.TOO_DEEP


def test_a_full_book_takes_no_more():
    full = {"entries": [{"id": number} for number in range(20_000)]}

    with pytest.raises(CardRefused) as caught:
        entries.add(full, {"keys": ["a"]})

    assert (caught.value.reason, caught.value.path) == (Refusal.TOO_LONG, "entries")


def test_words_find_entries_in_name_keys_and_content():
    found = entries.matching(entries.listed(BOOK), "TARRED rope")

    assert [placed.index for placed in found] == [1, 3]
    assert len(entries.matching(entries.listed(BOOK), "  ")) == 6


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
_ENTRIES = st.lists(
    st.fixed_dictionaries(
        {"keys": st.just(["k"])}, optional={"id": st.integers(-2, 3) | st.sampled_from(["1", "x", ""]), "x": _VALUES}
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(_ENTRIES, st.data())
def test_edits_in_any_order_change_only_their_own_entry(rows, data):
    book = {"entries": rows, "x": 1}
    placed = data.draw(st.sampled_from(entries.listed(book)))
    assert len(set(refs(book))) == len(rows)

    edited, now = entries.change(book, placed.ref, {"content": "edited"}, seen=placed.seen)

    kept = dict(now.raw)
    assert kept.pop("content") == "edited"
    if "id" not in placed.raw or placed.raw["id"] == "":
        kept.pop("id")
    assert kept == {name: value for name, value in placed.raw.items() if name != "id" or value != ""}
    others = [entry for index, entry in enumerate(edited["entries"]) if index != placed.index]
    assert others == [entry for index, entry in enumerate(rows) if index != placed.index]
    assert entries.entry_of(edited, now.ref) == now
