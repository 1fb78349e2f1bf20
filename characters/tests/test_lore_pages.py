"""One entry with all its fields, and the pages around a lorebook."""

from __future__ import annotations

import copy
import io
import json

import pytest
from django.urls import reverse

from accounts.models import Persona
from billing.models import Offer
from characters import services
from characters.forms.entry import EntryForm
from characters.models import WorldBook
from characters.services import books
from characters.tests.factories import draft, with_storyline

FULL = {
    "id": 7,
    "name": "Lamp",
    "comment": "mine",
    "keys": ["lamp", "a, b", "/c{1,2}/i"],
    "secondary_keys": ["oil"],
    "content": "\n It burns.\r\nStill. ",
    "enabled": True,
    "constant": False,
    "selective": True,
    "insertion_order": 12.5,
    "priority": 3,
    "position": "after_char",
    "use_regex": False,
    "case_sensitive": None,
    "x_entry": [{"a": 1}],
    "extensions": {
        "position": 4,
        "depth": 9_999_999,
        "role": 2,
        "selectiveLogic": 3,
        "probability": 40,
        "useProbability": True,
        "group": "light,\nsea",
        "group_weight": 50,
        "delay_until_recursion": True,
        "sticky": 2,
        "match_scenario": True,
        "triggers": ["swipe", "x_custom"],
        "character_filter": {"isExclude": True, "names": ["Mira"], "tags": [], "x": 1},
        "case_sensitive": None,
        "other": {"deep": True},
    },
}


@pytest.fixture
def book(creator):
    return books.create_book(creator, name="Harbour", data={"entries": [copy.deepcopy(FULL)], "x_book": 1})


def as_posted(form: EntryForm) -> dict[str, object]:
    """Return what a browser sends when nothing was changed."""
    out: dict[str, object] = {}
    for name, field in form.fields.items():
        value = form.initial[name]
        if value is True:
            out[name] = "on"
        elif isinstance(value, list):
            out[name] = value
        elif value not in (None, False):
            out[name] = str(value).replace("\r\n", "\n").replace("\n", "\r\n")
        elif not isinstance(value, bool):
            out[name] = ""
        assert field
    return out


def entry_page(book, action: str = "entry") -> str:
    return reverse(f"characters:book-{action}", args=[book.public_id, "7"])


def stored(book) -> dict:
    return WorldBook.objects.get(pk=book.pk).data


def test_an_entry_saved_as_it_is_shown_stays_as_it_is(creator_client, book):
    before = stored(book)
    page = creator_client.get(entry_page(book))

    answer = creator_client.post(entry_page(book), as_posted(page.context["form"]))

    assert answer.status_code == 302
    assert stored(book) == before


def test_every_field_lands_where_its_format_wants_it(creator_client, book):
    form = EntryForm()
    page = as_posted(form) | {
        "name": "Bell", "keys": "bell\r\nding, dong", "content": "Rung once.", "constant": "on", "comment": "note",
        "secondary_keys": "rope", "selective": "on", "logic": "2", "use_regex": "", "case_sensitive": "true",
        "whole_words": "false", "scan_depth": "6", "semantic": "on", "position": "4", "order": "20", "priority": "5",
        "depth": "0", "role": "1", "outlet": "", "ignore_budget": "on", "probability": "30", "sticky": "1",
        "cooldown": "2", "delay": "3", "triggers": ["swipe"], "group": "sound", "group_weight": "10",
        "group_override": "on", "group_scoring": "true", "exclude_recursion": "on", "prevent_recursion": "on",
        "delay_until_recursion": "2", "only_names": "Mira", "only_tags": "sea", "is_exclude": "on",
        "match_scenario": "on",
    }  # fmt: skip

    answer = creator_client.post(reverse("characters:book-entry-add", args=[book.public_id]), page)

    assert answer.status_code == 302, answer.context["form"].errors
    assert stored(book)["entries"][1] == {
        "id": 8, "name": "Bell", "keys": ["bell", "ding, dong"], "content": "Rung once.", "constant": True,
        "comment": "note", "secondary_keys": ["rope"], "selective": True, "case_sensitive": True, "enabled": True,
        "use_regex": False, "insertion_order": 20, "priority": 5, "position": "after_char",
        "extensions": {
            "selectiveLogic": 2, "match_whole_words": False, "scan_depth": 6, "vectorized": True, "position": 4,
            "depth": 0, "role": 1, "ignore_budget": True, "probability": 30, "useProbability": True, "sticky": 1,
            "cooldown": 2, "delay": 3, "triggers": ["swipe"], "group": "sound", "group_weight": 10,
            "group_override": True, "use_group_scoring": True, "exclude_recursion": True, "prevent_recursion": True,
            "delay_until_recursion": 2, "match_scenario": True,
            "character_filter": {"names": ["Mira"], "tags": ["sea"], "isExclude": True},
        },
    }  # fmt: skip


