"""The character speaks first: every greeting open to the fan is a swipe of the first message.

A greeting's number is its place in the card, `first_mes` 0, whoever asks: it is the message's position and stands
in its state, so that lorebook entries for one greeting know it, and one that opens later takes its own place.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from django.db import transaction

from characters.keys import keys_for
from characters.locks import Keys, greetings_of, has_locks
from characters.macros import MacroContext, Variables, shown
from characters.models import CharacterVersion
from chat import affinity, sheets
from chat.clock import now_of
from chat.given import Sheet
from chat.models import Conversation, Message


def chat_seed(conversation: Conversation) -> int:
    """Return what `{{pick}}` is drawn from: one number for each conversation."""
    return int.from_bytes(blake2b(conversation.public_id.bytes, digest_size=8).digest(), "big") >> 1


def greet(conversation: Conversation, *, name: str) -> Message | None:
    """Store the open greetings of a new conversation; return the first. `name` is what the fan is called."""
    version, sheet = sheets.of_conversation(conversation)
    made = _say(conversation, sheet, greetings_of(version.view, _keys(conversation, version)), name)
    return made[0] if made else None


def offer_greetings(conversation: Conversation, *, name: str) -> list[Message]:
    """Add the greetings that have opened since as further swipes; return them. Safe to repeat.

    Asks nothing more of the database where the card has no locks.
    """
    version, sheet = sheets.of_conversation(conversation)
    if not has_locks(version.view):
        return []
    opened = greetings_of(version.view, _keys(conversation, version))
    if not _fresh(conversation, opened):
        return []
    with transaction.atomic():
        Conversation.objects.select_for_update(of=("self",)).get(pk=conversation.pk)
        return _say(conversation, sheet, _fresh(conversation, opened), name)


def _keys(conversation: Conversation, version: CharacterVersion) -> Keys:
    level = affinity.of(conversation.turns_count).level
    return keys_for(conversation.fan, version.character, version.view, affinity=level)


def _fresh(conversation: Conversation, opened: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    first = conversation.messages.filter(parent=None, role=Message.Role.CHARACTER)
    # A greeting the fan reworded is a swipe of the same greeting, wherever it stands.
    said = {state.get("greeting", position) for state, position in first.values_list("state", "position")}
    return [(index, text) for index, text in opened if index not in said]


def _say(conversation: Conversation, sheet: Sheet, greetings: Iterable[tuple[int, str]], name: str) -> list[Message]:
    now, seed = now_of(conversation.fan), chat_seed(conversation)
    persona = conversation.persona.description if conversation.persona is not None else ""
    rows = []
    for index, text in greetings:
        context = MacroContext(
            char=sheet.char,
            user=name,
            persona=persona,
            card=sheet.texts,
            now=now,
            language=conversation.character.language,
            turn_seed=seed,
            chat_seed=seed,
            variables=Variables(),
        )
        said = shown(text, context, place=f"greeting:{index}").strip()
        state: dict[str, object] = {"greeting": index, "at": now.isoformat()}
        if context.variables.changed:
            state["variables"] = context.variables.as_state()
        rows.append(_message(conversation, said, index, state))
    return Message.objects.bulk_create(rows)


def _message(conversation: Conversation, text: str, index: int, state: dict[str, object]) -> Message:
    return Message(
        conversation=conversation,
        fan_id=conversation.fan_id,
        role=Message.Role.CHARACTER,
        text=text,
        position=index,
        version_id=conversation.version_id,
        state=state,
    )
