"""Lorebooks over the API: the same services as the pages, hostile bodies included."""

from __future__ import annotations

import copy
import json

import pytest
from django.urls import reverse

from accounts.models import Persona
from characters.models import WorldBook
from characters.services import books
from characters.tests.factories import draft, with_storyline
from characters.tests.test_books import BOOK

LIST = "/api/v1/studio/books/"


@pytest.fixture
def book(creator):
    return books.create_book(creator, data=copy.deepcopy(BOOK))


def of(book, rest: str = "") -> str:
    return f"{LIST}{book.public_id}/{rest}"


def send(client, method: str, address: str, body: object, **headers: str):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return getattr(client, method)(address, data, content_type="application/json", headers=headers)


def stored(book) -> dict:
    return WorldBook.objects.get(pk=book.pk).data


def test_a_book_is_made_read_changed_and_thrown_away(creator_client):
    made = send(creator_client, "post", LIST, {"name": "Harbour", "data": {"x": 1, "entries": [{"keys": ["a"]}]}})
    address = f"{LIST}{made.json()['public_id']}/"

    changed = send(creator_client, "patch", address, {"scan_depth": 4, "is_everywhere": True, "description": None})

    assert (made.status_code, changed.status_code) == (201, 200)
    assert changed.json()["book"] == {"name": "Harbour", "x": 1, "extensions": {}, "scan_depth": 4}
    assert (changed.json()["entries_count"], changed.json()["is_everywhere"]) == (1, True)
    assert [row["name"] for row in creator_client.get(LIST).json()["results"]] == ["Harbour"]
    assert creator_client.delete(address).status_code == 204
    assert not WorldBook.objects.exists()


def test_entries_are_read_a_page_at_a_time(creator_client, creator):
    rows = [{"id": n, "keys": [f"word{n}"], "content": "", "extensions": {}} for n in range(120)]
    book = books.create_book(creator, name="Big", data={"entries": rows})

    first = creator_client.get(of(book, "entries/?page_size=50&q=word")).json()
    second = creator_client.get(first["next"]).json()
    third = creator_client.get(second["next"]).json()

    assert [len(page["results"]) for page in (first, second, third)] == [50, 50, 20]
    assert (first["count"], third["next"]) == (120, None)
    assert [row["ref"] for row in third["results"]] == [str(n) for n in range(100, 120)]


def test_an_entry_is_merged_and_what_is_not_named_stays(creator_client, book):
    seen = creator_client.get(of(book, "entries/1/")).json()["seen"]

    answer = send(creator_client, "patch", of(book, "entries/1/"), {"content": "Out.", "extensions": {"depth": 2}},
                  **{"If-Match": f'"{seen}"'})  # fmt: skip
    stale = send(creator_client, "patch", of(book, "entries/1/"), {"content": "Lost."}, **{"If-Match": seen})

    wanted = {**BOOK["entries"][0], "content": "Out.", "extensions": {"y": 2, "depth": 2}}
    assert answer.json()["entry"] == stored(book)["entries"][0] == wanted
    assert (stale.status_code, stale.json()["code"]) == (409, "entry_stale")
    assert {name: stored(book)[name] for name in ("x_book", "extensions")} == {
        "x_book": [1],
        "extensions": {"other": True},
    }


def test_entries_are_added_ordered_and_removed(creator_client, book):
    made = send(creator_client, "post", of(book, "entries/"), {"keys": ["bell"], "x_new": {"a": None}})

    assert (made.status_code, made.json()["ref"], made.json()["entry"]["x_new"]) == (201, "2", {"a": None})
    assert send(creator_client, "put", of(book, "entries/order/"), {"refs": ["2", "1"]}).status_code == 204
    assert [entry["id"] for entry in stored(book)["entries"]] == [2, 1]
    assert creator_client.delete(of(book, "entries/2/")).status_code == 204
    assert creator_client.delete(of(book, "entries/2/")).status_code == 409
    assert creator_client.get(of(book, "entries/2/")).status_code == 404
    assert [entry["id"] for entry in stored(book)["entries"]] == [1]