def test_one_changed_field_is_the_only_one_that_changes(creator_client, book):
    page = as_posted(creator_client.get(entry_page(book)).context["form"]) | {"probability": "", "content": "Out."}

    creator_client.post(entry_page(book), page)

    wanted = copy.deepcopy(FULL) | {"content": "Out."}
    del wanted["extensions"]["probability"]
    wanted["extensions"]["useProbability"] = False
    assert stored(book)["entries"] == [wanted]


def test_two_tabs_on_one_entry(creator_client, book):
    shown = creator_client.get(entry_page(book))
    page = as_posted(shown.context["form"]) | {"seen": shown.context["placed"].seen}
    creator_client.post(entry_page(book), page | {"content": "first tab"})

    answer = creator_client.post(entry_page(book), page | {"content": "second tab"})

    assert (answer.status_code, stored(book)["entries"][0]["content"]) == (409, "first tab")
    assert "second tab" in answer.content.decode()
    again = page | {"content": "second tab", "seen": answer.context["placed"].seen}
    assert creator_client.post(entry_page(book), again).status_code == 302
    assert stored(book)["entries"][0]["content"] == "second tab"


def test_what_is_gone_cannot_be_edited_or_removed(creator_client, book):
    page = as_posted(creator_client.get(entry_page(book)).context["form"])
    seen = creator_client.get(entry_page(book)).context["placed"].seen
    books.update_entry(book, "7", {"content": "changed"})

    assert creator_client.post(entry_page(book, "entry-remove"), {"seen": seen}).status_code == 409
    books.remove_entry(book, "7")
    assert creator_client.post(entry_page(book), page).status_code == 409
    assert creator_client.get(entry_page(book)).status_code == 404
    assert stored(book)["entries"] == []


def test_a_pattern_the_engine_refuses_and_unknown_decorators_are_said(creator_client, book):
    books.update_entry(
        book, "7", {"keys": ["/(?<=a)b/"], "content": "@@dance\n@@@depth 2\n@@fly\n{{char}}: {{juggle:2}}"}
    )

    for address in (entry_page(book), reverse("characters:book", args=[book.public_id])):
        warnings = creator_client.get(address).context["warnings"]
        assert warnings == [
            "“Lamp”: a key (keys[0]) looks around, which patterns here cannot; it wakes nothing.",
            "“Lamp”: the decorator @@fly is unknown and is left out.",
            "“Lamp”: nothing fills {{juggle}}; it stays as it is in the prompt.",
        ]


