"""A face is deterministic, made of allow-listed parts, and carries nobody's words."""

from __future__ import annotations

import io
import xml.etree.ElementTree as ET

import pytest
from PIL import Image

from characters import art, avatar
from characters.avatar.catalogue import ACCESSORIES, EXPRESSIONS, GARMENTS, PARTS, variants
from characters.cards.errors import CardRefused

FACE = {
    "hair": "variant31",
    "skin_color": "#f2d6c4",
    "garment": {"kind": "hanfu", "color": "#2b3550", "trim": "#8fb7d9"},
}


def test_equal_faces_draw_equal_pictures():
    assert avatar.portrait_svg(FACE) == avatar.portrait_svg(dict(reversed(FACE.items())))


@pytest.mark.parametrize("kind", GARMENTS)
def test_every_garment_is_drawn_as_sound_svg(kind):
    svg = avatar.portrait_svg({}, garment={"kind": kind, "color": "#123456", "trim": "#abcdef"})

    assert "#123456" in svg
    assert "$" not in svg
    assert ET.fromstring(svg).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - our own drawing


def test_every_part_has_variants():
    assert {part: len(variants(part)) for part in (*PARTS, *ACCESSORIES)} == {
        "head": 4,
        "hair": 48,
        "eyes": 24,
        "eyebrows": 13,
        "nose": 6,
        "mouth": 27,
        "glasses": 5,
        "earrings": 3,
        "freckles": 1,
        "hairAccessories": 1,
        "beard": 2,
    }


def test_each_mood_changes_the_face_and_keeps_the_hair():
    drawn = {mood: avatar.portrait_svg(FACE, expression=mood) for mood in EXPRESSIONS}

    assert len(set(drawn.values())) == len(EXPRESSIONS)
    assert all("hair-variant31" in svg for svg in drawn.values())


def test_own_expression_wins_over_the_default():
    svg = avatar.portrait_svg(FACE, expression="joy", expressions={"joy": {"mouth": "happy01"}})

    assert "mouth-happy01" in svg


@pytest.mark.parametrize(
    "evil",
    [
        {"hair": 'variant01"/><script>'},
        {"hair_color": "red;url(x)"},
        {"skin_color": "#12345"},
        {"garment": {"kind": "<script>", "color": "javascript:1", "trim": "#zzzzzz"}},
        {"accessory": {"glasses": "../../x", "<b>": "y"}},
        {"accessory": "x", "garment": "y"},
    ],
)
def test_what_is_not_allowed_never_reaches_the_drawing(evil):
    svg = avatar.portrait_svg(evil)

    assert "script" not in svg
    assert "url(x)" not in svg
    assert svg == avatar.portrait_svg({})
    assert avatar.problems(evil) != []


def test_good_face_has_no_problems():
    assert avatar.problems({**FACE, "accessory": {"glasses": "variant01"}}) == []
    assert avatar.expression_problems({"joy": {"mouth": "happy01"}, "odd": {}, "fear": {"hair": "variant01"}}) == [
        "odd",
        "fear.hair",
    ]


def test_drawn_face_becomes_a_picture_for_export():
    picture = Image.open(io.BytesIO(avatar.portrait_png(FACE, accent="#8fb7d9", width=240)))

    assert (picture.format, picture.size) == ("PNG", (240, 320))
    assert picture.convert("RGB").getpixel((120, 2)) != (0, 0, 0)


def _upload(size=(900, 900), file_format="PNG", **options) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#8fb7d9").save(out, file_format, **options)
    return out.getvalue()


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP"])
def test_upload_becomes_an_upright_picture_without_metadata(file_format):
    exif = Image.Exif()
    exif[0x010E] = "somebody's home"
    data = _upload(file_format=file_format, exif=exif)

    clean = art.portrait(data).content

    picture = Image.open(io.BytesIO(clean))
    assert (picture.format, picture.size) == ("JPEG", (675, 900))
    assert b"somebody's home" not in clean
    assert "exif" not in picture.info


def test_large_upload_is_made_smaller():
    assert Image.open(io.BytesIO(art.portrait(_upload((3000, 4000))).content)).size == (768, 1024)


@pytest.mark.parametrize(
    ("_case", "data", "reason"),
    [
        ("not a picture", b"GIF89a...", "bad_image"),
        ("gif", _upload(file_format="GIF"), "bad_image"),
        ("too wide", _upload((4097, 10)), "image_too_large"),
        ("too many pixels", _upload((4090, 4000)), "image_too_large"),
        ("cut off", _upload(file_format="JPEG")[:300], "bad_image"),
    ],
)
def test_bad_upload_is_refused(_case, data, reason):
    with pytest.raises(CardRefused) as refused:
        art.portrait(data)

    assert refused.value.reason.value == reason
