"""Lorebooks that stand alone: kept, edited, taken out again; and the same edits on a character's and a storyline's."""

from __future__ import annotations

import copy

import pytest

from accounts.models import Persona
from characters import services
from characters.exceptions import BookRefused, CardUnreadable, DraftLocked, EntryStale, TooManyBooks
from characters.exports import export_books
from characters.models import WorldBook
from characters.services import books
from characters.tests.factories import draft, with_storyline

BOOK = {
    "name": "Harbour",
    "scan_depth": 3,
    "x_book": [1],
    "extensions": {"other": True},
    "entries": [{"id": 1, "keys": ["lamp"], "content": "It burns.", "x_entry": {"a": None}, "extensions": {"y": 2}}],
}


@pytest.fixture
def harbour(creator):
    return books.create_book(creator, data=copy.deepcopy(BOOK))


def stored(book: WorldBook) -> dict:
    return WorldBook.objects.get(pk=book.pk).data


def test_a_form_edit_keeps_what_the_form_does_not_know(harbour):
    books.update_book(harbour, description="By the sea.", scan_depth=None, is_everywhere=True)
    books.update_entry(harbour, "1", {"content": "It is out."})

    wanted = {**BOOK, "description": "By the sea.", "entries": [{**BOOK["entries"][0], "content": "It is out."}]}
    del wanted["scan_depth"]
    assert stored(harbour) == wanted
    assert WorldBook.objects.get().is_everywhere


def test_an_empty_book_has_a_name_and_mandatory_fields(creator):
    book = books.create_book(creator, name="  The \n lighthouse ")

    assert (book.name, book.data["extensions"], book.data["entries"]) == ("The lighthouse", {}, [])


def test_two_tabs_never_change_the_wrong_entry(harbour):
    books.add_entry(harbour, {"keys": ["rope"], "content": "Tarred."})
    seen = books.placed(harbour, "1").seen
    first_tab, second_tab = WorldBook.objects.get(), WorldBook.objects.get()

    books.remove_entry(first_tab, "1")
    with pytest.raises(EntryStale):
        books.update_entry(second_tab, "1", {"content": "gone"}, seen=seen)

    assert [entry["content"] for entry in stored(harbour)["entries"]] == ["Tarred."]


def test_a_refused_edit_changes_nothing(harbour):
    before = stored(harbour)

    with pytest.raises(BookRefused) as caught:
        books.update_entry(harbour, "1", {"keys": ["a\x00"]})

    assert (caught.value.status, caught.value.field, caught.value.extra["reason"]) == (422, "keys[0]", "bad_text")
    assert stored(harbour) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [("name", [1]), ("name", "\ud800"), ("scan_depth", "many"), ("scan_depth", True), ("token_budget", -1),
     ("recursive_scanning", "yes"), ("description", "x" * 200_001)],
)  # fmt: skip
def test_wrong_settings_are_refused(harbour, name, value):
    before = stored(harbour)

    with pytest.raises(BookRefused) as caught:
        books.update_book(harbour, **{name: value})

    assert caught.value.field.partition("[")[0] == name
    assert stored(harbour) == before


def test_a_broken_file_is_refused_with_its_place(creator):
    with pytest.raises(CardUnreadable) as caught:
        books.import_book(creator, "x.json", b'{"spec": "lorebook_v3", "data": {"entries": 3}}')

    assert caught.value.extra["path"]
    assert not WorldBook.objects.exists()


def test_a_full_shelf_takes_no_more(creator, harbour):
    with pytest.raises(TooManyBooks):
        books.create_book(creator, name="One more", limit=1)

    assert list(creator.world_books.all()) == [harbour]


def test_a_book_hangs_on_ones_own_personas_only(creator, fan, harbour):
    mine = Persona.objects.create(user=creator, name="Captain")
    theirs = Persona.objects.create(user=fan, name="Cook")

    books.attach_to_personas(harbour, [mine, theirs])

    assert list(harbour.personas.all()) == [mine]


def test_a_character_and_a_storyline_are_edited_by_the_same_functions(creator):
    character = draft(creator)
    story = with_storyline(character)

    for holder in (character, story):
        made = books.add_entry(holder, {"keys": ["bell"], "content": "Rung once."})
        books.update_entry(holder, made.ref, {"extensions": {"depth": 2}})
        books.configure(holder, {"token_budget": 300})

    character.refresh_from_db()
    story.refresh_from_db()
    for book in (character.card["character_book"], story.lorebook):
        assert (book["token_budget"], [entry["extensions"] for entry in book["entries"]]) == (300, [{"depth": 2}])
    assert character.draft.description.startswith("Keeper")


def test_nothing_changes_while_a_moderator_reads(creator):
    character = draft(creator)
    story = with_storyline(character)
    services.submit_for_review(character)

    for holder in (character, story):
        with pytest.raises(DraftLocked):
            books.add_entry(holder, {"keys": ["bell"]})
    character.refresh_from_db()
    assert "character_book" not in character.card


def test_books_are_in_what_one_takes_along(creator, fan, harbour):
    mine = Persona.objects.create(user=creator, name="Captain")
    books.attach_to_personas(harbour, [mine])

    assert export_books(creator) == [
        {"spec": "lorebook_v3", "data": BOOK, "is_everywhere": False, "personas": ["Captain"]}
    ]
    assert export_books(fan) == []