def test_a_character_locks_an_entry(creator_client, creator):
    character = draft(creator)
    made = books.add_entry(character, {"keys": ["lamp"], "content": "It burns."})
    address = reverse("characters:lorebook-entry", args=[character.public_id, made.ref])
    page = as_posted(creator_client.get(address).context["form"])

    lock = {"lock-price_coins": "40", "lock-affinity": "3", "lock-title": "The lamp"}
    answer = creator_client.post(address, page | lock | {"go": "stay"})

    character.refresh_from_db()
    stood = character.card["character_book"]["entries"][0]["extensions"]["cardia"]["lock"]
    offer = Offer.objects.get(public_id=stood["offer"])
    assert (answer.url, offer.price_coins, stood["affinity"], stood["title"]) == (address, 40, 3, "The lamp")
    assert creator_client.get(address).context["lock_form"].initial == {
        "price_coins": 40, "affinity": 3, "title": "The lamp",
    }  # fmt: skip


def test_a_storyline_has_the_same_editor_without_locks(creator_client, creator):
    character = draft(creator)
    story = with_storyline(character)
    ids = [character.public_id, story.public_id]

    page = as_posted(EntryForm()) | {"keys": "lamp", "content": "It burns."}
    creator_client.post(reverse("characters:storyline-lorebook-entry-add", args=ids), page)

    story.refresh_from_db()
    assert story.lorebook["entries"][0]["keys"] == ["lamp"]
    assert b"It burns." in creator_client.get(reverse("characters:storyline-lorebook", args=ids)).content
    entry = reverse("characters:storyline-lorebook-entry", args=[*ids, "0"])
    assert creator_client.get(entry).context["lock_form"] is None


def test_entries_move_and_go(creator_client, book):
    books.add_entry(book, {"keys": ["bell"]})
    move = reverse("characters:book-entry-move", args=[book.public_id, "8"])

    for way, order in (("up", [8, 7]), ("up", [8, 7]), ("down", [7, 8])):
        assert creator_client.post(move, {"go": way}).status_code == 302
        assert [entry["id"] for entry in stored(book)["entries"]] == order
    creator_client.post(entry_page(book, "entry-remove"))
    assert [entry["id"] for entry in stored(book)["entries"]] == [8]


def test_the_test_box_says_what_wakes_and_why(creator_client, book):
    books.update_entry(book, "7", {"keys": ["lamp"], "extensions": None, "secondary_keys": None, "selective": None})
    scan = reverse("characters:book-scan", args=[book.public_id])

    plain = creator_client.post(scan, {"text": "Good evening.\n> Is the LAMP lit?"})
    piece = creator_client.post(scan, {"text": "Good evening."}, headers={"HX-Request": "true"})

    rows = [(row.ref, row.is_kept, row.message) for row in plain.context["found"].rows]
    assert rows == [("7", True, "Is the LAMP lit?")]
    assert "A key was said" in plain.content.decode()
    assert "<html" not in piece.content.decode()
    assert "Nothing wakes." in piece.content.decode()
    assert creator_client.post(scan, {"text": ""}).status_code == 422


def test_a_book_is_made_attached_and_thrown_away(creator_client, creator, fan):
    mine = Persona.objects.create(user=creator, name="Captain")
    theirs = Persona.objects.create(user=fan, name="Cook")

    answer = creator_client.post(reverse("characters:book-create"), {"name": "Harbour"})
    told = {"name": "Port", "description": "Old.", "scan_depth": "5", "token_budget": "", "recursive_scanning": "true"}
    creator_client.post(answer.url, told | {"is_everywhere": "on", "personas": [str(mine.public_id)]})

    book = WorldBook.objects.get()
    assert (book.name, book.is_everywhere, list(book.personas.all())) == ("Port", True, [mine])
    assert book.data == {"name": "Port", "description": "Old.", "scan_depth": 5, "recursive_scanning": True,
                         "extensions": {}, "entries": []}  # fmt: skip
    foreign = creator_client.post(answer.url, told | {"personas": [str(theirs.public_id)]})
    assert foreign.status_code == 422
    assert list(book.personas.all()) == [mine]
    assert "in every chat of yours" in creator_client.get(reverse("characters:books")).content.decode()
    creator_client.post(reverse("characters:book-delete", args=[book.public_id]))
    assert not WorldBook.objects.exists()


