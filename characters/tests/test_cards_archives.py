"""Hostile archives: refused by their directory or while unpacking, quickly, with a reason and a place."""

from __future__ import annotations

import io
import json
import struct
import time
import zipfile

import pytest

from characters.cards.errors import CardRefused
from characters.cards.files import load
from characters.tests.conftest import v2

CARD = json.dumps(v2()).encode()


def zipped(*files, card=CARD, method=zipfile.ZIP_DEFLATED):
    """Return an archive of (name, bytes[, unix mode]) with a card in front."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, raw, *mode in [("card.json", card), *files] if card is not None else files:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.external_attr = (mode[0] if mode else 0o644) << 16
            archive.writestr(info, raw, method)
    return out.getvalue()


def patched(data, place, form, *values):
    """Return `data` with numbers written over what stands at `place` behind its last directory header."""
    at = data.rfind(b"PK\x01\x02") + place
    raw = struct.pack(form, *values)
    return data[:at] + raw + data[at + len(raw) :]


def with_count(count):
    data = zipped()
    end = data.rfind(b"PK\x05\x06")
    return data[: end + 8] + struct.pack("<HH", count, count) + data[end + 12 :]


ENCRYPTED = patched(zipped(("a.bin", b"x")), 8, "<H", 1)
LYING = patched(zipped(("a.bin", b"x" * 500)), 24, "<I", 100)
STRANGE = patched(zipped(("a.bin", b"x")), 10, "<H", 99)
WRONG_SUM = patched(zipped(("a.bin", b"x" * 500)), 16, "<I", 1)
BOMB = zipped(("big.bin", b"\0" * 10_000_000))
TOTAL = zipped(*[(f"{i}.bin", b"\0" * 6_000_000) for i in range(9)])

HOSTILE = [
    ("cut off", zipped()[:-30], "broken_archive", "charx"),
    ("only an end", b"PK\x05\x06" + b"\0" * 18, "no_card_json", "charx.card.json"),
    ("no card", zipped(("sub/card.json", CARD), card=None), "no_card_json", "charx.card.json"),
    ("201 files", zipped(*[(f"{i}.bin", b"") for i in range(200)]), "too_many_files", "charx"),
    ("65,000 files announced", with_count(65_000), "too_many_files", "charx"),
    ("too few announced", with_count(0), "broken_archive", "charx"),
    ("ratio", BOMB, "unpacked_too_large", "charx.big.bin"),
    ("54 MB in all", TOTAL, "unpacked_too_large", "charx.0.bin"),
    ("size that lies", LYING, "broken_archive", "charx.a.bin"),
    ("wrong checksum", WRONG_SUM, "bad_crc", "charx.a.bin"),
    ("unknown method", STRANGE, "broken_archive", "charx.a.bin"),
    ("encrypted", ENCRYPTED, "encrypted", "charx.a.bin"),
    ("symlink", zipped(("link", b"/etc/passwd", 0o120777)), "unsafe_path", "charx.link"),
    ("parent", zipped(("a/../../b", b"")), "unsafe_path", "charx.a/../../b"),
    ("absolute", zipped(("/etc/passwd", b"")), "unsafe_path", "charx./etc/passwd"),
    ("drive", zipped(("C:/x", b"")), "unsafe_path", "charx.C:/x"),
    ("backslashes", zipped(("..\\..\\x", b"")), "unsafe_path", "charx.../../x"),
    ("right to left", zipped(("a\u202egnp.exe", b"")), "unsafe_path", "charx.a?gnp.exe"),
    ("card of 5 MiB", zipped(card=b'{"a":"' + b"x" * 5_000_000 + b'"}'), "file_too_large", "charx.card.json"),
    ("card is a list", zipped(card=b"[]"), "not_a_card", "$"),
    ("SFX without zip", b"MZ" + b"\0" * 5000, "unknown_format", ""),
    ("JPEG without zip", b"\xff\xd8\xff" + b"\0" * 5000, "no_card", ""),
    ("51 MiB", b"MZ" + b"\0" * (51 * 1024 * 1024) + zipped(), "file_too_large", ""),
    ("17 MiB without zip", b"{" + b" " * (17 * 1024 * 1024), "file_too_large", ""),
]


@pytest.mark.parametrize(("_case", "data", "reason", "path"), HOSTILE, ids=[row[0] for row in HOSTILE])
def test_hostile_archive_is_refused_quickly_with_its_place(_case, data, reason, path):
    started = time.process_time()

    with pytest.raises(CardRefused) as refused:
        load("x.charx", data)

    assert (refused.value.reason.value, refused.value.path) == (reason, path)
    assert time.process_time() - started < 1


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_two_members_of_one_name_are_refused():
    with pytest.raises(CardRefused) as refused:
        load("x.charx", zipped(("card.json", b"{}")))

    assert (refused.value.reason.value, refused.value.path) == ("duplicate_path", "charx.card.json")


def test_members_that_share_bytes_are_refused():
    data = zipped(("a.bin", b"x" * 50), ("a.bi2", b"x" * 50))
    shared = patched(data, 20, "<II", 200, 200)  # the last member now reaches into the directory

    with pytest.raises(CardRefused) as refused:
        load("x.charx", shared)

    assert (refused.value.reason.value, refused.value.path) == ("broken_archive", "charx.a.bi2")


@pytest.mark.parametrize("prefix", [b"", b"MZ" + b"\x90" * 70_000, b"\xff\xd8\xff\xe0" + b"j" * 500, b"#!/bin/sh\n"])
def test_archive_is_found_behind_any_prefix(prefix):
    loaded = load("x.charx", prefix + zipped(("a/b.bin", b"raw")))

    assert (loaded.card.name, dict(loaded.files)) == ("Ada", {"a/b.bin": b"raw"})
    assert loaded.picture == (prefix if prefix.startswith(b"\xff\xd8") else None)


def test_folders_and_backslashes_are_forgiven():
    loaded = load("x.charx", zipped(("assets/", b""), ("assets\\icon\\a.png", b"raw"), method=zipfile.ZIP_STORED))

    assert dict(loaded.files) == {"assets/icon/a.png": b"raw"}


def test_svg_is_dropped_with_a_line_and_its_entry_kept():
    assets = [{"type": "icon", "uri": "embeded://a.svg", "name": "main", "ext": "svg"}]
    data = zipped(("a.svg", b"<svg/>"), ("b.png", b"  <SVG onload=x>"), card=json.dumps(v2(assets=assets)).encode())

    loaded = load("x.charx", data)

    assert dict(loaded.files) == {}
    assert loaded.card.data["assets"] == assets
    assert [(line.note.value, line.path) for line in loaded.report.warnings] == [
        ("asset_svg", "charx.a.svg"),
        ("asset_svg", "charx.b.png"),
        ("asset_missing", "data.assets[0].uri"),
    ]


def test_streamed_archive_with_wide_sizes_is_read():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, archive.open("card.json", "w", force_zip64=True) as member:
        member.write(CARD)

    assert load("x.charx", out.getvalue()).card.name == "Ada"
