"""Real processes and threads that send at once: `python -m chat.tests.race` prints what came of it as JSON.

Run by `test_send_race.py` with `DATABASE_URL` set to an empty database.
"""

from __future__ import annotations

import json
import sys

from billing.tests.race import Job, make_user, race  # sets Django up

# ruff: isort: split
from django.core.management import call_command

from accounts.models import User
from characters.models import Character
from chat import services
from chat.models import Conversation, Message
from chat.tests.factories import live_with, reload, say

AT_ONCE = 24


def _room(name: str, character: Character) -> Conversation:
    return services.start_conversation(make_user(name), character)


def _sending(room: Conversation, text: str, client_id: str) -> Job:
    def send() -> str:
        return str(say(room, text, client_id).reply.public_id)

    return send


def _stored(room: Conversation) -> dict[str, object]:
    return {
        "said": room.messages.filter(role=Message.Role.FAN).count(),
        "running": room.messages.running().count(),
        "turns": reload(room).turns_count,
        "head_is_reply": reload(room).head_id == room.messages.running().get().pk,
    }


def f15_two_tabs_send_at_once(character: Character) -> dict[str, object]:
    room = _room("f15", character)
    answers = race([_sending(room, f"Tab {n}.", f"client-{n:04}") for n in range(AT_ONCE)])
    refused = answers.pop("turn_in_progress")
    return {"accepted": list(answers.values()), "refused": refused, **_stored(room)}


def f16_the_same_message_is_sent_again_and_again(character: Character) -> dict[str, object]:
    room = _room("f16", character)
    answers = race([_sending(room, "Once.", "client-0001")] * AT_ONCE)
    return {"answers": list(answers.values()), **_stored(room)}


def swipes_asked_for_at_once(character: Character) -> dict[str, object]:
    room = _room("swipes", character)
    reply = say(room, "Hello.").reply
    Message.objects.filter(pk=reply.pk).update(status=Message.Status.COMPLETE, text="Yes.", heartbeat_at=None)
    fan: User = room.fan

    def swipe() -> str:
        return str(services.regenerate(fan, Message.objects.get(pk=reply.pk)).public_id)

    answers = race([swipe] * AT_ONCE)
    refused = answers.pop("turn_in_progress")
    return {"accepted": list(answers.values()), "refused": refused, **_stored(room)}


SCENARIOS = {
    "f15": f15_two_tabs_send_at_once,
    "f16": f16_the_same_message_is_sent_again_and_again,
    "swipes": swipes_asked_for_at_once,
}


def main() -> None:
    call_command("migrate", verbosity=0)
    character = live_with(make_user("creator"))
    json.dump({name: scenario(character) for name, scenario in SCENARIOS.items()}, sys.stdout)


if __name__ == "__main__":
    main()
