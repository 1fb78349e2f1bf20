"""The tree over the API: the same rules, each refusal a problem, nothing of others."""

from __future__ import annotations

import pytest
from django.urls import reverse

from chat import services
from chat.models import Checkpoint, Message
from chat.tests.factories import reload, say, talk

NOBODY = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def two_turns(conversation, model):
    model(replies=["One.", "Two.", "Three."])
    return talk(conversation, "First.", "client-0001"), talk(conversation, "Second.", "client-0002")


def url(name, *things):
    return reverse(f"v1:chat:{name}", args=[getattr(thing, "public_id", thing) for thing in things])


def send(client, method, address, **data):
    return getattr(client, method)(address, data, content_type="application/json")


def test_a_message_is_deleted_and_brought_back(fan_client, conversation, two_turns):
    first, second = two_turns

    gone = fan_client.delete(url("message", second.parent))
    again = fan_client.delete(url("message", second.parent))
    listed = fan_client.get(url("deleted", conversation)).json()["results"]
    texts = [row["text"] for row in fan_client.get(url("messages", conversation)).json()["results"]]
    back = fan_client.post(url("restoration", second.parent))

    assert (gone.status_code, gone.json()["head"]) == (200, str(first.public_id))
    assert again.json() == gone.json()
    assert [(row["message"], row["first_words"]) for row in listed] == [(str(second.parent.public_id), "Second.")]
    assert "Second." not in texts
    assert (back.status_code, back.json()["head"]) == (200, str(second.public_id))


def test_the_head_is_put_where_one_wants_to_go_on(fan_client, conversation, two_turns):
    first, second = two_turns

    answer = send(fan_client, "put", url("head", conversation), message=str(first.public_id))

    assert (answer.status_code, answer.json()["head"]) == (200, str(first.public_id))
    branches = fan_client.get(url("branches", conversation)).json()["results"]
    assert branches == [
        {
            "message": str(second.public_id),
            "role": "character",
            "last_words": "Two.",
            "messages_count": 5,
            "is_shown": True,
            "created_at": branches[0]["created_at"],
        }
    ]


@pytest.mark.parametrize("whose", ["nobody's", "another chat's", "deleted"])
def test_an_unknown_parent_is_not_found_and_nothing_moves(fan_client, fan, conversation, two_turns, mira, whose):
    other = services.start_conversation(fan, mira, afresh=True)
    services.delete_message(fan, two_turns[1])
    message = {"nobody's": NOBODY, "another chat's": other.head.public_id, "deleted": two_turns[1].public_id}[whose]

    moved = send(fan_client, "put", url("head", conversation), message=str(message))
    named = send(fan_client, "post", url("checkpoints", conversation), message=str(message), name="Here")

    assert (moved.status_code, moved.json()["code"]) == (404, "not_found")
    assert named.status_code == 404
    assert reload(conversation).head_id == two_turns[1].parent_id
    assert not Checkpoint.objects.exists()


def test_a_place_is_named_listed_and_forgotten(fan_client, conversation, two_turns):
    first = two_turns[0]

    made = send(fan_client, "post", url("checkpoints", conversation), message=str(first.public_id), name="Here")
    listed = fan_client.get(url("checkpoints", conversation)).json()
    gone = fan_client.delete(url("checkpoint", made.json()["id"]))

    assert made.status_code == 201
    assert [(row["name"], row["message"]) for row in listed] == [("Here", str(first.public_id))]
    assert gone.status_code == 204
    assert fan_client.get(url("checkpoints", conversation)).json() == []


def test_a_name_taken_is_a_conflict_that_says_where(fan_client, fan, conversation, two_turns):
    services.name_checkpoint(fan, two_turns[0], name="Here")

    answer = send(
        fan_client, "post", url("checkpoints", conversation), message=str(two_turns[1].public_id), name="Here"
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "place_name_taken")
    assert answer.json()["message"] == str(two_turns[0].public_id)


