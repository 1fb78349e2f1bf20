"""The entry's page over entries nobody would write: what is shown and sent back unchanged changes nothing."""

from __future__ import annotations

from django.http import QueryDict
from hypothesis import example, given, settings
from hypothesis import strategies as st

from characters.cards.schema import blank
from characters.forms.entry import EntryForm
from characters.forms.lore import LorebookForm, LoreEdits
from characters.forms.slots import SLOTS, put

_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12) | st.sampled_from(
    ["a\r\nb", "\n a ", "a, b", "/x{1,2}/i", "@@depth 3\nx", "  "]
)
_SCALAR = (
    st.none()
    | st.booleans()
    | st.integers(-3, 2_000_000)
    | st.floats(-5, 5).map(lambda number: round(number, 2))
    | _TEXT
)
_VALUE = _SCALAR | st.lists(_SCALAR, max_size=3) | st.dictionaries(st.sampled_from(["a", "names"]), _SCALAR, max_size=2)
_CHECKED = {  # an import refuses these fields in any other shape
    "keys": st.lists(_TEXT, max_size=3),
    "content": _TEXT,
    "name": _TEXT,
    "comment": _TEXT,
    "insertion_order": st.integers(-5, 5) | st.floats(-5, 5),
    "priority": st.none() | st.integers(-5, 5) | st.floats(-5, 5),
    **{name: st.booleans() for name in ("enabled", "constant", "selective", "use_regex", "case_sensitive")},
}


@st.composite
def any_entry(draw):
    entry: dict = {"extensions": {"x_other": 1}, "x_unknown": [None]}
    for slot in SLOTS.values():
        if draw(st.booleans()):
            top = entry if len(slot.path) == 1 else entry["extensions"]
            value = draw(_CHECKED.get(slot.path[0], _VALUE)) if len(slot.path) == 1 else draw(_VALUE)
            if len(slot.path) < 3:
                top[slot.path[-1]] = value
            elif not isinstance(top.get(slot.path[1]), str | int | float | list):
                put(entry, slot.path, value) if isinstance(top.get(slot.path[1], {}), dict) else None
    return entry


def sent(form: EntryForm) -> QueryDict:
    """Return what a browser sends of the page: line ends as CRLF, what is off not at all."""
    data = QueryDict(mutable=True)
    for name, field in form.fields.items():
        value = form.initial[name]
        if isinstance(value, list):
            data.setlist(name, value)
        elif isinstance(value, bool):
            if value:
                data[name] = "on"
        else:
            shown = field.widget.format_value(field.prepare_value(value)) or ""
            shown = shown[0] if isinstance(shown, list) else shown
            data[name] = str(shown).replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    return data


@settings(max_examples=60, deadline=None)
@example({"keys": ["a"], "extensions": {"position": 9, "role": "user", "depth": 2.5, "delay_until_recursion": True}})
@example({"keys": ["a"], "extensions": {"character_filter": [1], "triggers": ["x", 3], "group": "a\rb"}})
@given(any_entry())
def test_what_comes_back_as_it_was_shown_changes_nothing(entry):
    form = EntryForm(sent(EntryForm(entry=entry)), entry=entry)

    assert form.is_valid(), form.errors
    assert form.changes() == {}


@settings(max_examples=25, deadline=None)
@given(any_entry())
def test_one_changed_word_changes_one_key(entry):
    data = sent(EntryForm(entry=entry))
    data["content"] = "Something else entirely."
    form = EntryForm(data, entry=entry)

    assert form.is_valid(), form.errors
    assert form.changes() == {"content": "Something else entirely."}


@settings(max_examples=40, deadline=None)
@example([{"name": "n" * 300, "keys": ["k" * 5000], "content": "c"}])
@example([{"keys": [" "], "content": "0"}])
@given(st.lists(any_entry(), max_size=3))
def test_quick_rows_that_come_back_as_they_were_shown_change_nothing(found):
    card = blank("Ada").with_book_entries(found)
    page = LorebookForm(card=card)
    data = QueryDict(mutable=True)
    data.update({"lore-TOTAL_FORMS": str(len(found)), "lore-INITIAL_FORMS": str(len(found)), "first_id": "900"})
    for number, row in enumerate(page.rows.forms[: len(found)]):
        for name, value in row.initial.items():
            if value is True:
                data[f"lore-{number}-{name}"] = "on"
            elif isinstance(value, str):
                data[f"lore-{number}-{name}"] = value.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    form = LorebookForm(data, card=card)

    assert form.is_valid(), [row.errors for row in form.rows]
    assert form.edits() == LoreEdits()
