"""Every shared vector does what its list says a good importer does."""

from __future__ import annotations

import pytest

from characters.cards.errors import CardRefused
from characters.cards.reader import read

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
    ("public/jasl__ccv3_st_export_like.json", "chara_card_v3", set()),
    ("public/jasl__full_v2_card.json", "chara_card_v2", set()),
    ("public/jasl__full_v3_card.json", "chara_card_v3", set()),
    ("public/jasl__invalid_missing_name.json", "chara_card_v2", set()),
    ("public/jasl__test_character.png", "chara_card_v3", set()),
    ("public/jasl__with_lorebook.json", "chara_card_v3", set()),
]


@pytest.mark.parametrize(("file", "spec", "warnings"), TAKEN, ids=[row[0] for row in TAKEN])
def test_good_vector_is_read(vector, file, spec, warnings):
    card, picture, report = read(file, vector(file))

    assert report.spec == spec
    assert card.name
    assert {line.note.value for line in report.warnings} == warnings
    assert (picture is not None) == file.endswith(".png")


REFUSED = [
    ("synthetic/bad_base64.png", "bad_base64", "png.tEXt[2].chara"),
    ("synthetic/bad_crc.png", "bad_crc", "png.chunk[2]"),
    ("synthetic/lorebook_v3.json", "lorebook_alone", "spec"),
    ("public/SillyTavern__Eldoria.json", "lorebook_alone", "spec"),
    ("public/jasl__world_one.json", "lorebook_alone", "spec"),
    ("foreign/lobe__coder.json", "not_a_card", "spec"),
    ("foreign/realchar__the_cat.yaml", "unknown_format", ""),
    ("public/jasl__test_character.charx", "not_yet_charx", ""),
    ("synthetic/full.charx", "not_yet_charx", ""),
    ("synthetic/embedded_spelled_right.charx", "not_yet_charx", ""),
    ("synthetic/zip_slip.charx", "not_yet_charx", ""),
    ("synthetic/missing_card_json.charx", "not_yet_charx", ""),
    ("synthetic/asset_missing.charx", "not_yet_charx", ""),
    ("synthetic/zip_bomb.charx", "not_yet_charx", ""),
    ("synthetic/sfx_jpeg.charx", "not_yet_charx", ""),
]


@pytest.mark.parametrize(("file", "reason", "path"), REFUSED, ids=[row[0] for row in REFUSED])
def test_other_vector_is_refused_with_its_place(vector, file, reason, path):
    with pytest.raises(CardRefused) as refused:
        read(file, vector(file))

    assert (refused.value.reason.value, refused.value.path) == (reason, path)


def test_newest_chunk_wins_over_the_older_copy(vector):
    card, _picture, _report = read("x.png", vector("synthetic/v3_and_v2_conflict.png"))

    assert card.name == "RoundTrip"
    assert card.nickname == "Nick"


def test_missing_fields_are_defaulted_and_named(vector):
    card, _picture, report = read("x.json", vector("synthetic/v2_missing_fields.json"))

    assert [line.path for line in report.defaulted] == [
        "data.creator_notes",
        "data.alternate_greetings",
        "data.tags",
        "data.extensions",
    ]
    assert card.greetings == ("hi",)


def test_null_book_counts_as_no_book(vector):
    card, _picture, report = read("x.json", vector("synthetic/book_null.json"))

    assert "character_book" not in card.data
    assert [(line.path, line.note.value) for line in report.defaulted] == [("data.character_book", "null_book")]


def test_unknown_keys_are_reported_as_kept(vector):
    _card, _picture, report = read("x.png", vector("synthetic/v2_full.png"))

    assert {line.path for line in report.kept} == {
        "x_top_unknown",
        "data.x_data_unknown",
        "data.extensions.ourapp/x",
        "data.character_book.entries[0].x_entry_unknown",
    }


def test_card_without_a_name_is_named_after_its_file(vector):
    card, _picture, report = read("walk/Night Owl.json", vector("public/jasl__invalid_missing_name.json"))

    assert card.name == "Night Owl"
    assert report.defaulted[-1].path == "data.name"
