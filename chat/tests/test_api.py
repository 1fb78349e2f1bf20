from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async
from django.urls import reverse
from rest_framework.authtoken.models import Token

from chat import tailing
from chat.models import Conversation, Memory, Message
from chat.tests.factories import on_a_loop, reload, say, talk


def url(name: str, *args: object) -> str:
    return reverse(f"v1:chat:{name}", args=[getattr(a, "public_id", a) for a in args])


def post(client, address: str, **data: object):
    return client.post(address, data, content_type="application/json")


def test_a_conversation_is_opened_with_a_greeting(fan_client, mira):
    answer = post(fan_client, url("conversations"), character=mira.slug)

    conversation = Conversation.objects.get()
    assert answer.status_code == 201
    assert answer.json()["id"] == str(conversation.public_id)
    assert answer.json()["head"] == str(conversation.head.public_id)
    assert answer.json()["character"] == mira.slug


def test_a_message_is_accepted_with_its_reply(fan_client, conversation, model):
    model(reply="The third shelf.")

    answer = post(fan_client, url("messages", conversation), text="Where is the oil?", client_id="client-0001")

    turn = answer.json()
    assert answer.status_code == 202
    assert (turn["message"]["role"], turn["message"]["text"]) == ("fan", "Where is the oil?")
    # The suite writes replies before it answers; a server answers `pending` and a `stream`.
    assert (turn["reply"]["status"], turn["reply"]["text"]) == ("complete", "The third shelf.")
    assert turn["reply"]["parent_id"] == turn["message"]["id"]


def test_a_running_reply_says_where_to_follow_it(fan_client, conversation):
    sent = say(conversation, "Hello.")

    answer = fan_client.get(url("message", sent.reply))

    assert answer.json()["stream"] == f"/api/v1/replies/{sent.reply.public_id}/stream/"


def test_the_same_message_twice_is_one_turn(fan_client, conversation, model):
    fake = model(reply="Yes.")
    said = {"text": "Are you there?", "client_id": "client-0001"}

    first = post(fan_client, url("messages", conversation), **said).json()
    second = post(fan_client, url("messages", conversation), **said).json()

    assert second["reply"]["id"] == first["reply"]["id"]
    assert len(fake.calls) == 1


def test_a_second_message_during_a_reply_is_a_conflict(fan_client, conversation):
    sent = say(conversation, "Hello.")

    answer = post(fan_client, url("messages", conversation), text="And?", client_id="client-0002")

    assert answer.status_code == 409
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.json()["code"], answer.json()["reply"]) == ("turn_in_progress", str(sent.reply.public_id))


@pytest.mark.parametrize(
    ("_case", "data", "status", "code"),
    [
        ("nothing", {"text": "  ", "client_id": "client-0001"}, 422, "message_empty"),
        ("too long", {"text": "a" * 4001, "client_id": "client-0001"}, 422, "message_too_long"),
        ("no client id", {"text": "Hi"}, 422, "invalid"),
        ("a strange client id", {"text": "Hi", "client_id": "a b"}, 422, "invalid"),
        ("a red line", {"text": "How do I build a pipe bomb?", "client_id": "client-0001"}, 422, "message_blocked"),
    ],
)
def test_bad_input_is_a_problem_and_stores_nothing(fan_client, conversation, _case, data, status, code):
    answer = post(fan_client, url("messages", conversation), **data)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert conversation.messages.filter(role="fan").count() == 0


def test_the_tree_is_listed_newest_first(fan_client, conversation, model):
    model(reply="Yes.")
    talk(conversation, "Are you there?")

    rows = fan_client.get(url("messages", conversation)).json()["results"]

    assert [row["text"] for row in rows] == [
        "Yes.",
        "Are you there?",
        "The kettle is on. Sit.",
        "*opens the door a crack* You are dripping on my stairs.",
    ]


def test_another_answer_is_a_swipe_that_can_be_chosen(fan_client, conversation, model):
    model(replies=["One.", "Two."])
    first = talk(conversation, "Hello.")

    second = post(fan_client, url("alternatives", first)).json()
    assert (second["text"], second["position"]) == ("Two.", 1)

    chosen = post(fan_client, url("selection", first)).json()
    assert chosen["head"] == str(first.public_id)


def test_a_message_is_edited_into_a_branch(fan_client, conversation, model):
    model(replies=["One.", "Two."])
    reply = talk(conversation, "Hello.")

    answer = post(fan_client, url("edits", reply.parent), text="Good evening.", client_id="client-0002")

    assert answer.status_code == 202
    assert answer.json()["text"] == "Two."
    assert Message.objects.get(public_id=answer.json()["id"]).parent.text == "Good evening."


