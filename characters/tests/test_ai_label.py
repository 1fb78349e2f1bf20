"""A picture that says AI made it keeps saying so, through import, on the page and in every export."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from characters import art, services
from characters.art.label import AiLabel
from characters.cards.files import load
from characters.tests.conftest import chunk, text_chunk, v2

AIGC = {"Label": "1", "ContentProducer": "Some Studio", "ProduceID": "a<1>&"}
OBJECT = json.dumps({"AIGC": AIGC})
XMP = AiLabel(AIGC).as_xmp()
IPTC = b"<x:xmpmeta>http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia</x:xmpmeta>"


def encoded(kind: str, **options) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (30, 40), "#8fb7d9").save(out, kind, **options)
    return out.getvalue()


def png(*chunks: bytes) -> bytes:
    plain = encoded("PNG")
    return plain[:33] + b"".join(chunks) + plain[33:]


def exif(text: str) -> Image.Exif:
    made = Image.Exif()
    made[0x9286] = b"UNICODE\0" + text.encode("utf-16-le")
    return made


LABELLED = [
    ("PNG text", png(chunk(b"tEXt", b"AIGC\0" + json.dumps(AIGC).encode())), "1"),
    ("PNG XMP", png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP)), "1"),
    ("PNG packed XMP", png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(XMP))), "1"),
    ("PNG zTXt", png(chunk(b"zTXt", b"Comment\0\0" + zlib.compress(OBJECT.encode()))), "1"),
    ("JPEG XMP", encoded("JPEG", xmp=XMP), "1"),
    ("WebP XMP", encoded("WEBP", xmp=XMP), "1"),
    ("JPEG EXIF", encoded("JPEG", exif=exif(OBJECT)), "1"),
    ("WebP EXIF", encoded("WEBP", exif=exif(OBJECT)), "1"),
    ("IPTC", encoded("JPEG", xmp=IPTC), "1"),
    ("C2PA", png(chunk(b"caBX", b"\0\0jumb...digitalSourceType" + b"trainedAlgorithmicMedia")), "1"),
    ("may be", png(chunk(b"tEXt", b'AIGC\0{"Label":"2"}')), "2"),
    ("Stable Diffusion", png(chunk(b"tEXt", b"parameters\0a lighthouse\nSteps: 20, Sampler: Euler")), "3"),
    ("ComfyUI", png(chunk(b"tEXt", b'workflow\0{"nodes":[]}')), "3"),
    ("NovelAI", png(chunk(b"tEXt", b"Software\0NovelAI")), "3"),
]


@pytest.mark.parametrize(("_case", "data", "level"), LABELLED, ids=[row[0] for row in LABELLED])
def test_label_is_found_and_written_again(_case, data, level):
    clean = art.portrait(data)

    assert clean.label.level == level
    assert art.label_of(clean.content) == clean.label
    assert art.label_of(art.as_png(clean.content)) == clean.label


UNLABELLED = [
    ("plain", png()),
    ("a card that talks about it", png(text_chunk(v2(description=OBJECT)))),
    ("an author", png(chunk(b"tEXt", b"Author\0Ada"))),
    ("odd label", png(chunk(b"tEXt", b'AIGC\0{"Label":"no"}'))),
    ("no object", png(chunk(b"tEXt", b"AIGC\0" + b"{" * 5000))),
    ("bomb", png(chunk(b"zTXt", b"AIGC\0\0" + zlib.compress(b"A" * 9_000_000)))),
    ("broken chunk", b"\x89PNG\r\n\x1a\n" + struct.pack(">I4s", 2**31, b"tEXt") + b"AIGC"),
    ("broken JPEG", b"\xff\xd8\xff\xe1\0\0\xff\xe1\0\0"),
    ("broken WebP", b"RIFF\0\0\0\0WEBPXMP \xff\xff\xff\xff"),
    ("text", b"AIGC" + OBJECT.encode()),
]


@pytest.mark.parametrize(("_case", "data"), UNLABELLED, ids=[row[0] for row in UNLABELLED])
def test_what_says_nothing_has_no_label(_case, data):
    assert art.label_of(data) is None


def test_nothing_else_of_the_metadata_survives():
    home = Image.Exif()
    home[0x010E] = "somebody's home"
    home.get_ifd(0x8825)[1] = "N"
    info = PngInfo()
    info.add_text("Author", "somebody's name")
    info.add_text("AIGC", json.dumps({**AIGC, "Secret": "somebody's key"}))

    clean = art.asset(encoded("PNG", pnginfo=info, exif=home), path="a.png").content

    assert b"somebody" not in clean
    assert art.label_of(clean).fields == AIGC
    assert "exif" not in Image.open(io.BytesIO(clean)).info


@pytest.mark.parametrize("file_format", ["v2-png", "v3-png"])
def test_imported_label_is_in_the_report_on_the_page_and_in_the_export(creator, creator_client, fan, file_format):
    card = png(chunk(b"tEXt", b"AIGC\0" + json.dumps(AIGC).encode()), text_chunk(v2()))

    answer = creator_client.post("/api/v1/studio/imports/", {"file": SimpleUploadedFile("a.png", card)}).json()

    assert ("picture", "ai_label") in [(line["path"], line["note"]) for line in answer["report"]["warnings"]]
    character = creator.characters.get()
    services.publish(character)
    exported = services.export_card(character, fan, file_format).content
    assert art.label_of(exported).fields == AIGC
    Image.open(io.BytesIO(exported)).verify()
    page = creator_client.get(reverse("characters:detail", args=[character.slug])).content.decode()
    assert "Picture made by AI" in page

    services.set_art(character, png())
    services.publish(character)
    assert art.label_of(services.export_card(character, fan, file_format).content) is None


def test_pictures_in_an_archive_keep_their_own_label(creator):
    packed = io.BytesIO()
    data = {"name": "Ada", "assets": [{"type": "emotion", "uri": "embeded://joy.png", "name": "joy", "ext": "png"}]}
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr("card.json", json.dumps({"spec": "chara_card_v3", "spec_version": "3.0", "data": data}))
        made.writestr("joy.png", png(chunk(b"tEXt", b"AIGC\0" + json.dumps(AIGC).encode())))

    character, report = services.import_card(creator, "a.charx", packed.getvalue())

    assert [(line.path, line.note.value) for line in report.warnings] == [("joy.png", "ai_label")]
    assert character.files["joy.png"]["ai"] is True
    exported = load("a.charx", services.export_card(character, creator, "charx").content)
    assert art.label_of(exported.files["joy.png"]).fields == AIGC
