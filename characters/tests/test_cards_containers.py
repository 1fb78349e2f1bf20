"""What each container adds to a card: faces, files, addresses, and what it cannot say."""

from __future__ import annotations

import base64
import io
import json
import struct
import zipfile

import pytest

from characters.cards.errors import CardRefused
from characters.cards.files import dump, load
from characters.cards.png import chunks
from characters.cards.schema import CharacterCard, blank
from characters.tests.conftest import chunk, picture, text_chunk, v2

FACE = picture()
DATES = {"created": 1_700_000_000, "modified": 1_800_000_000}


def written(card, file_format, *, face=FACE, files=None):
    return dump(card, file_format, picture=face, files=files or {}, **DATES)


def card_of(**data):
    return CharacterCard({**blank("Ada").data, **data})


def texts(data):
    """Return {keyword: text} of a PNG's text chunks."""
    pairs = [payload.split(b"\0", 1) for _index, kind, payload in chunks(data) if kind == b"tEXt"]
    return {keyword.decode(): base64.b64decode(text) for keyword, text in pairs}


def test_moving_picture_is_read_with_a_line():
    data = picture(chunk(b"acTL", struct.pack(">II", 2, 0)), text_chunk(v2()))

    report = load("a.png", data).report

    assert (report.container, [line.note.value for line in report.unsupported]) == ("apng", ["animation"])


def test_files_in_chunks_of_a_png_are_read_and_addressed_like_all_others():
    assets = [{"type": "emotion", "uri": "__asset:0", "name": "joy", "ext": "png"}]
    data = picture(
        text_chunk(v2(assets=assets)),
        text_chunk(b"raw", b"chara-ext-asset_:0"),
        text_chunk(b"old", b"chara-ext-asset_1"),
        text_chunk(b"bad", b"chara-ext-asset_:../x"),
        chunk(b"tEXt", b"chara-ext-asset_:2\0***"),
    )

    loaded = load("a.png", data)

    assert loaded.card.data["assets"][0]["uri"] == "embeded://0"
    assert dict(loaded.files) == {"0": b"raw", "1": b"old"}
    assert [line.note.value for line in loaded.report.warnings] == ["odd_path", "odd_path"]


def test_v3_png_has_both_cards_and_its_files():
    assets = [{"type": "x_a", "uri": "embeded://图.bin", "name": "a", "ext": "bin"}]

    found = texts(written(card_of(nickname="A", assets=assets), "v3-png", files={"图.bin": b"raw"}))

    assert list(found) == ["chara", "ccv3", "chara-ext-asset_:0.bin"]
    new, old = json.loads(found["ccv3"])["data"], json.loads(found["chara"])["data"]
    assert (new["nickname"], new["assets"][0]["uri"], found["chara-ext-asset_:0.bin"]) == ("A", "__asset:0.bin", b"raw")
    assert "nickname" not in old
    assert old["creator_notes"].endswith(
        "[This is the V2 copy of a Character Card V3. Programs that read V3 use the full card instead.]"
    )


def test_v2_png_is_a_plain_v2_card_without_a_note():
    book = {"entries": [{"keys": ["k"], "content": "@@depth 2\nlore", "extensions": {}, "enabled": True}]}

    found = texts(written(card_of(nickname="A", character_book=book), "v2-png"))

    card = json.loads(found["chara"])
    assert list(found) == ["chara"]
    assert (card["spec"], card["spec_version"], card["data"]["creator_notes"]) == ("chara_card_v2", "2.0", "")
    assert "nickname" not in card["data"]
    assert card["data"]["character_book"]["entries"][0]["content"] == "lore"


def test_v2_edited_elsewhere_keeps_the_edit_and_gets_the_rest_back():
    book = {"entries": [{"keys": ["k"], "content": f"@@depth 2\n{text}"} for text in ("one", "two")]}
    card = json.loads(texts(written(card_of(nickname="A", character_book=book), "v2-png"))["chara"])
    card["data"]["character_book"]["entries"][0]["content"] = "edited"
    card["data"]["nickname"] = "B"

    again = load("a.json", json.dumps(card).encode()).card

    assert again.nickname == "B"
    assert [entry["content"] for entry in again.data["character_book"]["entries"]] == ["edited", "@@depth 2\ntwo"]
    assert again.data["creation_date"] == 1_700_000_000
    assert list(again.data["extensions"]) == ["cardia"]


def test_charx_has_a_card_at_its_root_and_ascii_names_in_their_folders():
    assets = [{"type": "emotion", "uri": "embedded://图/笑.png", "name": "joy", "ext": "png"}]

    data = written(card_of(assets=assets), "charx", files={"图/笑.png": b"joy", "module.risum": b"m"})

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        listed = json.loads(archive.read("card.json"))["data"]["assets"]
    assert names == ["card.json", "assets/emotion/images/0.png", "module.risum", "assets/icon/images/main.png"]
    assert [asset["uri"] for asset in listed] == [
        "embeded://assets/icon/images/main.png",
        "embeded://assets/emotion/images/0.png",
    ]
    again = load("a.charx", data)
    assert (again.picture, dict(again.files)) == (FACE, {"图/笑.png": b"joy", "module.risum": b"m"})
    assert again.card.data["assets"] == [{**assets[0], "uri": "embeded://图/笑.png"}]


ICONS = [
    ("no list", None, {}, FACE),
    ("default", [{"type": "icon", "uri": "ccdefault:", "name": "main", "ext": "png"}], {}, FACE),
    ("elsewhere", [{"type": "icon", "uri": "https://a.test/x.png", "name": "main", "ext": "png"}], {}, FACE),
    ("its own", [{"type": "icon", "uri": "embeded://a/b.png", "name": "main", "ext": "png"}], {"a/b.png": b"i"}, b"i"),
]


@pytest.mark.parametrize("file_format", ["charx", "json"])
@pytest.mark.parametrize(("_case", "assets", "files", "face"), ICONS, ids=[row[0] for row in ICONS])
def test_face_travels_and_the_list_of_assets_comes_back(_case, assets, files, face, file_format):
    card = card_of() if assets is None else card_of(assets=assets)

    again = load("a", written(card, file_format, files=files))

    assert (again.picture, dict(again.files), again.card.data.get("assets")) == (face, files, assets)


def test_json_without_a_face_is_only_the_card():
    card = json.loads(written(card_of(), "json", face=None))

    assert card["data"] == {**card_of().data, "creation_date": 1_700_000_000, "modification_date": 1_800_000_000}


def test_creation_date_is_never_overwritten():
    again = load("a.json", written(card_of(creation_date=0), "json")).card

    assert (again.data["creation_date"], again.data["modification_date"]) == (0, 1_800_000_000)


def test_card_too_large_for_a_chunk_is_refused_on_the_way_out():
    with pytest.raises(CardRefused) as refused:
        written(card_of(description="x" * 600_000), "v3-png")

    assert (refused.value.reason.value, refused.value.path) == ("chunk_too_large", "chara")


@pytest.mark.parametrize("file_format", ["v2-png", "v3-png", "json", "charx"])
def test_only_we_say_what_is_carried(file_format):
    lie = {"cardia/carried": {"v3": {"nickname": "Mallory"}, "paths": {"a/b": "c/d"}}}

    again = load("a", written(card_of(extensions=lie), file_format, files={"a/b": b"raw"}))

    assert (again.card.nickname, again.card.data["extensions"]) == ("", {})
    assert dict(again.files) == ({} if file_format == "json" else {"a/b": b"raw"})