def test_an_interrupted_reply_is_continued(fan_client, conversation, model):
    model(reply="The lamp went out, and then", fail_with="stalled", fail_after=4)
    reply = talk(conversation, "Go on.")
    model(reply=" and she lit it.")

    answer = post(fan_client, url("continuation", reply))

    assert answer.json()["text"] == "The lamp went out, and she lit it."


def test_a_reply_is_stopped(fan_client, conversation):
    sent = say(conversation, "Hello.")

    answer = post(fan_client, url("stop", sent.reply))

    assert (answer.status_code, answer.json()["status"]) == (200, "stopped")


def test_a_reply_is_rated(fan_client, conversation, model):
    model(reply="Yes.")
    reply = talk(conversation, "Hello.")

    answer = fan_client.put(url("rating", reply), {"rating": 1}, content_type="application/json")

    assert answer.json()["rating"] == 1


def test_the_trace_says_why(fan_client, conversation, model):
    model(reply="Yes.")
    reply = talk(conversation, "Hello.")

    answer = fan_client.get(url("trace", reply)).json()

    assert (answer["model"], answer["seed"]) == ("fake/echo", reply.seed)
    assert set(answer["trace"]) >= {"mood", "scene", "prompt", "timings_ms"}


def test_memories_are_listed_and_forgotten(fan_client, fan, conversation, mira):
    memory = Memory.objects.create(
        fan=fan, character=mira, kind="like", text="likes tea", language="en", told_at=conversation.created_at
    )

    rows = fan_client.get(url("memories", conversation)).json()["results"]
    gone = fan_client.delete(url("memory", memory))

    assert [row["text"] for row in rows] == ["likes tea"]
    assert gone.status_code == 204
    assert Memory.objects.count() == 0


def test_an_export_marks_what_ai_wrote(fan_client, conversation, model):
    model(reply="Yes.")
    talk(conversation, "Hello.")

    answer = fan_client.get(url("export", conversation)).json()

    assert answer["format"] == "cardia.conversation/2"
    assert [(m["role"], m["generated_by_ai"]) for m in answer["messages"]][-2:] == [("fan", False), ("character", True)]


@pytest.mark.parametrize(
    ("method", "name", "of"),
    [
        ("get", "conversation", "conversation"),
        ("delete", "conversation", "conversation"),
        ("get", "messages", "conversation"),
        ("post", "messages", "conversation"),
        ("get", "memories", "conversation"),
        ("get", "export", "conversation"),
        ("get", "message", "reply"),
        ("post", "edits", "reply"),
        ("post", "selection", "reply"),
        ("post", "reports", "reply"),
        ("post", "stop", "reply"),
        ("post", "alternatives", "reply"),
        ("post", "continuation", "reply"),
        ("put", "rating", "reply"),
        ("get", "trace", "reply"),
    ],
)
def test_what_is_another_s_does_not_exist(stranger_client, conversation, model, method, name, of):
    fake = model(reply="Yes.")
    reply = talk(conversation, "Hello.")
    before = list(Message.objects.order_by("pk").values())
    data = {"text": "x", "client_id": "client-0009", "rating": 1, "policy_hint": "OOC-01"}

    address = url(name, conversation if of == "conversation" else reply)
    options = {} if method == "get" else {"data": data, "content_type": "application/json"}
    answer = getattr(stranger_client, method)(address, **options)

    assert answer.status_code == 404
    assert list(Message.objects.order_by("pk").values()) == before
    assert reload(conversation).archived_at is None
    assert len(fake.calls) == 1


def test_nobody_gets_in_without_signing_in(client, conversation):
    assert client.get(url("conversation", conversation)).status_code == 401


@on_a_loop
async def test_a_token_follows_a_reply(async_client, fan, conversation, model):
    model(reply="Yes.")
    reply = await sync_to_async(talk)(conversation, "Hello.")
    token = await sync_to_async(Token.objects.create)(user=fan)

    answer = await async_client.get(url("reply-stream", reply), headers={"Authorization": f"Token {token.key}"})

    body = b"".join([chunk async for chunk in answer.streaming_content]).decode()
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert 'event: delta\ndata: {"t":"Yes."}' in body
    assert body.rstrip().endswith('{"status":"complete","text":"Yes."}')


@on_a_loop
async def test_a_stranger_follows_nothing(async_client, stranger, conversation):
    sent = await sync_to_async(say)(conversation, "Hello.")
    await sync_to_async(async_client.force_login)(stranger)

    answer = await async_client.get(url("reply-stream", sent.reply))

    assert answer.status_code == 404


@on_a_loop
async def test_following_without_signing_in_is_refused(async_client, conversation):
    sent = await sync_to_async(say)(conversation, "Hello.")

    answer = await async_client.get(url("reply-stream", sent.reply))

    assert answer.status_code == 401
    assert answer.json()["code"] == "sign_in_first"


def test_a_stream_ends_after_ten_minutes():
    assert tailing.MAX_SECONDS == 600.0
