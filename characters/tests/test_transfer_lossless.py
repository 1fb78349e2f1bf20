"""A card that is imported, edited in the studio, published, exported and imported again has lost nothing."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from PIL import Image

from characters import entries, services
from characters.cards.files import dump, load
from characters.models import Character
from characters.services import books
from characters.tests.strategies import CARD, FILES, exact, loose

OURS = {"worldview": "new", "x_ours": [1.0, 1, True]}
WRITTEN = {"created": 0, "modified": 0}
SPELLING = {"v2-png": loose, "v3-png": exact, "json": exact, "charx": exact}
# Every example goes through the database several times: none is made smaller when it fails.
HANDS = settings(
    max_examples=20,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def edit_everything(character) -> None:
    """Change a text, a field of our own and a lorebook entry, each through the service the studio calls."""
    services.edit_card(character, data={"personality": "changed"}, cardia=OURS)
    book = character.card.get("character_book") or {}
    for placed in entries.listed(book)[:1]:
        books.update_entry(character, placed.ref, {"content": "@@depth 3\nedited"})


def timeless(card) -> dict:
    """Return the card's data as it is written, without the two dates and the mark of our own an export leaves."""
    data = card.as_v3()["data"]
    kept = {name: value for name, value in data.items() if name not in {"creation_date", "modification_date"}}
    ours = {name: value for name, value in data["extensions"].get("cardia", {}).items() if name != "portrait"}
    return {**kept, "extensions": {**data["extensions"], "cardia": ours}}


def opaque(files: dict) -> dict:
    """Return `files` with contents that nothing takes for a picture."""
    return {path: raw.hex().encode() for path, raw in files.items()}


@pytest.mark.parametrize("file_format", ["v2-png", "v3-png", "json", "charx"])
@HANDS
@given(card=CARD, files=FILES)
def test_nothing_is_lost_from_import_to_import(creator, stranger, file_format, card, files):
    brought = dump(
        load("a.json", exact(card).encode()).card, "charx", picture=png("#ff0000"), files=opaque(files), **WRITTEN
    )
    character, _report = services.import_card(creator, "a.charx", brought)
    edit_everything(character)
    services.publish(character)
    spelled = SPELLING[file_format]

    made = services.export_card(character, creator, file_format)
    again, _report = services.import_card(stranger, made.filename, made.content)

    assert spelled(timeless(again.draft)) == spelled(timeless(character.draft))
    assert again.card["personality"] == "changed"
    assert exact(again.card["extensions"]["cardia"]["x_ours"]) == exact(OURS["x_ours"])
    assert spelled(unknown(again.envelope)) == spelled(unknown(card))
    if file_format in {"v3-png", "charx"}:
        assert again.files == character.files
    survives(card["data"], again.card, spelled)
    Character.objects.filter(owner=stranger).delete()


def survives(brought: dict, kept: dict, spelled) -> None:
    """Compare what was unknown at every level with the file that was written by hand."""
    assert spelled(unknown(kept)) == spelled(unknown(brought))
    assert spelled({name: kept["extensions"][name] for name in brought["extensions"]}) == spelled(brought["extensions"])
    for old, new in zip(brought.get("assets", []), kept.get("assets", []), strict=False):
        assert spelled(unknown(new)) == spelled(unknown(old))
    if "character_book" in brought:
        old_book, new_book = brought["character_book"], kept["character_book"]
        assert spelled(unknown(new_book)) == spelled(unknown(old_book))
        assert spelled(new_book["extensions"]) == spelled(old_book["extensions"])
        for old, new in zip(old_book["entries"], new_book["entries"], strict=True):
            assert spelled(unknown(new)) == spelled(unknown(old))
            assert spelled(new["extensions"]) == spelled(old["extensions"])


def unknown(holder: dict) -> dict:
    return {name: value for name, value in holder.items() if name.startswith("x_")}


@HANDS
@given(card=CARD)
def test_what_a_reader_downloads_has_every_field_too(creator, fan, card):
    character, _report = services.import_card(creator, "a.json", exact(card).encode())
    edit_everything(character)
    services.publish(character)

    made = services.export_card(character, fan, "json")
    read = load(made.filename, made.content).card

    assert exact(timeless(read)) == exact(timeless(character.draft))
    assert exact(unknown(read.envelope)) == exact(unknown(card))


@HANDS
@given(files=st.dictionaries(st.sampled_from(("a.bin", "x/b.json", "module.risum")), st.binary(max_size=9), max_size=3))
def test_files_that_no_asset_names_are_the_creators_alone(creator, fan, files):
    card = {"spec": "chara_card_v3", "spec_version": "3.0", "data": {"name": "Ada"}}
    named = {"type": "x_sound", "uri": "embeded://a.bin", "name": "a", "ext": "bin"}
    card["data"]["assets"] = [named]
    brought = dump(
        load("a.json", json.dumps(card).encode()).card, "charx", picture=png("#ff0000"), files=opaque(files), **WRITTEN
    )
    character, _report = services.import_card(creator, "a.charx", brought)
    services.publish(character)

    mine = members(services.export_card(character, creator, "charx").content)
    theirs = members(services.export_card(character, fan, "charx").content)

    assert {path: mine[path] for path in files} == opaque(files)
    assert {path: raw for path, raw in theirs.items() if path in files} == {
        path: raw for path, raw in opaque(files).items() if path == "a.bin"
    }


def members(data: bytes) -> dict[str, bytes]:
    return dict(load("a.charx", data).files)


def test_new_picture_replaces_the_old_face_in_the_archive(creator):
    card = {"spec": "chara_card_v3", "spec_version": "3.0", "data": {"name": "Ada"}}
    icon = {"type": "icon", "uri": "embeded://assets/icon/images/a.png", "name": "main", "ext": "png"}
    card["data"]["assets"] = [icon]
    files = {"assets/icon/images/a.png": png("#ff0000"), "assets/emotion/images/b.png": png("#0000ff")}
    brought = dump(load("a.json", json.dumps(card).encode()).card, "charx", picture=None, files=files, **WRITTEN)
    character, _report = services.import_card(creator, "a.charx", brought)
    before = load("a.charx", services.export_card(character, creator, "charx").content)
    services.set_art(character, png("#00ff00"))

    after = load("a.charx", services.export_card(character, creator, "charx").content)

    assert [colour(raw) for raw in (before.picture, after.picture)] == [(255, 0, 0), (0, 255, 1)]
    assert set(before.files) - set(after.files) == {"assets/icon/images/a.png"}
    assert after.card.data["assets"] == before.card.data["assets"]


def png(colour_: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (30, 40), colour_).save(out, "PNG")
    return out.getvalue()


def colour(raw: bytes) -> tuple[int, ...]:
    return Image.open(io.BytesIO(raw)).convert("RGB").getpixel((9, 9))
