"""Replies and messages on the desk, through their real adapters."""

from __future__ import annotations

import pytest

from chat.models import Message
from chat.tests.factories import talk
from moderation import services, subjects
from moderation.models import Case, Notice
from moderation.tasks import audit_subject

DECISION = {"outcome": "take_down", "policy_code": "OOC-01", "reason": "That is a call centre, not Mira."}


@pytest.mark.parametrize("planted", ["As an AI language model, I cannot feel.", "您好，请问有什么可以帮您？"])
def test_a_planted_reply_becomes_one_case_and_can_be_taken_down(conversation, moderator, fan, creator, planted):
    reply = talk(conversation, "Are you there?")
    Message.objects.filter(pk=reply.pk).update(text=planted)

    audit_subject("reply", str(reply.public_id))
    audit_subject("reply", str(reply.public_id))

    case = Case.objects.get(subject_kind="reply")
    assert (case.family, case.owner) == ("character", creator)
    assert list(case.audience.all()) == [fan]
    assert case.snapshots.get().evidence["context"][-1]["text"] == "Are you there?"
    services.decide_case(moderator, case, **DECISION)
    reply.refresh_from_db()
    assert reply.removed_at is not None
    assert set(Notice.objects.values_list("user", "role")) == {(fan.pk, "audience"), (creator.pk, "owner")}
    assert audit_subject("reply", str(reply.public_id)) == 0


def test_a_reply_taken_down_is_not_shown_and_comes_back_unharmed(conversation, fan_client):
    reply = talk(conversation, "Are you there?")
    text = "The kettle is on."
    Message.objects.filter(pk=reply.pk).update(text=text)
    subject = subjects.load("reply", reply.public_id)
    url = subject.url()

    subject.take_down()
    down = fan_client.get(url).content.decode()
    subject.restore()
    up = fan_client.get(url).content.decode()

    assert text not in down
    assert text in up


def test_despair_becomes_an_urgent_case_that_belongs_to_the_fan(conversation, fan):
    talk(conversation, "I don't want to live anymore")
    message = Message.objects.get(role="fan")

    audit_subject("message", str(message.public_id))

    case = Case.objects.get(subject_kind="message")
    assert (case.family, case.severity, case.owner) == ("crisis", 5, fan)


def test_only_the_fan_of_a_chat_can_report_its_reply(conversation, fan, stranger):
    subject = subjects.load("reply", talk(conversation, "Hello.").public_id)

    assert (subject.is_visible_to(fan), subject.is_visible_to(stranger)) == (True, False)


@pytest.mark.parametrize("kind", ["reply", "message"])
def test_a_kind_answers_the_protocol_and_only_for_its_own(conversation, kind):
    reply = talk(conversation, "Hello.")
    own, other = (reply, reply.parent) if kind == "reply" else (reply.parent, reply)

    assert isinstance(subjects.load(kind, own.public_id), subjects.Subject)
    with pytest.raises(subjects.SubjectUnknown):
        subjects.load(kind, other.public_id)


def test_the_desk_shows_a_reply_in_its_chat(conversation, moderator_client):
    reply = talk(conversation, "Are you there?")
    case = services.open_case("reply", reply.public_id, findings=[], source="auto")

    html = moderator_client.get(f"/desk/{case.public_id}/").content.decode()

    assert "Are you there?" in html
    assert "Reply of Mira" in html
