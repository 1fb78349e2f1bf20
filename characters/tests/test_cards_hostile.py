"""A hostile file is refused early, with a reason and a place, and nothing is stored."""

from __future__ import annotations

import base64
import json
import time
import zlib

import pytest

from characters import services
from characters.cards import examples
from characters.cards.files import load
from characters.exceptions import CardUnreadable
from characters.models import Character
from characters.tests.conftest import chunk, picture, text_chunk, v2

DEEP = b'{"spec":"chara_card_v2","data":{"name":"a","x":' + b"[" * 90_000 + b"]" * 90_000 + b"}}"
DEEPER = DEEP.replace(b"[[", b"[[[[[")
BOMB = chunk(b"zTXt", b"chara\0\0" + zlib.compress(b"A" * 50_000_000, 9))
TRUNCATED = picture(text_chunk(v2()))[:-20]

HOSTILE = [
    ("empty", b"", "unknown_format", "file"),
    ("html", b"<html><script>alert(1)</script>", "unknown_format", "file"),
    ("svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "svg", "file"),
    ("huge picture", picture(text_chunk(v2()), width=20_000, height=20_000), "image_too_large", "png.IHDR"),
    ("wide picture", picture(text_chunk(v2()), width=4097, height=10), "image_too_large", "png.IHDR"),
    ("many pixels", picture(text_chunk(v2()), width=4096, height=4096), "image_too_large", "png.IHDR"),
    ("zTXt bomb", picture(BOMB), "chunk_too_large", "png.zTXt[1].chara"),
    ("long tEXt", picture(text_chunk(b"x" * 600_000)), "chunk_too_large", "png.tEXt[1].chara"),
    ("65 texts", picture(*[chunk(b"tEXt", b"a\0b")] * 65), "too_many_chunks", "png.chunk[65]"),
    ("cut off", TRUNCATED, "broken_png", "png.chunk[2]"),
    ("no IHDR", b"\x89PNG\r\n\x1a\n" + chunk(b"IDAT", b""), "broken_png", "png.chunk[0]"),
    ("no card", picture(), "no_card", "png"),
    ("JPEG", b"\xff\xd8\xff\xe0rest", "no_card", "file"),
    ("not JSON", b"{not json", "bad_json", "$[line 1, column 2]"),
    ("list", b"[1]", "not_a_card", "$"),
    ("no spec", b'{"title": "x"}', "not_a_card", "spec"),
    ("not UTF-8", b'{"name": "\xff"}', "bad_text", "$[byte 10]"),
    ("90,000 levels", DEEP, "too_deep", "$"),
    ("225,000 levels", DEEPER, "too_many_values", "$"),
    ("65 levels", json.dumps(v2(x=json.loads("[" * 64 + "]" * 64))).encode(), "too_deep", None),
    ("NaN", b'{"spec":"chara_card_v2","data":{"name":"a","x":NaN}}', "bad_number", "$"),
    ("infinity", b'{"spec":"chara_card_v2","data":{"name":"a","x":1e999}}', "bad_number", "$"),
    ("5000 digits", b'{"spec":"chara_card_v2","data":{"name":"a","x":' + b"9" * 5000 + b"}}", "bad_number", "$"),
    ("surrogate", b'{"spec":"chara_card_v2","data":{"name":"a","x":"\\ud800"}}', "bad_text", "data.x"),
    ("NUL", b'{"spec":"chara_card_v2","data":{"name":"a\\u0000"}}', "bad_text", "data.name"),
    ("NUL in a key", b'{"spec":"chara_card_v2","data":{"name":"a","b\\u0000":1}}', "bad_text", "data"),
    ("500,000 values", json.dumps(v2(x=[0] * 500_000)).encode(), "too_many_values", "$"),
    ("name of 1 MiB", json.dumps(v2(name="a" * 1_048_576)).encode(), "too_long", "data.name"),
    ("tags as text", json.dumps(v2(tags="x")).encode(), "wrong_type", "data.tags"),
    ("tag as object", json.dumps(v2(tags=["a", {}])).encode(), "wrong_type", "data.tags[1]"),
    ("name as list", json.dumps(v2(name=[])).encode(), "wrong_type", "data.name"),
    ("extensions as list", json.dumps(v2(extensions=[])).encode(), "wrong_type", "data.extensions"),
    ("data as text", b'{"spec":"chara_card_v3","data":"x"}', "wrong_type", "data"),
    ("book as list", json.dumps(v2(character_book=[])).encode(), "wrong_type", "data.character_book"),
    (
        "entry as text",
        json.dumps(v2(character_book={"entries": ["x"]})).encode(),
        "wrong_type",
        "data.character_book.entries[0]",
    ),
    (
        "order as text",
        json.dumps(v2(character_book={"entries": [{"keys": [], "insertion_order": "x"}]})).encode(),
        "wrong_type",
        "data.character_book.entries[0].insertion_order",
    ),
    ("assets as object", json.dumps(v2(assets={})).encode(), "wrong_type", "data.assets"),
]


@pytest.mark.parametrize(("_case", "data", "reason", "path"), HOSTILE, ids=[row[0] for row in HOSTILE])
def test_hostile_file_is_refused_quickly_with_its_place(creator, _case, data, reason, path):
    started = time.process_time()

    with pytest.raises(CardUnreadable) as refused:
        services.import_card(creator, "card.png", data)

    assert refused.value.status == 422
    assert refused.value.extra["reason"] == reason
    if path is not None:
        assert refused.value.field == path
    assert str(refused.value.detail)
    assert time.process_time() - started < 1
    assert not Character.objects.exists()


def test_picture_that_pillow_cannot_read_is_refused_as_a_whole(creator):
    broken = picture(text_chunk(v2())).replace(b"IDAT", b"IDAX", 1)
    broken = broken[: broken.index(b"IDAX") - 4] + chunk(b"IDAX", b"junk") + chunk(b"IEND", b"")

    with pytest.raises(CardUnreadable) as refused:
        services.import_card(creator, "card.png", broken)

    assert (refused.value.field, refused.value.extra["reason"]) == ("art", "bad_image")
    assert not Character.objects.exists()


def test_bomb_under_another_keyword_costs_nothing(creator):
    bomb = chunk(b"zTXt", b"comment\0\0" + zlib.compress(b"A" * 900_000, 9))

    character, _report = services.import_card(creator, "ada.png", picture(bomb, text_chunk(v2())))

    assert character.name == "Ada"


def test_unpadded_and_url_safe_base64_are_read(creator):
    packed = base64.urlsafe_b64encode(json.dumps(v2(description="??>>~~")).encode()).rstrip(b"=")
    data = picture(chunk(b"tEXt", b"chara\0" + packed))

    character, _report = services.import_card(creator, "ada.png", data)

    assert character.draft.description == "??>>~~"


@pytest.mark.parametrize("text", ["\n" * 200_000, "{{user}}" + "\n" * 190_000, "<START>\n" * 25_000, "\n\r" * 100_000])
def test_examples_of_nothing_are_read_in_linear_time(text):
    started = time.process_time()

    assert examples.parse(text, name="\n") == ()

    assert time.process_time() - started < 1


def test_name_from_a_disk_is_cleaned():
    loaded = load("a\udc80b\0c.json", json.dumps(v2(name="")).encode())

    assert loaded.card.name == "abc"


def test_change_of_any_depth_is_refused_and_not_an_error(creator):
    character, _report = services.import_card(creator, "ada.json", json.dumps(v2()).encode())
    deep = []
    for _ in range(5_000):
        deep = [deep]

    with pytest.raises(CardUnreadable) as refused:
        services.edit_card(character, data={"x": deep}, cardia={})

    character.refresh_from_db()
    assert refused.value.extra["reason"] == "too_deep"
    assert "x" not in character.card
