"""The lorebook step of the builder: quick rows that lose nothing, in one tab or two."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from characters import entries, services
from characters.services import books
from characters.tests.factories import draft
from characters.tests.test_builder import rows

FIRST = {"keys": ["a"], "content": "old", "x_unknown": 7, "insertion_order": 5, "extensions": {"other": 1}}
SECOND = {"id": 3, "keys": ["b"], "content": "second\r\nline ", "comment": "note", "enabled": True}
ODD = {"id": 9, "keys": ["/a{1,2}/", "x"], "content": "odd", "use_regex": False, "constant": False}


@pytest.fixture
def character(creator):
    character = draft(creator)
    services.update_card(character, entries=[FIRST, SECOND, ODD])
    return character


def refs(character) -> list[str]:
    return [placed.ref for placed in entries.listed(books.book_of(character))]


def posted(character, *changed: dict, first_id: int = 500) -> dict:
    """Return the POST of the page as it is shown, with some rows changed and new ones added."""
    shown = [
        {"ref": refs(character)[0], "name": "", "keys": "a", "content": "old", "enabled": "on"},
        {"ref": "3", "name": "note", "keys": "b", "content": "second\r\nline ", "enabled": "on"},
        {"ref": "9", "name": "", "content": "odd", "enabled": "on"},
    ]
    shown = [row | changed[n] if n < len(changed) else row for n, row in enumerate(shown)]
    return {"first_id": str(first_id)} | rows("lore", *shown, *changed[3:], initial=3)


def step(character) -> str:
    return reverse("characters:step", args=[character.public_id, "lorebook"])


def autosave(character) -> str:
    return reverse("characters:autosave", args=[character.public_id, "lorebook"])


def stored(character) -> list[dict]:
    character.refresh_from_db()
    return character.card["character_book"]["entries"]


def test_saving_what_is_shown_changes_nothing(creator_client, character):
    answer = creator_client.post(step(character), posted(character) | {"go": "stay"})

    assert answer.status_code == 302
    assert stored(character) == [FIRST, SECOND, ODD]


def test_rows_change_only_what_was_changed_and_autosave_repeats_itself(creator_client, character):
    page = posted(
        character, {"content": "new"}, {"DELETE": "on"}, {}, {"keys": "c，d", "content": "third", "enabled": "on"}
    )

    for _ in range(3):
        assert creator_client.post(autosave(character), page).status_code == 200
    third = {"id": 503, "keys": ["c", "d"], "content": "third", "extensions": {}, "enabled": True, "use_regex": False}
    assert stored(character) == [{**FIRST, "id": 500, "content": "new"}, SECOND, ODD, {**third, "insertion_order": 100}]

    creator_client.post(step(character), page)
    assert [entry["content"] for entry in stored(character)] == ["new", "odd", "third"]


def test_a_second_tab_never_touches_the_wrong_entry(creator_client, character):
    first_tab, second_tab = posted(character, {}, {"DELETE": "on"}), posted(character, {}, {"content": "from tab two"})

    creator_client.post(step(character), first_tab)
    answer = creator_client.post(step(character), second_tab)

    assert answer.status_code == 409
    assert b"This entry has changed meanwhile." in answer.content
    assert stored(character) == [FIRST, ODD]


def test_keys_that_commas_cannot_divide_are_left_to_the_full_page(creator_client, character):
    page = creator_client.get(step(character)).content.decode()
    creator_client.post(step(character), posted(character, {}, {}, {"keys": "broken", "content": "odder"}))

    assert 'name="lore-2-keys"' in page
    assert re.search(r'name="lore-2-keys"[^>]*disabled', page)
    assert stored(character)[2] == {**ODD, "content": "odder"}


def test_an_entry_without_a_key_is_refused_at_its_row(creator_client, character):
    answer = creator_client.post(step(character), posted(character, {"keys": " "}))

    assert answer.status_code == 422
    assert "Without a key nothing wakes this entry" in answer.content.decode()
    assert stored(character)[0] == FIRST


def test_a_big_book_is_shown_a_page_at_a_time(creator_client, character, django_assert_num_queries):
    many = [{"id": n, "keys": [f"word{n}"], "content": f"Entry {n}", "extensions": {}} for n in range(10_000)]
    services.update_card(character, entries=many)
    creator_client.get(step(character))  # fills the session's caches

    with django_assert_num_queries(7):
        page = creator_client.get(step(character) + "?page=200")
    found = creator_client.get(step(character) + "?q=word777")

    assert page.content.decode().count('class="rows__row') == 51
    assert "Entry 9999" in page.content.decode()
    assert found.context["page"].paginator.count == 11


@pytest.mark.parametrize("first_id", ["", "x", "-5", "9" * 40, "٣"])
def test_hostile_numbers_of_a_page_are_no_fault_of_the_server(creator_client, character, first_id):
    page = posted(character, {}, {}, {}, {"keys": "c", "content": "third", "enabled": "on"}) | {"first_id": first_id}

    assert creator_client.post(step(character), page).status_code in {302, 422}


def test_a_hostile_row_is_refused(creator_client, character):
    answer = creator_client.post(step(character), posted(character, {"content": "a\x00b"}))

    assert answer.status_code == 422
    assert stored(character) == [FIRST, SECOND, ODD]


def test_a_stranger_finds_no_lorebook(stranger_client, character):
    for address in (step(character), reverse("characters:lorebook-entry", args=[character.public_id, "3"])):
        assert stranger_client.get(address).status_code == 404
