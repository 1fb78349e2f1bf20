"""Chat files on the pages, over the API and from the command line."""

from __future__ import annotations

import io
import json
import zipfile
from io import StringIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from chat import services
from chat.models import Conversation, Message
from chat.tests.factories import talk
from chat.tests.test_transfer_tavern import FILE, HEAD, SAID, packed
from chat.transfer import limits


def upload(data: bytes = packed(FILE), name: str = "chat.jsonl") -> SimpleUploadedFile:  # noqa: B008 - read only
    return SimpleUploadedFile(name, data)


def test_a_file_becomes_a_chat_and_its_report_is_told(fan_client, mira):
    answer = fan_client.post(reverse("chat:import"), {"file": upload()}, follow=True)

    chat = Conversation.objects.get()
    html = answer.content.decode()
    assert answer.redirect_chain == [(reverse("chat:imported", args=[chat.public_id]), 302)]
    assert "Your chat has arrived" in html
    assert "<code>extra.reasoning</code>" in html
    assert "It rains." in fan_client.get(reverse("chat:conversation", args=[chat.public_id])).content.decode()


def test_the_room_brings_a_chat_to_its_own_character(fan_client, conversation, mira):
    data = packed([{**HEAD, "character_name": "Somebody"}, SAID])

    fan_client.post(reverse("chat:import"), {"file": upload(data), "character": mira.slug})

    assert Conversation.objects.filter(channel="import", character=mira).count() == 1


@pytest.mark.parametrize(
    ("_case", "data", "words"),
    [
        (
            "broken",
            packed([HEAD]) + b'{"mes": ',
            "This is no valid JSON. Export the chat once more. (line 2[column 8])",
        ),
        ("of nobody", packed([{**HEAD, "character_name": "Nora"}, SAID]), "Choose the character, then send it again."),
        ("too large", b"x" * (limits.FILE_BYTES + 1), "The file is larger than 20 MB."),
    ],
)
def test_a_refused_file_is_told_beside_its_field(fan_client, mira, _case, data, words):
    answer = fan_client.post(reverse("chat:import"), {"file": upload(data)})

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not Conversation.objects.exists()


@pytest.mark.parametrize(("chat_format", "kind"), [("json", "application/json"), ("jsonl", "application/jsonl")])
def test_a_chat_is_taken_home(fan_client, conversation, mira, chat_format, kind):
    answer = fan_client.get(reverse("chat:export-as", args=[conversation.public_id, chat_format]))

    assert answer["Content-Type"].startswith(kind)
    assert answer["Content-Disposition"] == f'attachment; filename="cardia-{mira.slug}.{chat_format}"'
    assert "You are dripping on my stairs." in answer.content.decode()


def test_every_branch_is_taken_home_in_a_zip(fan_client, conversation, model):
    model(reply="Well.")
    talk(conversation, "Good evening.")

    answer = fan_client.get(reverse("chat:export-as", args=[conversation.public_id, "zip"]))

    names = zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert names == ["001 - Well.jsonl"]


def test_an_unknown_format_and_a_stranger_s_chat_are_nothing(fan_client, stranger_client, conversation):
    assert fan_client.get(reverse("chat:export-as", args=[conversation.public_id, "doc"])).status_code == 404
    for name, more in (("chat:export", []), ("chat:export-as", ["jsonl"]), ("chat:imported", [])):
        assert stranger_client.get(reverse(name, args=[conversation.public_id, *more])).status_code == 404
    assert fan_client.get(reverse("chat:imported", args=[conversation.public_id])).status_code == 404


def test_the_list_and_the_room_offer_chat_files(fan_client, conversation):
    room = fan_client.get(reverse("chat:conversation", args=[conversation.public_id])).content.decode()
    listed = fan_client.get(reverse("chat:list")).content.decode()

    assert f'action="{reverse("chat:import")}"' in room
    assert reverse("chat:export-as", args=[conversation.public_id, "jsonl"]) in room
    assert f'action="{reverse("chat:import")}"' in listed


def test_the_api_takes_a_file_and_gives_it_back(fan_client, mira):
    answer = fan_client.post(reverse("v1:chat:import"), {"file": upload(), "character": mira.slug})

    told = answer.json()
    assert answer.status_code == 201
    assert (told["report"]["messages"], told["report"]["left_out"]) == (5, {"hidden": 1})
    back = fan_client.get(reverse("v1:chat:export-as", args=[told["conversation"]["id"], "jsonl"]))
    assert [json.loads(line) for line in back.content.decode().splitlines()] == FILE


def test_the_api_refuses_with_a_place(fan_client, mira):
    answer = fan_client.post(reverse("v1:chat:import"), {"file": upload(packed(FILE) + b'{"mes": \n')})

    told = answer.json()
    assert (answer.status_code, told["code"]) == (422, "chat_file_refused")
    assert (told["path"], told["errors"][0]["field"]) == ("line 7[column 8]", "line 7[column 8]")
    assert not Message.objects.exists()


def test_the_api_knows_only_whom_one_may_meet(fan_client, mira):
    answer = fan_client.post(reverse("v1:chat:import"), {"file": upload(), "character": "nora"})

    assert answer.status_code == 404
    assert not Conversation.objects.exists()


def test_nobody_imports_or_exports(client, conversation):
    assert client.post(reverse("v1:chat:import"), {"file": upload()}).status_code == 401
    assert client.get(reverse("chat:import")).status_code == 302


def test_the_command_line_does_the_same(tmp_path, fan, mira):
    source, target = tmp_path / "chat.jsonl", tmp_path / "again.jsonl"
    source.write_bytes(packed(FILE))
    out = StringIO()

    call_command("chats", "import", str(source), "--fan", fan.email, "--character", mira.slug, stdout=out)
    told = json.loads(out.getvalue())
    call_command("chats", "export", told["conversation"], "--format", "jsonl", "--out", str(target))

    assert [json.loads(line) for line in target.read_text().splitlines()] == FILE
    printed = StringIO()
    call_command("chats", "export", told["conversation"], stdout=printed)
    assert json.loads(printed.getvalue())["format"] == "cardia.conversation/2"


def test_the_command_line_says_what_is_wrong(tmp_path, fan, mira, conversation):
    broken = tmp_path / "broken.jsonl"
    broken.write_bytes(packed(FILE) + b'{"mes": \n')
    before = services.export_conversation(conversation)

    for arguments, words in (
        (("import", str(broken), "--fan", fan.email), "line 7"),
        (("import", str(broken), "--fan", "nobody@cardia.example"), "no account"),
        (("import", str(broken), "--fan", fan.email, "--character", "nora"), "no character nora"),
        (("import", str(tmp_path / "none"), "--fan", fan.email), "cannot be read"),
        (("export", "01a206c9-0d6e-7390-b29c-ff20f48b826c"), "no conversation"),
        (("export", str(conversation.public_id), "--format", "zip"), "--out"),
    ):
        with pytest.raises(CommandError, match=words):
            call_command("chats", *arguments)

    assert services.export_conversation(conversation) == before
    assert Conversation.objects.count() == 1