def upload(content: bytes, name: str = "harbour.json") -> dict[str, io.BytesIO]:
    file = io.BytesIO(content)
    file.name = name
    return {"file": file}


def test_files_come_in_and_go_out(creator_client, creator, book):
    export = creator_client.get(reverse("characters:book-export", args=[book.public_id, "lorebook_v3"]))
    answer = creator_client.post(reverse("characters:book-import"), upload(export.content))
    character = draft(creator)
    creator_client.post(
        reverse("characters:lorebook-entries-import", args=[character.public_id]), upload(export.content)
    )

    assert export["Content-Disposition"] == 'attachment; filename="Harbour.json"'
    made = WorldBook.objects.exclude(pk=book.pk).get()
    assert b"data.x_book" in creator_client.get(answer.url).content  # the report
    assert answer.url == reverse("characters:book", args=[made.public_id])
    assert made.data == json.loads(export.content)["data"] == book.data
    character.refresh_from_db()
    assert character.card["character_book"]["entries"] == book.data["entries"]


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"spec":"lorebook_v3","data":{"entries":[{"keys":["\\ud800"]}]}}', b"\x89PNG"]
)
def test_broken_files_are_refused_at_the_field(creator_client, content):
    answer = creator_client.post(reverse("characters:book-import"), upload(content))

    assert answer.status_code == 422
    assert answer.context["file_form"].errors["file"]
    assert not WorldBook.objects.exists()


def test_big_books_are_listed_by_pages_with_few_queries(creator_client, creator, django_assert_num_queries):
    many = [{"id": n, "keys": [f"word{n}"], "content": f"Entry {n}", "extensions": {}} for n in range(10_000)]
    book = books.create_book(creator, name="Big", data={"entries": many})
    address = reverse("characters:book", args=[book.public_id])
    creator_client.get(address)

    with django_assert_num_queries(7):
        page = creator_client.get(f"{address}?page=3&q=entry")

    assert [row.placed.ref for row in page.context["rows"]] == [str(n) for n in range(100, 150)]
    assert page.content.decode().count('class="list__item lore-row"') == 50


def test_the_shelf_costs_the_same_for_many_books(creator_client, creator, django_assert_num_queries):
    for number in range(5):
        books.create_book(creator, name=f"Book {number}")
    creator_client.get(reverse("characters:books"))

    with django_assert_num_queries(7):
        creator_client.get(reverse("characters:books"))


def test_a_stranger_finds_nothing(stranger_client, fan_client, book, creator):
    character = draft(creator)
    story = with_storyline(character)
    story_ids = [character.public_id, story.public_id]
    addresses = [
        *(reverse(f"characters:{name}", args=[book.public_id]) for name in ("book", "book-scan", "book-settings")),
        *(entry_page(book, action) for action in ("entry", "entry-remove", "entry-move")),
        reverse("characters:book-export", args=[book.public_id, "sillytavern"]),
        reverse("characters:book-delete", args=[book.public_id]),
        reverse("characters:lorebook-entry-add", args=[character.public_id]),
        reverse("characters:storyline-lorebook", args=story_ids),
        reverse("characters:storyline-lorebook-entry-add", args=story_ids),
    ]
    before = stored(book)

    for client in (stranger_client, fan_client):
        for address in addresses:
            answers = {client.get(address).status_code, client.post(address, {"text": "x"}).status_code}
            assert answers <= {404, 405}, address
            assert 404 in answers, address
    assert stored(book) == before


def test_nothing_is_saved_while_a_moderator_reads(creator_client, creator):
    character = draft(creator)
    made = books.add_entry(character, {"keys": ["lamp"]})
    services.submit_for_review(character)
    address = reverse("characters:lorebook-entry", args=[character.public_id, made.ref])

    page = creator_client.get(address)
    assert b'<fieldset class="form builder__fields" disabled>' in page.content
    assert creator_client.post(address, as_posted(page.context["form"]) | {"content": "x"}).status_code == 409
