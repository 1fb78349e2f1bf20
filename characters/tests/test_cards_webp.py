"""Cards in WebP pictures: no specification covers them, so what was seen in the wild is read."""

from __future__ import annotations

import base64
import io
import json

import pytest
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
