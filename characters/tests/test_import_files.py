"""Archives come in with their files: cleaned, stored by content, frozen with the version, never served alone."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from characters import art, services
from characters.models import Character, WorldBook
from characters.tests.conftest import v2

PNG = "assets/icon/images/main.png"


def picture(kind: str = "PNG", size: tuple[int, int] = (30, 40), **options) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#8fb7d9").save(out, kind, **options)
    return out.getvalue()


def charx(files: dict[str, bytes], **data) -> bytes:
    icon = {"type": "icon", "uri": f"embeded://{PNG}", "name": "main", "ext": "png"}
    card = {"spec": "chara_card_v3", "spec_version": "3.0", "data": {"name": "Ada", "assets": [icon], **data}}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("card.json", json.dumps(card))
        for name, content in files.items():
            made.writestr(name, content)
    return out.getvalue()


def test_files_are_cleaned_stored_and_frozen(creator):
    home = Image.Exif()
    home[0x010E] = "somebody's home"
    files = {
        PNG: picture(exif=home),
        "assets/x.jpg": picture("JPEG", exif=home),
        "assets/x.webp": picture("WEBP", (9, 9)),
        "assets/x.gif": picture("GIF", (9, 9)),
        "assets/voice.mp3": b"ID3 not really",
        "page.html": b"<html><script>alert(1)</script>",
    }

    character, _report = services.import_card(creator, "ada.charx", charx(files))
    version = services.publish(character)

    assert {path: row["type"] for path, row in character.files.items()} == {
        PNG: "image/png",
        "assets/x.jpg": "image/jpeg",
        "assets/x.webp": "image/webp",
        "assets/x.gif": "image/gif",
        "assets/voice.mp3": "audio/mpeg",
        "page.html": "application/octet-stream",
    }
    assert version.files == character.files
    assert character.art.endswith(".jpg")
    for row in character.files.values():
        with default_storage.open(row["name"]) as stored:
            content = stored.read()
        assert (len(content), b"somebody" in content) == (row["size"], False)
    assert character.files["page.html"]["name"].endswith(".bin")


def test_same_file_is_stored_once(creator, stranger):
    first, _report = services.import_card(creator, "a.charx", charx({PNG: picture()}))
    again, _report = services.import_card(stranger, "a.charx", charx({PNG: picture(), "copy.png": picture()}))

    assert {row["name"] for row in again.files.values()} == {first.files[PNG]["name"]}
    assert len(default_storage.listdir(f"cards/{first.files[PNG]['name'][6:8]}")[1]) == 1


def test_half_a_file_that_a_killed_process_left_is_written_again(creator, stranger):
    first, _report = services.import_card(creator, "a.charx", charx({PNG: picture()}))
    for name in (first.art, first.files[PNG]["name"]):
        path = Path(default_storage.path(name))
        path.write_bytes(path.read_bytes()[:9])

    again, _report = services.import_card(stranger, "a.charx", charx({PNG: picture()}))

    assert (again.art, again.files) == (first.art, first.files)
    for name in (first.art, first.files[PNG]["name"]):
        with default_storage.open(name) as stored:
            Image.open(stored).load()


def test_polyglot_keeps_its_pixels_only(creator):
    files = {PNG: picture() + b"<html><script>alert(1)</script>", "b.gif": picture("GIF") + b"PK\x03\x04"}

    character, _report = services.import_card(creator, "a.charx", charx(files))

    for row in character.files.values():
        with default_storage.open(row["name"]) as stored:
            content = stored.read()
        assert (b"script" in content, b"PK\x03\x04" in content) == (False, False)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_of_what_moves_the_first_frame_stays(creator, kind):
    frames = [Image.new("RGB", (8, 8), (number, 0, 0)) for number in range(1, 40)]
    moving = picture(kind, (8, 8), save_all=True, append_images=frames)

    character, report = services.import_card(creator, "a.charx", charx({"assets/m": moving, PNG: picture()}))

    assert [(line.path, line.note.value) for line in report.warnings] == [("assets/m", "animation")]
    with default_storage.open(character.files["assets/m"]["name"]) as stored:
        assert getattr(Image.open(stored), "n_frames", 1) == 1


def test_what_is_no_picture_we_take_is_left_out_and_said(creator, creator_client):
    files = {PNG: picture(), "a.svg": b"<svg/>", "b.png": b"\x89PNG\r\n\x1a\nbroken", "c.bmp": b"BM" + b"\0" * 60}

    upload = SimpleUploadedFile("a.charx", charx(files))
    answer = creator_client.post(reverse("characters:import"), {"file": upload}, follow=True)

    character = Character.objects.get()
    assert set(character.files) == {PNG}
    assert "Some files of it are not" in answer.content.decode()
    assert {row["note"] for row in character.import_report["warnings"]} == {"asset_dropped", "asset_svg"}


def test_face_that_is_no_picture_is_drawn_instead(creator):
    character, report = services.import_card(creator, "a.charx", charx({PNG: b"a video, say"}))

    assert (character.art, set(character.files)) == ("", {PNG})
    assert art.kind_of(services.export_card(character, creator, "v3-png").content) is art.Kind.PNG
    assert ("data.assets[0]", "not_shown") in [(line.path, line.note.value) for line in report.unsupported]


def test_broken_picture_inside_json_does_not_cost_the_card(creator):
    icon = {"type": "icon", "uri": "data:image/png;base64,iVBORw0KGgo=", "name": "main", "ext": "png"}
    card = {"spec": "chara_card_v3", "spec_version": "3.0", "data": {"name": "Ada", "assets": [icon]}}

    character, report = services.import_card(creator, "a.json", json.dumps(card).encode())

    assert (character.name, character.art, character.card["assets"]) == ("Ada", "", [icon])
    assert ("data.assets[0]", "asset_dropped") in [(line.path, line.note.value) for line in report.warnings]


def test_main_icon_is_not_called_unshown(creator):
    _character, report = services.import_card(creator, "a.charx", charx({PNG: picture()}))

    assert report.unsupported == ()


def test_odd_card_answers_briefly(creator, creator_client):
    card = json.dumps(v2(**{f"x_{number}": 1 for number in range(1200)})).encode()

    answer = creator_client.post("/api/v1/studio/imports/", {"file": SimpleUploadedFile("a.json", card)})

    kept = answer.json()["report"]["kept"]
    assert (len(kept), kept[-1]["note"], kept[-1]["message"]) == (501, "more", "and more places like these (700)")
    assert Character.objects.get().card["x_1199"] == 1


def test_pattern_the_engine_cannot_run_is_named(creator):
    book = {"entries": [{"keys": ["/(?=a)b/"], "content": "c", "use_regex": True}]}

    character, report = services.import_card(creator, "a.json", json.dumps(v2(character_book=book)).encode())

    assert ("data.character_book.entries[0].keys[0]", "regex_off", "lookaround") in [
        (line.path, line.note.value, line.value) for line in report.warnings
    ]
    assert character.card["character_book"]["entries"][0]["keys"] == ["/(?=a)b/"]


def test_lorebook_alone_becomes_a_book_over_the_api_and_the_page(creator, creator_client):
    data = {"spec": "lorebook_v3", "data": {"name": "Coast", "entries": [], "extensions": {}}}

    answer = creator_client.post(
        "/api/v1/studio/imports/", {"file": SimpleUploadedFile("coast.json", json.dumps(data).encode())}
    ).json()
    page = creator_client.post(
        reverse("characters:import"), {"file": SimpleUploadedFile("coast.json", json.dumps(data).encode())}
    )

    made = WorldBook.objects.get(public_id=answer["book"]["public_id"])
    assert (answer["character"], answer["book"]["name"], made.owner) == (None, "Coast", creator)
    assert (page.status_code, page.url) == (
        302,
        reverse("characters:book", args=[WorldBook.objects.exclude(pk=made.pk).get().public_id]),
    )


@pytest.mark.parametrize(
    ("ending", "media_type", "start"),
    [
        ("png", "image/png", b"\x89PNG"),
        ("v2.png", "image/png", b"\x89PNG"),
        ("json", "application/json", b"{"),
        ("charx", "application/zip", b"PK"),
    ],
)
@pytest.mark.parametrize("where", ["/c", "/api/v1/characters"])
def test_download_in_every_format(creator, client, where, ending, media_type, start):
    character, _report = services.import_card(creator, "ada.charx", charx({PNG: picture()}))
    services.publish(character)

    answer = client.get(f"{where}/{character.slug}/card.{ending}")

    assert (answer.status_code, answer["Content-Type"]) == (200, media_type)
    assert answer["Content-Disposition"] == f'attachment; filename="ada.{ending}"'
    assert answer["Cache-Control"] == "private, no-store"
    assert answer.content.startswith(start)


def test_format_that_does_not_exist_is_not_found(creator, client):
    character, _report = services.import_card(creator, "ada.charx", charx({PNG: picture()}))
    services.publish(character)

    assert client.get(f"/c/{character.slug}/card.svg").status_code == 404
