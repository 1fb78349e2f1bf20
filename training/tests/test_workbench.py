"""Trainers label bad replies of fans who agreed to it, and of nobody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts import services as accounts
from accounts.models import Consent
from characters.models import Character, CharacterVersion
from chat import services as chat
from chat.models import Conversation, Message
from training.models import Label


@pytest.fixture
def bad_reply(fan, creator) -> Message:
    character = Character.objects.create(owner=creator, slug="aoi", name="Aoi", card={"name": "Aoi"})
    version = CharacterVersion.objects.create(character=character, number=1, card={"name": "Aoi"})
    conversation = Conversation.objects.create(fan=fan, character=character, version=version)
    said = Message.objects.create(conversation=conversation, fan=fan, role=Message.Role.FAN, text="I had a bad day.")
    return Message.objects.create(
        conversation=conversation,
        fan=fan,
        parent=said,
        role=Message.Role.CHARACTER,
        text="Loneliness is universal. Try socialising.",
        rating=-1,
    )


def label(client, reply, **fields):
    data = {f"{reply.public_id}-{name}": value for name, value in fields.items()}
    return client.post(f"/training/replies/{reply.public_id}/label/", data)


def test_without_consent_a_trainer_sees_and_labels_nothing(bad_reply, trainer_client):
    page = trainer_client.get("/training/")
    refused = label(trainer_client, bad_reply, kind="preachy", rewrite="*moves over* Sit.")

    assert "Try socialising" not in page.content.decode()
    assert refused.status_code == 404
    assert Label.objects.count() == 0


def test_with_consent_a_trainer_says_how_a_person_would_have_said_it(bad_reply, fan, trainer, trainer_client):
    accounts.give_consent(fan, Consent.Kind.TRAINING)

    page = trainer_client.get("/training/")
    label(trainer_client, bad_reply, kind="preachy", rewrite="*moves over* Sit.")
    label(trainer_client, bad_reply, kind="missed", rewrite="*moves over* Sit. I heard you.")

    assert "Try socialising" in page.content.decode()
    found = Label.objects.get(message=bad_reply, trainer=trainer)
    assert (found.kind, found.rewrite) == ("missed", "*moves over* Sit. I heard you.")


def test_an_unknown_kind_is_refused_and_nothing_is_written(bad_reply, fan, trainer_client):
    accounts.give_consent(fan, Consent.Kind.TRAINING)

    label(trainer_client, bad_reply, kind="nonsense")

    assert Label.objects.count() == 0


def test_the_workbench_does_not_exist_for_others(bad_reply, fan_client, moderator_client):
    assert fan_client.get("/training/").status_code == 404
    assert moderator_client.get("/training/").status_code == 404


def test_a_deleted_reply_is_out_of_sight_and_its_labels_go_with_it(fan, bad_reply, trainer, trainer_client):
    accounts.give_consent(fan, Consent.Kind.TRAINING)
    label(trainer_client, bad_reply, kind="preachy", rewrite="")
    assert Label.objects.count() == 1
    with time_machine.travel(datetime.now(UTC)) as clock:
        chat.delete_message(fan, bad_reply)

        page = trainer_client.get("/training/").content.decode()
        refused = label(trainer_client, bad_reply, kind="good", rewrite="")
        clock.shift(timedelta(days=31))
        chat.purge_deleted()

    assert "Try socialising" not in page
    assert refused.status_code == 404
    assert not Label.objects.exists()
