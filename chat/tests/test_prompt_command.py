"""`manage.py prompt`: the prompt for a chat from a file, and that of a stored reply, once more to the byte."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from characters import services as studio
from characters.tests.factories import SECRET, draft, live
from chat import services
from chat.models import Message
from chat.tests.factories import reload, talk

pytestmark = pytest.mark.django_db

NOW = "2026-11-23T10:00:00+08:00"
LIVELY = {
    "description": "{{char}} keeps {{random::three::four::five}} lamps. It is {{weekday}}. {{pick::Red::Green::Blue}}.",
    "post_history_instructions": "{{incvar::turns}}. Roll: {{roll::d100}}. Away: {{idle_duration}}.",
    "character_book": {
        "extensions": {},
        "entries": [
            {
                "keys": ["storm"],
                "content": "A storm of {{random::nine::ten::eleven}} days. {{setvar::weather::bad}}",
                "extensions": {"sticky": 9},
                "enabled": True,
                "insertion_order": 1,
            }
        ],
    },
}


def lively(owner):
    character = draft(owner)
    studio.update_card(character, data=LIVELY)
    studio.publish(character)
    return character


def run(*args, **options):
    out = StringIO()
    named = [f"--{name}={value}" for name, value in options.items()]
    call_command("prompt", *args, *named, stdout=out)
    return json.loads(out.getvalue())


def file_of(tmp_path, chat):
    path = tmp_path / "chat.json"
    path.write_text(json.dumps(chat))
    return path


@pytest.fixture
def said(tmp_path):
    rows = [("character", "Hello."), ("fan", "A storm!"), ("character", "Mind the step.")]
    rows += [("fan", "Hm."), ("character", "Sit.")] * 2 + [("fan", "Again?")]
    return file_of(tmp_path, [{"role": role, "text": text} for role, text in rows])


@pytest.fixture
def told(creator, fan, model, settings):
    """Two replies from a model with room, of a card full of chance."""
    settings.CHAT_PROMPT_LIMITS = {"fake": {}}
    model(replies=["*nods* Sit.", "*pours tea* Stay.", "*listens* Yes."])
    conversation = services.start_conversation(fan, lively(creator))
    return conversation, [talk(conversation, text, f"client-{n}") for n, text in enumerate(["A storm!", "And now?"])]


def test_a_chat_from_a_file_gets_its_prompt(creator, said):
    character = lively(creator)
    options = {"chat": said, "user": "Li", "now": NOW, "preset": "default"}

    made = run(character.slug, **options)

    assert made == run(character.slug, **options)
    assert made["hash"] != run(character.slug, **options, seed=2)["hash"]
    assert made["user"] == "Li"
    assert made["now"] == NOW
    assert "Again?" in [message["content"] for message in made["messages"]]
    assert made["tokens"]["total"] == sum(made["tokens"]["parts"].values())
    assert {"charDescription", "jailbreak"} <= made["tokens"]["parts"].keys()
    assert "It is Monday." in made["messages"][0]["content"]
    assert "{{" not in json.dumps(made["messages"])
    # The storm was spoken of long ago, set a variable then and is sticky; turns are counted along the chat.
    assert [row["reason"] for row in made["trace"]["lore"]] == ["sticky"]
    assert made["trace"]["state"]["variables"]["local"] == {"turns": "4", "weather": "bad"}


def test_the_file_names_the_fan_and_what_is_locked_stays_out(creator, tmp_path):
    character = live(creator, storyline=True)
    rows = [
        {"user_name": "Ada", "chat_metadata": {}},
        {"is_user": True, "mes": "{{user}} wants the secret of the lamp"},
    ]
    path = tmp_path / "chat.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows))

    made = run(character.slug, chat=path, now=NOW, preset="default")

    assert made["user"] == "Ada"
    assert SECRET not in json.dumps(made)
    # What the fan wrote is no card text: nothing in it is filled.
    assert "{{user}} wants the secret of the lamp" in [message["content"] for message in made["messages"]]


def test_a_turn_of_a_file_is_made_as_it_stood(creator, said, tmp_path):
    character = lively(creator)
    shorter = file_of(tmp_path, json.loads(said.read_text())[:2])
    options = {"now": NOW, "preset": "default", "user": "Li"}

    begun = run(character.slug, chat=shorter, **options)
    shorter.write_text(json.dumps([{"role": "character", "text": "Hello."}, {"role": "fan", "text": "A storm!"}] * 2))

    assert run(character.slug, chat=shorter, replay="1", **options)["hash"] == begun["hash"]


def test_a_stored_reply_is_replayed_to_the_byte(told):
    conversation, replies = told

    for number, reply in enumerate(replies, start=1):
        made = run(conversation.character.slug, replay=str(reply.public_id))

        assert made["replay"] == {
            "turn": str(reply.public_id),
            "reply": str(reply.public_id),
            "stored": reply.prompt_hash,
            "same": True,
        }
        assert made["hash"] == reply.prompt_hash
        assert made["seed"] == reply.seed
        assert f"{number}. Roll: " in json.dumps(made["messages"])


def test_a_replay_survives_a_new_draft_a_new_version_and_new_messages(told, creator):
    conversation, replies = told
    character = conversation.character
    studio.update_card(character, data={"description": "Somebody else."})
    studio.publish(character)
    talk(conversation, "Still there?", "client-9")

    made = run(character.slug, replay=str(replies[0].public_id))

    assert made["replay"]["same"]
    assert made["version"] == 1
    assert "Somebody else." not in json.dumps(made)


def test_a_turn_of_our_export_is_the_stored_one(told, tmp_path):
    conversation, replies = told
    path = file_of(tmp_path, services.export_conversation(reload(conversation)))

    made = run(conversation.character.slug, chat=path, replay="2")

    assert made["replay"]["reply"] == str(replies[1].public_id)
    assert made["replay"]["same"]
    assert made["hash"] == replies[1].prompt_hash


def test_a_prompt_that_is_another_says_so_and_fails(told):
    conversation, replies = told
    Message.objects.filter(pk=replies[0].parent_id).update(text="Something else.")
    out = StringIO()

    with pytest.raises(CommandError, match="has changed since"):
        call_command("prompt", conversation.character.slug, replay=str(replies[0].public_id), stdout=out)

    made = json.loads(out.getvalue())
    assert made["replay"]["same"] is False
    assert made["replay"]["stored"] == replies[0].prompt_hash
    assert made["hash"] != replies[0].prompt_hash


def test_replaying_writes_nothing(told):
    conversation, replies = told
    before = list(Message.objects.order_by("pk").values())

    run(conversation.character.slug, replay=str(replies[1].public_id))

    assert list(Message.objects.order_by("pk").values()) == before


@pytest.mark.parametrize(
    ("_case", "args", "options", "words"),
    [
        ("no character", ["nobody"], {"replay": "1"}, "There is no character nobody"),
        ("nothing asked", ["mira"], {}, "Give a chat"),
        ("no such reply", ["mira"], {"replay": "01996a0e-0000-7000-8000-000000000000"}, "mira has no reply"),
        ("no id", ["mira"], {"replay": "first"}, "mira has no reply first"),
    ],
)
def test_what_cannot_be_done_is_said(_case, args, options, words, creator):
    live(creator)

    with pytest.raises(CommandError, match=words):
        run(*args, **options)


def test_a_turn_the_file_does_not_have(creator, said, tmp_path):
    character = live(creator)

    with pytest.raises(CommandError, match="The chat has 3 turns, no turn 4"):
        run(character.slug, chat=said, replay="4")
    with pytest.raises(CommandError, match="cannot be read"):
        run(character.slug, chat=tmp_path / "none.json")
    said.write_text("[3]")
    with pytest.raises(CommandError, match=r"is no chat: not an object at \[0\]"):
        run(character.slug, chat=said)
