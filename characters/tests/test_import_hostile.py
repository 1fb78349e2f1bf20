"""Hostile files through the real addresses: always a 4xx that names the place, in a second, and nothing is kept."""

from __future__ import annotations

import io
import json
import resource
import struct
import time
import zipfile
import zlib
from functools import cache

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from characters.models import Character, WorldBook
from characters.tests.conftest import chunk, picture, text_chunk, v2

CARD = json.dumps({"spec": "chara_card_v3", "spec_version": "3.0", "data": {"name": "Ada"}}).encode()


def archive(*members: tuple[str, bytes], packed: bool = True, card: bytes = CARD) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED) as made:
        made.writestr("card.json", card)
        for name, content in members:
            made.writestr(name, content)
    return out.getvalue()


def image(kind: str, size: tuple[int, int] = (4, 4), **options) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#8fb7d9").save(out, kind, **options)
    return out.getvalue()


def symlink() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("card.json", CARD)
        link = zipfile.ZipInfo("assets/link")
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/etc/passwd")
    return out.getvalue()


def encrypted() -> bytes:
    data = bytearray(archive(("assets/a.bin", b"x")))
    data[data.index(b"PK\x03\x04") + 6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def twice() -> bytes:
    with pytest.warns(UserWarning, match="Duplicate"):
        return archive(("assets/a.bin", b"1"), ("assets/a.bin", b"2"))


def overlapping() -> bytes:
    """Two directory entries that point at the same bytes (the trick of 42.zip's heirs)."""
    data = archive(("assets/a.bin", b"x" * 1000), ("assets/b.bin", b"x" * 1000), packed=False)
    first = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 4)
    second = data.index(b"PK\x01\x02", first + 4)
    offset = data[first + 42 : first + 46]
    return data[: second + 42] + offset + data[second + 46 :]


def card_with(raw: str) -> bytes:
    return ('{"spec":"chara_card_v3","spec_version":"3.0","data":{"name":"Ada","x":' + raw + "}}").encode()


def huge_webp() -> bytes:
    body = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0" + (19_999).to_bytes(3, "little") * 2
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


