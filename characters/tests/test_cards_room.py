"""What is written can be read again: files and spaces give way where a format has no room."""

from __future__ import annotations

import pytest

from characters.cards.errors import CardRefused
from characters.cards.files import dump, load
from characters.cards.limits import ARCHIVE_FILES, FILE_BYTES, JSON_BYTES, UNPACKED_BYTES
from characters.cards.schema import CharacterCard, blank
from characters.tests.conftest import picture

ASSETS = [{"type": "x_a", "uri": f"embeded://a/{i}.bin", "name": str(i), "ext": "bin"} for i in range(3)]
FILES = {f"a/{i}.bin": bytes([i]) * size for i, size in enumerate((2_000_000, 13_000_000, 1_000))}


def card_of(**data):
    return CharacterCard({**blank("Ada").data, **data})


def written(card, file_format, files, face=None):
    return dump(card, file_format, picture=face, files=files, created=1, modified=2)


@pytest.mark.parametrize(
    ("file_format", "limit"), [("v3-png", FILE_BYTES), ("v2-png", FILE_BYTES), ("json", JSON_BYTES)]
)
def test_files_that_do_not_fit_stay_out_and_their_entries_in(file_format, limit):
    data = written(card_of(assets=ASSETS), file_format, FILES, picture())

    loaded = load("a", data)

    assert len(data) <= limit
    assert list(loaded.files) == ["a/0.bin", "a/2.bin"]
    assert loaded.card.data["assets"] == ASSETS
    assert [line.value for line in loaded.report.warnings] == ["a/1.bin"]


def test_archive_has_room_for_all_of_them():
    assert dict(load("a", written(card_of(assets=ASSETS), "charx", FILES)).files) == FILES


def test_short_json_is_laid_out_and_long_json_is_not():
    assert written(card_of(), "json", {}).startswith(b'{\n  "spec"')
    assert b"\n" not in written(card_of(description="x" * 150_000), "json", {})


TOO_MUCH = [
    ("bytes", {f"{i}/a.bin": b"x" * 9_000_000 for i in range(6)}, "unpacked_too_large"),
    ("files", {f"{i}/a.bin": b"" for i in range(ARCHIVE_FILES)}, "too_many_files"),
]


@pytest.mark.parametrize(("_case", "files", "reason"), TOO_MUCH, ids=[row[0] for row in TOO_MUCH])
def test_archive_nobody_could_import_is_not_written(_case, files, reason):
    with pytest.raises(CardRefused) as refused:
        written(card_of(), "charx", files)

    assert (refused.value.reason.value, refused.value.path) == (reason, "files")
    assert UNPACKED_BYTES == 52_428_800


def test_json_nobody_could_import_is_not_written():
    greetings = ["x" * 190_000] * 25

    with pytest.raises(CardRefused) as refused:
        written(card_of(alternate_greetings=greetings), "json", {})

    assert (refused.value.reason.value, refused.value.path) == ("file_too_large", "$")
