"""Every shared vector does what its list says a good importer does."""

from __future__ import annotations

import pytest

from characters.cards.errors import CardRefused
from characters.cards.files import load
from characters.tests.conftest import SHARED

TAKEN = [
    ("synthetic/v1.json", "chara_card_v1", set()),
    ("synthetic/v1.png", "chara_card_v1", set()),
    ("synthetic/v2_full.png", "chara_card_v2", set()),
    ("synthetic/v2_before_idat.png", "chara_card_v2", set()),
    ("synthetic/v3_full.png", "chara_card_v3", set()),
    ("synthetic/v3_and_v2_conflict.png", "chara_card_v3", {"both_chunks"}),
    ("synthetic/v3_json_in_chara.png", "chara_card_v3", set()),
    ("synthetic/chara_uppercase_keyword.png", "chara_card_v2", set()),
    ("synthetic/two_chara_chunks.png", "chara_card_v2", {"two_chunks"}),
    ("synthetic/chara_ztxt.png", "chara_card_v2", {"odd_chunk"}),
    ("synthetic/chara_itxt.png", "chara_card_v2", {"odd_chunk"}),
    ("synthetic/chara_raw_json.png", "chara_card_v2", {"raw_json"}),
    ("synthetic/v3_newer_version.json", "chara_card_v3", {"newer_spec"}),
    ("synthetic/v3_bad_spec_version.json", "chara_card_v3", {"odd_spec"}),
    ("synthetic/book_null.json", "chara_card_v2", set()),
    ("synthetic/v2_missing_fields.json", "chara_card_v2", set()),
    ("synthetic/v2_book_no_extensions.json", "chara_card_v2", set()),
    ("synthetic/utf8_bom.json", "chara_card_v2", {"bom"}),
    ("synthetic/emoji_cjk.png", "chara_card_v2", set()),
    ("public/SillyTavern__default_Seraphina.png", "chara_card_v2", set()),
    ("public/SillyTavern__content_Assistant_CapoGPT.png", "chara_card_v2", set()),
    ("public/SillyTavern__contest_Assistant_Gloria.png", "chara_card_v2", set()),
    ("public/SillyTavern__default_CodingSensei.png", "chara_card_v2", set()),
    ("public/FanYin1__test_character.json", "chara_card_v2", {"odd_type"}),
    ("public/FanYin1__test_character.png", "chara_card_v2", {"odd_type"}),
    ("public/jasl__ccv2_min.json", "chara_card_v2", set()),
    ("public/jasl__ccv2_with_overrides.json", "chara_card_v2", set()),
    ("public/jasl__ccv3_min.json", "chara_card_v3", set()),
    ("public/jasl__ccv3_st_export_like.json", "chara_card_v3", {"asset_missing"}),
    ("public/jasl__full_v2_card.json", "chara_card_v2", set()),
    ("public/jasl__full_v3_card.json", "chara_card_v3", set()),
    ("public/jasl__invalid_missing_name.json", "chara_card_v2", set()),
    ("public/jasl__test_character.png", "chara_card_v3", {"asset_missing"}),
    ("public/jasl__test_character.charx", "chara_card_v3", set()),
    ("synthetic/full.charx", "chara_card_v3", set()),
    ("synthetic/embedded_spelled_right.charx", "chara_card_v3", set()),
    ("synthetic/asset_missing.charx", "chara_card_v3", {"asset_missing"}),
    ("synthetic/sfx_jpeg.charx", "chara_card_v3", set()),
    ("foreign/realchar__the_cat.yaml", "realchar", {"adapted"}),
    ("foreign/realchar__the_dolphin.yaml", "realchar", {"adapted"}),
    ("foreign/realchar__santa_claus.yaml", "realchar", {"adapted"}),
    ("foreign/realchar__realchar.yaml", "realchar", {"adapted"}),
    ("foreign/lobe__ai-agent-generator.json", "lobechat", {"adapted"}),
    ("foreign/lobe__birthday-invitation-message.json", "lobechat", {"adapted"}),
    ("foreign/lobe__character-roleplay.json", "lobechat", {"adapted"}),
    ("foreign/lobe__code-companion.json", "lobechat", {"adapted"}),
    ("foreign/lobe__coder.json", "lobechat", {"adapted"}),
    ("foreign/lobe__creator-simulator.json", "lobechat", {"adapted"}),
    ("foreign/lobe__godot-guru.json", "lobechat", {"adapted"}),
    ("foreign/lobe__jira-product-manager.json", "lobechat", {"adapted"}),
    ("foreign/lobe__payroll-game.json", "lobechat", {"adapted"}),
    ("foreign/lobe__personal-growth-coach.json", "lobechat", {"adapted"}),
    ("foreign/lobe__software-development-for-dummies.json", "lobechat", {"adapted"}),
    ("public/jasl__with_lorebook.json", "chara_card_v3", set()),
]


WITHOUT_PICTURE = (".json", ".yaml", "asset_missing.charx")
BESIDE = {"assets/icon/images/main.png": 223, "assets/emotion/images/happy.png": 223, "assets/other/other/x.bin": 2}