HOSTILE = [
    ("F19 PNG header", "a.png", lambda: picture(text_chunk(v2()), width=20_000, height=20_000)),
    ("F19 PNG pixels", "a.png", lambda: picture(text_chunk(v2()), width=4096, height=4096)),
    ("F19 in an archive", "a.charx", lambda: archive(("assets/icon/images/a.png", picture(width=20_000, height=9)))),
    ("F19 WebP header", "a.webp", huge_webp),
    ("F19 WebP in an archive", "a.charx", lambda: archive(("assets/icon/images/a.webp", huge_webp()))),
    (
        "F19 many large ones",
        "a.charx",
        lambda: (lambda large: archive(*((f"assets/{n}.gif", large) for n in range(5)), packed=False))(
            image("GIF", (4000, 4000))
        ),
    ),
    ("F20 zTXt", "a.png", lambda: picture(chunk(b"zTXt", b"chara\0\0" + zlib.compress(b"A" * 90_000_000, 9)))),
    (
        "F20 iTXt",
        "a.png",
        lambda: picture(chunk(b"iTXt", b"ccv3\0\1\0\0\0" + zlib.compress(b"A" * 90_000_000, 9))),
    ),
    ("F20 long tEXt", "a.png", lambda: picture(text_chunk(b"x" * 600_000))),
    ("F20 many tEXt", "a.png", lambda: picture(*[chunk(b"tEXt", b"a\0b")] * 65)),
    ("F20 bad CRC", "a.png", lambda: picture(text_chunk(v2())).replace(b"chara", b"chbra")),
    ("F22 SVG", "a.svg", lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>'),
    ("F22 SVG called PNG", "a.png", lambda: b'<?xml version="1.0"?><!-- --><svg xmlns="http://www.w3.org/2000/svg"/>'),
    ("F23 bomb", "a.charx", lambda: archive(("assets/a.bin", b"\0" * 60_000_000))),
    ("F23 ratio", "a.charx", lambda: archive(("assets/a.bin", b"\0" * 30_000_000))),
    ("F23 many files", "a.charx", lambda: archive(*((f"assets/{n}", b"") for n in range(3000)))),
    ("F23 dots", "a.charx", lambda: archive(("../../etc/passwd", b"x"))),
    ("F23 absolute", "a.charx", lambda: archive(("/etc/passwd", b"x"))),
    ("F23 backslashes", "a.charx", lambda: archive(("..\\..\\x", b"x"))),
    ("F23 symlink", "a.charx", symlink),
    ("F23 encrypted", "a.charx", encrypted),
    ("F23 twice", "a.charx", twice),
    ("F23 overlapping", "a.charx", overlapping),
    ("F23 behind a program", "a.charx", lambda: b"MZ" + b"\0" * 200 + archive(("../x", b"x"))),
    ("F23 cut off", "a.charx", lambda: archive(("assets/a.bin", b"x" * 500))[:-30]),
    ("F23 no card", "a.charx", lambda: archive(card=b"")),
    ("F23 hostile card", "a.charx", lambda: archive(card=card_with("NaN"))),
    ("F24 deep", "a.json", lambda: card_with("[" * 200_000 + "]" * 200_000)),
    ("F24 a million keys", "a.json", lambda: card_with("[" + "0," * 1_000_000 + "0]")),
    ("F24 NaN", "a.json", lambda: card_with("NaN")),
    ("F24 infinity", "a.json", lambda: card_with("1e999")),
    ("F24 5000 digits", "a.json", lambda: card_with("9" * 5000)),
    ("F24 surrogate", "a.json", lambda: card_with('"\\ud800"')),
    ("F24 NUL", "a.json", lambda: card_with('"\\u0000"')),
    ("F24 name", "a.json", lambda: json.dumps(v2(name="a" * 1_048_576)).encode()),
    ("F24 tags", "a.json", lambda: json.dumps(v2(tags="x")).encode()),
    ("F24 V1 with V2 types", "a.json", lambda: b'{"name":["a"],"first_mes":"x","description":1}'),
    ("F24 book", "a.json", lambda: b'{"spec":"lorebook_v3","data":{"entries":[{"keys":5}]}}'),
    ("F24 world info", "a.json", lambda: b'{"entries":{"0":{"key":"x","content":[]}}}'),
    ("F24 not UTF-8", "a.json", lambda: b'{"name":"\xff"}'),
    ("nothing", "a.json", lambda: b" "),
    ("a list", "a.json", lambda: b"[]"),
    ("a program", "a.exe", lambda: b"MZ" + b"\0" * 1000),
    ("YAML aliases", "a.yaml", lambda: b"a: &a [x]\nb: [*a, *a]\n"),
    ("YAML tags", "a.yaml", lambda: b"character_name: !!python/object/apply:os.system ['true']\n"),
    ("larger than any card", "a.json", lambda: b" " * 17_000_000),
]
IDS = [row[0] for row in HOSTILE]
# The page calls the same service; one file of each kind proves that it shows what the service says.
ON_THE_PAGE = {
    "F19 PNG header",
    "F20 zTXt",
    "F22 SVG called PNG",
    "F23 bomb",
    "F23 dots",
    "F24 deep",
    "F24 NUL",
    "a list",
}


@cache
def made(case: str) -> bytes:
    """Return the file of a case; some take longer to make than to refuse."""
    return next(make for name, _file, make in HOSTILE if name == case)()


@pytest.mark.parametrize(("case", "name", "_make"), HOSTILE, ids=IDS)
def test_hostile_file_is_a_problem_with_a_place_over_the_api(creator, creator_client, case, name, _make):
    upload = SimpleUploadedFile(name, made(case))
    creator_client.get("/api/v1/studio/characters/")  # the first request of all loads the site
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()

    answer = creator_client.post("/api/v1/studio/imports/", {"file": upload})

    spent = time.process_time() - started
    problem = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert (problem["code"], [error["field"] for error in problem["errors"]]) == (
        "card_unreadable",
        [problem["path"] or "file"],
    )
    assert problem["errors"][0]["message"]
    assert spent < 1
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory < 200 * 1024
    assert (Character.objects.count(), WorldBook.objects.count()) == (0, 0)
    assert [default_storage.exists(folder) for folder in ("cards", "art")] == [False, False]


@pytest.mark.parametrize(("case", "name"), [row[:2] for row in HOSTILE if row[0] in ON_THE_PAGE])
def test_hostile_file_is_an_error_at_the_field_of_the_page(creator, creator_client, case, name):
    answer = creator_client.post(reverse("characters:import"), {"file": SimpleUploadedFile(name, made(case))})

    assert answer.status_code == 422
    assert len(answer.context["form"].errors["file"]) == 1
    assert (Character.objects.count(), WorldBook.objects.count()) == (0, 0)
