"""Cards in WebP pictures: no specification covers them, so what was seen in the wild is read."""

from __future__ import annotations

import base64
import io
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from characters.cards.errors import CardRefused
from characters.cards.files import load
from characters.tests.conftest import v2

CARD = json.dumps(v2()).encode()


def webp(**how):
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, "WEBP", **how)
    return out.getvalue()


def exif(tag, value):
    made = Image.Exif()
    made.get_ifd(0x8769)[tag] = value
    return made.tobytes()


def xmp(text):
    return f'<x:xmpmeta><rdf:Description tavern:chara="{text}"/></x:xmpmeta>'.encode()


WHOLE = webp(exif=exif(0x9286, CARD), xmp=xmp(base64.b64encode(CARD).decode()))
IN_WEBP = [
    ("JSON", exif(0x9286, b"ASCII\0\0\0" + CARD), b""),
    ("JSON without charset", exif(0x9286, CARD), b""),
    ("UTF-16", exif(0x9286, b"UNICODE\0" + CARD.decode().encode("utf-16-le")), b""),
    ("base64", exif(0x9286, base64.b64encode(CARD)), b""),
    ("numbers", exif(0x9286, b"\0" * 8 + ",".join(map(str, CARD)).encode()), b""),
    ("XMP", b"", xmp(base64.b64encode(CARD).decode())),
    ("XMP, JSON", b"", xmp(CARD.decode().replace('"', "&quot;"))),
]


@pytest.mark.parametrize(("_case", "exif_data", "xmp_data"), IN_WEBP, ids=[row[0] for row in IN_WEBP])
def test_card_in_webp_is_read(_case, exif_data, xmp_data):
    data = webp(exif=exif_data, xmp=xmp_data)

    loaded = load("a.webp", data)

    assert (loaded.card.name, loaded.report.container, loaded.picture) == ("Ada", "webp", data)


BAD_WEBP = [
    ("no card", webp(), "no_card", "webp"),
    ("cut off", webp(exif=exif(0x9286, CARD))[:-30], "broken_webp", None),
    ("number above 255", webp(exif=exif(0x9286, b"\0" * 8 + b"123,999")), "no_card", "webp"),
    ("not JSON", webp(exif=exif(0x9286, b"{nothing")), "bad_json", "webp.EXIF.UserComment[line 1, column 2]"),
    (
        "huge",
        b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0" + b"\0" * 4 + b"\x1f\x4e\0" * 2,
        "image_too_large",
        "webp.VP8X",
    ),
]


@pytest.mark.parametrize(("_case", "data", "reason", "path"), BAD_WEBP, ids=[row[0] for row in BAD_WEBP])
def test_webp_without_a_sound_card_is_refused(_case, data, reason, path):
    with pytest.raises(CardRefused) as refused:
        load("a.webp", data)

    assert refused.value.reason.value == reason
    assert path is None or refused.value.path == path


HOSTILE = [
    ("labels without end", xmp("x").replace(b"</x:xmpmeta>", b"<chara>" * 500_000), "no_card", "webp"),
    ("spaces", b"chara" + b" " * 3_000_000, "no_card", "webp"),
    ("digits", xmp("&#" + "9" * 5_000 + ";"), "no_card", "webp"),
    ("5 MiB", b"x" * 5_000_000, "chunk_too_large", "webp.XMP"),
]


@pytest.mark.parametrize(("_case", "packet", "reason", "path"), HOSTILE, ids=[row[0] for row in HOSTILE])
def test_hostile_packet_is_refused_quickly(_case, packet, reason, path):
    started = time.process_time()

    with pytest.raises(CardRefused) as refused:
        load("a.webp", webp(xmp=packet))

    assert (refused.value.reason.value, refused.value.path) == (reason, path)
    assert time.process_time() - started < 1


@settings(max_examples=150, deadline=None)
@given(at=st.floats(0, 1), gone=st.integers(0, 6), added=st.binary(max_size=6))
def test_damaged_picture_is_read_or_refused(at, gone, added):
    data = WHOLE[: int(at * len(WHOLE))] + added + WHOLE[int(at * len(WHOLE)) + gone :]

    try:
        name = load("a.webp", data).card.name
    except CardRefused as refused:
        name = refused.reason.value

    assert name