@pytest.mark.parametrize(("file", "spec", "warnings"), TAKEN, ids=[row[0] for row in TAKEN])
def test_good_vector_is_read(vector, file, spec, warnings):
    loaded = load(file, vector(file))

    assert loaded.report.spec == spec
    assert loaded.card.name
    assert loaded.book is None
    assert {line.note.value for line in loaded.report.warnings} == warnings
    assert (loaded.picture is None) == file.endswith(WITHOUT_PICTURE)


BOOKS = [
    ("synthetic/lorebook_v3.json", "lorebook_v3", "bk", [("C++", "elf")]),
    ("public/jasl__world_one.json", "sillytavern_worldinfo", "World One", [("dragon",)]),
    (
        "public/SillyTavern__Eldoria.json",
        "sillytavern_worldinfo",
        None,
        [
            ("eldoria", "wood", "forest", "magical forest"),
            ("shadowfang", "beast", "monster"),
            ("glade", "safe haven", "refuge"),
            ("power", "magic", "ability"),
        ],
    ),
]


@pytest.mark.parametrize(("file", "spec", "name", "keys"), BOOKS, ids=[row[0] for row in BOOKS])
def test_book_that_stands_alone_is_read(vector, file, spec, name, keys):
    loaded = load(file, vector(file))

    assert (loaded.card, loaded.report.spec, loaded.book.get("name")) == (None, spec, name)
    assert [tuple(entry["keys"])[: len(keys[i])] for i, entry in enumerate(loaded.book["entries"])] == keys


REFUSED = [
    ("synthetic/bad_base64.png", "bad_base64", "png.tEXt[2].chara"),
    ("synthetic/bad_crc.png", "bad_crc", "png.chunk[2]"),
    ("synthetic/zip_slip.charx", "unsafe_path", "charx.../../evil.txt"),
    ("synthetic/missing_card_json.charx", "no_card_json", "charx.card.json"),
    ("synthetic/zip_bomb.charx", "unpacked_too_large", "charx.assets/other/other/big.bin"),
]


@pytest.mark.parametrize(("file", "reason", "path"), REFUSED, ids=[row[0] for row in REFUSED])
def test_other_vector_is_refused_with_its_place(vector, file, reason, path):
    with pytest.raises(CardRefused) as refused:
        load(file, vector(file))

    assert (refused.value.reason.value, refused.value.path) == (reason, path)


def test_every_vector_has_a_row(vector):
    vector("synthetic/v1.json")
    there = {f"{path.parent.name}/{path.name}" for path in SHARED.glob("*/*") if path.suffix != ".md"}

    assert there == {row[0] for row in (*TAKEN, *BOOKS, *REFUSED)}


@pytest.mark.parametrize("file", ["full", "embedded_spelled_right", "sfx_jpeg"])
def test_files_of_an_archive_come_along(vector, file):
    loaded = load("x.charx", vector(f"synthetic/{file}.charx"))

    assert {path: len(raw) for path, raw in loaded.files.items()} == BESIDE
    assert loaded.picture == loaded.files["assets/icon/images/main.png"]


def test_dangling_asset_keeps_its_entry(vector):
    loaded = load("x.charx", vector("synthetic/asset_missing.charx"))

    assert loaded.card.data["assets"][0]["uri"] == "embeded://nope.png"
    assert [(line.path, line.value) for line in loaded.report.warnings] == [("data.assets[0].uri", "nope.png")]


def test_newest_chunk_wins_over_the_older_copy(vector):
    card = load("x.png", vector("synthetic/v3_and_v2_conflict.png")).card

    assert card.name == "RoundTrip"
    assert card.nickname == "Nick"


def test_missing_fields_are_defaulted_and_named(vector):
    loaded = load("x.json", vector("synthetic/v2_missing_fields.json"))

    assert [line.path for line in loaded.report.defaulted] == [
        "data.creator_notes",
        "data.alternate_greetings",
        "data.tags",
        "data.extensions",
    ]
    assert loaded.card.greetings == ("hi",)


def test_null_book_counts_as_no_book(vector):
    loaded = load("x.json", vector("synthetic/book_null.json"))

    assert "character_book" not in loaded.card.data
    assert [(line.path, line.note.value) for line in loaded.report.defaulted] == [("data.character_book", "null_book")]


def test_unknown_keys_are_reported_as_kept(vector):
    report = load("x.png", vector("synthetic/v2_full.png")).report

    assert {line.path for line in report.kept} == {
        "x_top_unknown",
        "data.x_data_unknown",
        "data.extensions.ourapp/x",
        "data.character_book.entries[0].x_entry_unknown",
    }


def test_card_without_a_name_is_named_after_its_file(vector):
    loaded = load("walk/Night Owl.json", vector("public/jasl__invalid_missing_name.json"))

    assert loaded.card.name == "Night Owl"
    assert loaded.report.defaulted[-1].path == "data.name"