def test_an_edit_from_an_old_editor_is_a_conflict(fan_client, conversation, two_turns):
    second = two_turns[1]
    editor = fan_client.get(url("edits", second)).json()
    assert editor == {"text": "Two.", "stamp": "1.0"}
    words = {"stamp": editor["stamp"], "text": "Mine."}
    done = send(fan_client, "post", url("edits", second), client_id="client-0003", **words)

    again = send(fan_client, "post", url("edits", second), client_id="client-0003", **words)
    late = send(fan_client, "post", url("edits", second), client_id="client-0004", **words)

    assert (done.status_code, done.json()["text"]) == (202, "Mine.")
    assert again.json() == done.json()
    assert (late.status_code, late.json()["code"]) == (409, "stale_edit")
    assert conversation.messages.filter(text="Mine.").count() == 1


def test_an_edit_of_a_deleted_message_is_stale(fan_client, fan, conversation, two_turns):
    services.delete_message(fan, two_turns[1])

    answer = send(fan_client, "post", url("edits", two_turns[1]), client_id="client-0003", text="Mine.")

    assert (answer.status_code, answer.json()["code"]) == (409, "stale_edit")


def test_a_message_sent_again_after_its_deletion_is_a_conflict(fan_client, fan, conversation, two_turns):
    services.delete_message(fan, two_turns[1].parent)

    answer = send(fan_client, "post", url("messages", conversation), text="Second.", client_id="client-0002")

    assert (answer.status_code, answer.json()["code"]) == (409, "message_deleted")
    assert answer.json()["message"] == str(two_turns[1].parent.public_id)


def test_a_whole_reply_is_continued_as_a_swipe(fan_client, conversation, two_turns, model):
    model(reply=" And more.")

    answer = fan_client.post(url("continuation", two_turns[1]))

    assert answer.status_code == 202
    assert (answer.json()["text"], answer.json()["position"]) == ("Two. And more.", 1)
    assert Message.objects.get(pk=two_turns[1].pk).text == "Two."


def test_stopping_after_the_end_says_how_it_ended(fan_client, conversation, two_turns):
    answer = fan_client.post(url("stop", two_turns[1]))

    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["text"]) == ("complete", "Two.")


def test_a_chat_is_renamed(fan_client, conversation):
    answer = send(fan_client, "patch", url("conversation", conversation), title=" The winter one ")

    assert (answer.status_code, answer.json()["title"]) == (200, "The winter one")
    assert fan_client.get(url("conversations")).json()["results"][0]["title"] == "The winter one"


def test_while_a_reply_is_written_the_tree_stands_still(fan_client, conversation, two_turns):
    sent = say(conversation, "Third.", "client-0003")

    answers = [
        fan_client.delete(url("message", two_turns[0])),
        send(fan_client, "put", url("head", conversation), message=str(two_turns[0].public_id)),
        fan_client.post(url("selection", two_turns[0])),
    ]

    assert {(a.status_code, a.json()["code"], a.json()["reply"]) for a in answers} == {
        (409, "turn_in_progress", str(sent.reply.public_id))
    }
    assert reload(conversation).head == sent.reply


def test_a_stranger_meets_nothing(stranger_client, fan, conversation, two_turns):
    place = services.name_checkpoint(fan, two_turns[0], name="Mine")

    answers = [
        stranger_client.delete(url("message", two_turns[0])),
        stranger_client.post(url("restoration", two_turns[0])),
        send(stranger_client, "put", url("head", conversation), message=str(two_turns[0].public_id)),
        stranger_client.get(url("branches", conversation)),
        stranger_client.get(url("deleted", conversation)),
        stranger_client.get(url("checkpoints", conversation)),
        stranger_client.delete(url("checkpoint", place)),
        send(stranger_client, "patch", url("conversation", conversation), title="x"),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert reload(conversation).head == two_turns[1]
    assert Checkpoint.objects.get() == place