@pytest.mark.parametrize(
    ("_case", "body", "field"),
    [
        ("NUL in a key", b'{"keys": ["a\\u0000"]}', "keys[0]"),
        ("lone surrogate", b'{"extensions": {"a": "\\ud800"}}', "extensions.a"),
        ("keys are no list", b'{"keys": "a"}', "keys"),
        ("giant key", json.dumps({"keys": ["a" * 200_001]}).encode(), "keys[0]"),
        ("not a number", b'{"priority": NaN}', "$"),
        ("endless number", b'{"priority": 1' + b"0" * 5000 + b"}", "$"),
        ("deep", b'{"a":' * 5000 + b"1" + b"}" * 5000, "$"),
        ("a list", b"[]", "$"),
        ("no JSON", b"{", "$[line 1, column 2]"),
        ("not UTF-8", b'{"keys": ["\xff"]}', "$[byte 11]"),
    ],
)
def test_hostile_entries_are_refused_with_their_place(creator_client, book, _case, body, field):
    before = stored(book)

    for method, rest in (("post", "entries/"), ("patch", "entries/1/")):
        answer = send(creator_client, method, of(book, rest), body)

        assert (answer.status_code, answer.json()["code"]) == (422, "book_refused"), answer.json()
        assert answer.json()["errors"][0]["field"].startswith(field), answer.json()
    assert stored(book) == before


def test_a_scan_says_what_wakes(creator_client, book):
    answer = send(creator_client, "post", of(book, "scans/"), {"text": "Nothing.\nThe lamp!"})

    row = answer.json()["rows"][0]
    assert (row["ref"], row["is_kept"], row["message"], row["text"]) == ("1", True, "The lamp!", "It burns.")
    assert stored(book) == BOOK


def test_a_book_goes_along_with_ones_own_personas_only(creator_client, creator, fan, book):
    mine = Persona.objects.create(user=creator, name="Captain")
    theirs = Persona.objects.create(user=fan, name="Cook")

    assert creator_client.put(of(book, f"personas/{mine.public_id}/")).status_code == 204
    assert creator_client.put(of(book, f"personas/{theirs.public_id}/")).status_code == 404
    assert creator_client.get(of(book)).json()["personas"] == [str(mine.public_id)]
    assert creator_client.delete(of(book, f"personas/{mine.public_id}/")).status_code == 204
    assert list(book.personas.all()) == []


def test_a_file_comes_in_and_goes_out(creator_client, book, tmp_path):
    file = tmp_path / "harbour.json"
    file.write_bytes(creator_client.get(of(book, "book.sillytavern.json")).content)

    with file.open("rb") as upload:
        answer = creator_client.post(f"{LIST}imports/", {"file": upload})

    assert answer.status_code == 201
    assert answer.json()["report"]["spec"] == "sillytavern_worldinfo"
    made = WorldBook.objects.get(public_id=answer.json()["book"]["public_id"])
    assert made.data["entries"][0]["keys"] == ["lamp"]


def test_the_books_of_characters_and_storylines_have_the_same_entries(creator_client, creator):
    character = draft(creator)
    story = with_storyline(character)
    studio = f"/api/v1/studio/characters/{character.public_id}/"

    for address in (f"{studio}lorebook/entries/", f"{studio}storylines/{story.public_id}/lorebook/entries/"):
        assert send(creator_client, "post", address, {"keys": ["lamp"]}).json()["ref"] == "0"
        assert creator_client.get(address).json()["count"] == 1

    character.refresh_from_db()
    story.refresh_from_db()
    assert character.card["character_book"]["entries"] == story.lorebook["entries"]


def test_nobody_else_finds_anything(stranger_client, client, book, creator):
    entry = reverse("v1:characters:lorebook-entries", args=[draft(creator).public_id])
    before = stored(book)

    for address in (of(book), of(book, "entries/"), of(book, "entries/1/"), of(book, "book.lorebook_v3.json"), entry):
        assert stranger_client.get(address).status_code == 404
        assert client.get(address).status_code == 401
    for method, address in (("patch", of(book)), ("post", of(book, "entries/")), ("put", of(book, "entries/order/")),
                            ("patch", of(book, "entries/1/")), ("post", of(book, "scans/"))):  # fmt: skip
        assert send(stranger_client, method, address, {"refs": [], "text": "x"}).status_code == 404
    assert stranger_client.delete(of(book)).status_code == 404
    assert stored(book) == before
    assert stranger_client.get(LIST).json()["results"] == []
