"""Whatever bytes come in, a card, a book or `CardRefused` comes out; nothing else, not late, not at any price."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from characters.cards.errors import CardRefused
from characters.cards.files import FORMATS, dump, dump_book, load
from characters.cards.limits import JSON_BYTES
from characters.tests.conftest import SHARED, chunk, picture, text_chunk, v2
from characters.tests.strategies import JSON
from characters.tests.test_cards_archives import CARD, zipped
from companion_site.tests.require import need

SPLICE = st.tuples(st.floats(0, 1), st.integers(0, 8), st.binary(max_size=8))
KEYS = (
    *("spec", "spec_version", "data", "name", "entries", "character_book", "extensions", "assets", "uri", "type"),
    *("keys", "key", "content", "uid", "disable", "cardia/carried", "cardia/worldinfo", "icon", "v3", "files", "paths"),
    *("config", "meta", "systemRole", "title", "examples", "character_name", "system", "first_mes", "index", "was"),
)
ODD = st.recursive(
    st.sampled_from(("chara_card_v2", "chara_card_v3", "lorebook_v3", "3.0", "embeded://a", "data:;base64,AA==", "0"))
    | JSON,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5),
    max_leaves=20,
)


def settled(data: bytes) -> None:
    """Load `data` and, where that goes well, write it in every format and load it again."""
    try:
        loaded = load("x", data)
    except CardRefused:
        return
    if loaded.card is None:
        for file_format in ("lorebook_v3", "sillytavern"):
            assert load("x", dump_book(loaded.book, loaded.envelope, file_format)).book is not None
        return
    for file_format in FORMATS:
        written = dump(loaded.card, file_format, picture=picture(), files=loaded.files, created=1, modified=2)
        assert load("x", written).card is not None


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pick=st.integers(0, 10_000), splices=st.lists(SPLICE, min_size=1, max_size=4), sums=st.booleans())
def test_damaged_vectors_never_break_the_reader(vector, pick, splices, sums):
    vector("synthetic/v1.json")
    files = sorted(path for path in SHARED.glob("synthetic/*") if path.suffix != ".md")
    data = files[pick % len(files)].read_bytes()
    for at, gone, added in splices:
        place = int(at * len(data))
        data = data[:place] + added + data[place + gone :]

    settled(mended(data) if sums else data)


def mended(data: bytes) -> bytes:
    """Return a PNG with its checksums put right, so that damage gets past them."""
    out, place = data[:8], 8
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return data
    while place + 12 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        body = data[place + 4 : place + 8 + length]
        out += data[place : place + 4] + body + zlib.crc32(body).to_bytes(4, "big")
        place += 12 + length
    return out


@settings(max_examples=120, deadline=None)
@given(value=ODD)
def test_any_json_is_read_or_refused(value):
    settled(json.dumps(value).encode())


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=60), data=st.dictionaries(st.sampled_from(KEYS), ODD, max_size=8))
def test_any_card_is_read_or_refused(text, data):
    for spec in ("chara_card_v2", "chara_card_v3"):
        settled(json.dumps({"spec": spec, "data": {"name": "a", **data}}).encode())
    settled(b"character_name: a\nsystem: b\n" + text.encode("utf-8", "replace"))


def carrying(count):
    """Return fields of a card that says of every asset that our own export has moved it."""
    moved = {str(i): f"embeded://{i}" for i in range(count)}
    assets = [{"uri": "data:;base64,AA=="} if count > 9_000 else {"uri": "__asset:0"}] * count
    return {"assets": assets, "extensions": {"cardia/carried": {"files": moved, "paths": {"0": "a/b"}}}}


DICTS = b"[" + b'{"":{"":{"":0}}},' * (JSON_BYTES // 18) + b"0]"
WORST = [
    ("a dict every five bytes", DICTS),
    ("2,000,000 numbers", b"[" + b"0," * (JSON_BYTES // 2 - 2) + b"0]"),
    ("699,000 numbers", b"[" + b"12345," * (JSON_BYTES // 6 - 2) + b"0]"),
    ("one float of 4 MB", b'{"a":0.' + b"1" * (JSON_BYTES - 20) + b"}"),
    ("one text of escapes", b'{"a":"' + b"\\u4e2d" * (JSON_BYTES // 6 - 4) + b'"}'),
    ("zTXt bomb", picture(chunk(b"zTXt", b"chara\0\0" + zlib.compress(b"A" * 100_000_000, 9)))),
    ("49 MiB of files", zipped(*[(f"{i}.bin", bytes([i]) * 1_000_000) for i in range(49)], method=0)),
    ("ratio bomb", zipped(("a.bin", b"\0" * 49_000_000))),
    ("20,000 empty chunks", picture(*[chunk(b"teST", b"")] * 19_000, text_chunk(v2()))),
    ("YAML aliases", b"character_name: &a [x]\nsystem: [*a, *a]"),
    ("deep YAML", b"character_name: " + b"[" * 120_000),
    ("wide YAML", b"character_name: a\nsystem: [" + b"a," * 60_000 + b"]"),
    ("card of one letter", zipped(card=CARD[:-2] + b', "z": "' + b"z" * 4_000_000 + b'"}}')),
]

WORST += [
    ("60,000 assets carried", json.dumps(v2(**carrying(60_000))).encode()),
    (
        "40,000 assets of one file",
        picture(text_chunk(v2(**carrying(3_000))), text_chunk(b"raw", b"chara-ext-asset_:0")),
    ),
    (
        "60,000 decorators",
        json.dumps(v2(character_book={"entries": [{"keys": [], "content": "@@\n" * 60_000}]})).encode(),
    ),
]
MEASURE = """
import sys, time
from characters.cards.errors import CardRefused
from characters.cards.files import load
def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
data = open(sys.argv[1], "rb").read()
before, started = peak(), time.process_time()
try:
    load("x", data)
except CardRefused:
    pass
print(time.process_time() - started, (peak() - before) / 1024)
"""


@pytest.mark.parametrize(("_case", "data"), WORST, ids=[row[0] for row in WORST])
def test_worst_files_take_neither_a_second_nor_much_memory(_case, data, tmp_path):
    need(Path("/proc/self/status").exists(), "the kernel tells no high-water mark of memory here")
    file = tmp_path / "card"
    file.write_bytes(data)
    root = Path(__file__).resolve().parents[2]

    done = subprocess.run(  # noqa: S603 - a process of its own, because memory is measured by its high-water mark
        [sys.executable, "-c", MEASURE, str(file)], cwd=root, capture_output=True, text=True, check=True
    )

    seconds, mib = map(float, done.stdout.split())
    assert seconds < 1
    assert mib < 200, mib


def test_refusal_is_quick_even_for_many_small_values():
    started = time.process_time()

    with pytest.raises(CardRefused) as refused:
        load("x", DICTS)

    assert refused.value.reason.value == "too_many_values"
    assert time.process_time() - started < 0.2
