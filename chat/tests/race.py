"""Real processes and threads that send at once: `python -m chat.tests.race` prints what came of it as JSON.

Run by `test_send_race.py` with `DATABASE_URL` set to an empty database.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

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


_ROUNDS = 5
# What a tab may be told while others move the same tree.
_TOLD = {
    "done",
    "turn_in_progress",
    "conversation_moved",
    "not_found",
    "stale_edit",
    "branch_gone",
    "not_a_reply",
    "message_deleted",
}


def _grown(room: Conversation) -> None:
    """End every reply, and say one thing more where the conversation stands."""
    room.messages.running().update(status=Message.Status.COMPLETE, text="Yes.", heartbeat_at=None)
    say(room, "Go on.", f"grown-{room.messages.count():04}")
    room.messages.running().update(status=Message.Status.COMPLETE, text="Yes.", heartbeat_at=None)


def _moves(room: Conversation, number: int) -> list[Job]:
    """Return what tabs do at the same moment to the last three messages."""
    fan = room.fan
    reply, asked, before = reversed(Message.objects.path_to(reload(room).head_id or 0, limit=3))

    def done(action: Callable[[], object]) -> Job:
        def job() -> str:
            action()
            return "done"

        return job

    names = {"text": "Else.", "client_id": f"edit-{number:04}"}
    actions: list[Callable[[], object]] = [
        lambda: services.delete_message(fan, reply),
        lambda: services.delete_message(fan, asked),
        lambda: services.restore_message(fan, reply),
        lambda: services.restore_message(fan, asked),
        lambda: services.jump_to(fan, before),
        lambda: services.select_swipe(fan, reply),
        lambda: services.regenerate(fan, Message.objects.get(pk=reply.pk)),
        lambda: services.edit_message(fan, Message.objects.get(pk=reply.pk), **names),
    ]
    sends = [_sending(room, f"Tab {number}.", f"send-{number:04}-{tab}") for tab in range(2)]
    return [done(action) for action in [*actions, *sends] * 2]


def a_tree_moved_by_many_tabs(character: Character) -> dict[str, object]:
    room = _room("tree", character)
    told: set[str] = set()
    for number in range(_ROUNDS):
        _grown(room)
        told |= set(race(_moves(room, number)))
    living = room.messages.living()
    places = living.values_list("parent", "role", "position").exclude(role=Message.Role.PLATFORM)
    return {
        "told_else": sorted(told - _TOLD),
        "head_lives": living.filter(pk=reload(room).head_id or 0).exists(),
        "living_on_deleted": living.filter(parent__deleted_at__isnull=False).count(),
        "running_too_many": max(room.messages.running().count() - 1, 0),
        "places_shared": len(places) - len(set(places)),
    }


SCENARIOS = {
    "tree": a_tree_moved_by_many_tabs,
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
