"""What nobody should send, over page and API: a clear problem each time, and nothing half-stored."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from chat.models import Conversation, Message
from chat.tests.factories import say, talk

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["page", "api"])
def ask(request, fan_client):
    """Post to the chat as a script on the page or a program does: `ask(path, **fields)`; return status and problem."""

    def post(path: str, client=fan_client, **fields: str):
        if request.param == "page":
            answer = client.post(f"/chat/{path}", fields, headers={"HX-Request": "true", "Accept": "application/json"})
        else:
            renamed = path.replace("replies/", "messages/") if path.endswith("/none/") else path
            address = f"/api/v1/conversations/{renamed}" if path.endswith("messages/") else f"/api/v1/{renamed}"
            answer = client.post(address, json.dumps(fields), content_type="application/json")
        return answer.status_code, answer.json() if "json" in answer["Content-Type"] else {}

    post.face = request.param
    return post


def stored(conversation) -> tuple[int, int]:
    """Return how many messages there are, and how many turns were counted."""
    return conversation.messages.count(), Conversation.objects.get(pk=conversation.pk).turns_count


@pytest.mark.parametrize(
    ("_case", "text", "code"),
    [
        ("200 KB", "x" * 200_000, "invalid"),
        ("200 KB of three-byte characters", "雪" * 68_000, "invalid"),
        ("ten thousand invisible characters", "\u200b" * 10_000, "invalid"),
        ("as many invisible ones as may be sent", "\u200b\u2060\ufeff" * 1_000, "message_empty"),
        ("NUL", "Hello\x00there", "invalid"),
        ("half a character", "Hello \ud83d", "invalid"),
        ("nothing", "   \n ", "message_empty"),
    ],
)
def test_what_is_no_message_is_named_and_not_stored(ask, conversation, _case, text, code):
    before = stored(conversation)
    if "\ud83d" in text and ask.face == "page":
        # A form is UTF-8, which has no half characters: what comes instead cannot be decoded, and holds NUL.
        text = "Hello \x00"

    status, problem = ask(f"{conversation.public_id}/messages/", text=text, client_id="client-0001")

    assert (status, problem["code"], [error["field"] for error in problem["errors"]]) == (422, code, ["text"])
    assert stored(conversation) == before


def test_a_body_past_all_bounds_is_refused(fan_client, conversation):
    before = stored(conversation)

    answer = fan_client.post(
        f"/chat/{conversation.public_id}/messages/", {"text": "x" * 3_000_000, "client_id": "client-0001"}
    )

    assert answer.status_code in {400, 413, 422}
    assert stored(conversation) == before


def test_a_foreign_conversation_does_not_exist(ask, conversation, stranger_client):
    before = stored(conversation)

    status, _ = ask(
        f"{conversation.public_id}/messages/", client=stranger_client, text="Let me in.", client_id="client-0001"
    )

    assert status == 404
    assert stored(conversation) == before


def test_an_unknown_conversation_or_reply_does_not_exist(fan_client, conversation):
    before = stored(conversation)
    unknown = uuid4()

    statuses = [
        fan_client.post(path, headers={"HX-Request": "true"}).status_code
        for path in (
            f"/chat/{unknown}/messages/",
            f"/chat/replies/{unknown}/stop/",
            f"/chat/replies/{unknown}/regenerate/",
            f"/chat/replies/{unknown}/continue/",
            f"/api/v1/replies/{unknown}/stop/",
            f"/api/v1/replies/{unknown}/alternatives/",
        )
    ]

    assert set(statuses) <= {404, 422}
    assert statuses[1:] == [404] * 5
    assert stored(conversation) == before


def test_a_foreign_reply_can_neither_be_stopped_nor_followed(conversation, stranger_client, model):
    reply = say(conversation, "Hello.").reply

    statuses = [
        stranger_client.post(f"/chat/replies/{reply.public_id}/stop/").status_code,
        stranger_client.post(f"/api/v1/replies/{reply.public_id}/stop/").status_code,
        stranger_client.get(f"/chat/replies/{reply.public_id}/stream/").status_code,
    ]

    reply.refresh_from_db()
    assert statuses == [404, 404, 404]
    assert reply.status == Message.Status.PENDING


@pytest.mark.parametrize("path", ["/chat/replies/{}/stop/", "/api/v1/replies/{}/stop/"])
def test_a_stop_after_the_end_changes_nothing(fan_client, conversation, model, path):
    model(reply="Yes.")
    reply = talk(conversation, "Hello.")

    answer = fan_client.post(path.format(reply.public_id), headers={"HX-Request": "true"})

    reply.refresh_from_db()
    assert answer.status_code == 200
    assert (reply.status, reply.text, reply.error) == ("complete", "Yes.", "")


def test_f15_the_tab_that_lost_is_told_which_reply_to_watch(ask, conversation, model):
    first = say(conversation, "Hello.", "client-0001")
    before = stored(conversation)

    status, problem = ask(f"{conversation.public_id}/messages/", text="Me too.", client_id="client-0002")

    assert (status, problem["code"], problem["reply"]) == (409, "turn_in_progress", str(first.reply.public_id))
    assert stored(conversation) == before


def test_f16_the_same_message_again_is_answered_with_the_same_reply(ask, conversation, model):
    first = say(conversation, "Hello.", "client-0001")
    before = stored(conversation)

    status, answer = ask(f"{conversation.public_id}/messages/", text="Hello.", client_id="client-0001")

    assert status in {200, 202}
    assert not answer or answer["reply"]["id"] == str(first.reply.public_id)
    assert stored(conversation) == before
