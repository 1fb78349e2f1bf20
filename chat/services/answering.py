"""Answering a program: its copy of a chat becomes a branch of ours, and one reply is promised after it.

A chat of the program is a conversation of the key with the character; where it is edited, it branches. A branch
asked for while another one of the chat is being answered gets a conversation of its own, copied as far as it is known.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import ApiKey
from accounts.services import default_persona
from characters.models import Character
from chat import limits, undelivered
from chat.aligning import Node, Said, align, key_of
from chat.exceptions import CharacterAway, TurnInProgress
from chat.models import Conversation, Message
from chat.models.conversation import ConversationQuerySet
from chat.services import sending
from chat.services.branches import next_position, require_living
from chat.services.brought import Brought, chained, copies, screened
from chat.services.conversations import fan_name, may_speak
from chat.services.greetings import greet
from chat.services.replies import regenerate
from chat.services.turns import open_turn
from chat.turn import Turn
from chat.wish import Wish
from companion_site.core.exceptions import NotFound

# How many lines of a program's chat are looked at: what is older has no room in any prompt.
WINDOW = 200
# Where a chat is looked for.
_ROOMS = 50
_NODES = 2000

_FAN, _CHARACTER = Message.Role.FAN, Message.Role.CHARACTER
_RUNNING = Message.RUNNING


@dataclass(frozen=True, slots=True)
class Ask:
    """What a program asks: the chat as it has it. The last line is the fan's, or the character's to go on from.

    `note` are the program's instructions, for this turn only; `token` names the request, so that it is answered
    once; `is_retry` says that it was sent before.
    """

    lines: tuple[Said, ...]
    note: str = ""
    is_draft: bool = False
    seed: int | None = None
    token: str = ""
    is_retry: bool = False


@dataclass(frozen=True, slots=True)
class Promised:
    """The reply that answers a request; `is_new` is false when it had been promised before."""

    conversation_id: int
    reply: Message
    is_new: bool


def answer(key: ApiKey, character: Character, ask: Ask) -> Promised:
    """Find or make the branch a program means and promise a reply at its end. Atomic.

    The same chat again is another swipe; unless the reader of the last one left before its end: then that one is
    it. What the program brings itself is screened like the fan's words. Raises `CharacterAway`, `TooManyRequests`,
    `MessageBlocked`, `MessageEmpty`, `MessageTooLong`, `MessageUnreadable`; then nothing was stored.
    """
    lock = transaction.atomic() if ask.token else nullcontext()
    with lock:
        if ask.token:
            # Two requests of one name at once: the second waits here and finds the first one's reply.
            ApiKey.objects.select_for_update().get(pk=key.pk)
            if (before := _promised_before(key, ask.token)) is not None:
                return before
        return _answer(key, character, ask)


def open_answer(promised: Promised, ask: Ask, *, wish: Wish, takes_back: bool = True, ui_language: str = "en") -> Turn:
    """Return the turn of a reply just promised: drawn as wished, with the program's note where the author's stands."""
    conversation = Conversation.objects.with_cast().get(pk=promised.conversation_id)
    turn = open_turn(conversation, promised.reply, ui_language=ui_language)
    turn.wish, turn.takes_back = wish, takes_back
    if ask.note:
        own = turn.play.author_note
        told = f"{own.text}\n{ask.note}" if own.text else ask.note
        turn.play = replace(turn.play, author_note=replace(own, text=told))
    return turn


def _answer(key: ApiKey, character: Character, ask: Ask) -> Promised:
    if not may_speak(character, key.user):
        raise CharacterAway
    if ask.note:
        screened(Said(_FAN, ask.note), "messages")
    path = _known(key, character, ask)
    if len(path) == len(ask.lines) and path[-1].role == _FAN:
        try:
            return _another(key, ask, path[-1])
        except TurnInProgress:
            return _aside(key, character, ask, path)
    # Which conversation it will be is not known yet; whose character it is, is.
    room = Conversation(character=character, scene=character.scene)
    sending.limit_rate(key.user, room, ask.lines[-1].text)
    brought = Brought.of(ask.lines, len(path))
    try:
        return _go_on(key, character, ask, path, brought)
    except (IntegrityError, NotFound):
        # Another branch of this chat is being answered, or this one was deleted a moment ago.
        return _begin(key, character, ask, path, brought)


def _promised_before(key: ApiKey, token: str) -> Promised | None:
    rows = Message.objects.living().filter(conversation__api_key=key, conversation__fan=key.user_id, client_id=token)
    reply = rows.first()
    return Promised(reply.conversation_id, reply, is_new=False) if reply is not None else None


def _rooms(key: ApiKey, character: Character, ask: Ask) -> ConversationQuerySet:
    rooms = Conversation.objects.owned_by(key.user).filter(api_key=key, character=character, archived_at=None)
    return rooms.filter(version__isnull=ask.is_draft).order_by("-last_message_at")


def _known(key: ApiKey, character: Character, ask: Ask) -> tuple[Node, ...]:
    """Return the stored messages of the first lines: at the end of the newest chats first, then anywhere in them."""
    rooms = list(_rooms(key, character, ask).values_list("pk", "head__text")[:_ROOMS])
    before = key_of(ask.lines[-2].text) if len(ask.lines) > 1 else None
    near = [pk for pk, text in rooms if text is not None and key_of(text) == before][:1]
    path = align(ask.lines, _nodes(near, 2 * len(ask.lines) + 2)) if near else ()
    if rooms and (not near or len(path) < len(ask.lines) - 1):
        path = align(ask.lines, _nodes([pk for pk, _text in rooms], _NODES))
    return path


def _nodes(rooms: Sequence[int], limit: int) -> list[Node]:
    newest = Message.objects.filter(conversation_id__in=rooms).order_by("-pk").values_list("pk", flat=True)[:limit]
    rows = Message.objects.living().filter(pk__in=list(newest)).exclude(status__in=_RUNNING)
    return [Node(*row) for row in rows.values_list("pk", "parent_id", "conversation_id", "role", "text")]


def _another(key: ApiKey, ask: Ask, asked: Node) -> Promised:
    """Answer a stored message once more, or hand over the reply that never reached its reader."""
    message = Message.objects.owned_by(key.user).select_related("conversation").get(pk=asked.id)
    replies = message.children.living().filter(role=_CHARACTER)
    last = replies.order_by("-position", "-pk").first()
    if last is not None:
        last.parent, last.conversation = message, message.conversation
        has_come = last.status in _RUNNING or (last.status != Message.Status.FAILED and last.text)
        if has_come and undelivered.is_owed(last.public_id, is_retry=ask.is_retry):
            return Promised(last.conversation_id, last, is_new=False)
    return _promised(regenerate(key.user, last or message), ask)


def _go_on(key: ApiKey, character: Character, ask: Ask, path: Sequence[Node], brought: Brought) -> Promised:
    """Add what is new after the last known line; without one, begin a conversation."""
    known = path[: len(ask.lines) - 1]
    if not known:
        return _begin(key, character, ask, (), brought)
    with transaction.atomic():
        room = Conversation.objects.owned_by(key.user).with_cast().select_for_update(of=("self",))
        conversation = room.get(pk=known[-1].room)
        parent = Message.objects.get(pk=known[-1].id)
        require_living(parent)
        return _close(conversation, ask, chained(conversation, parent, brought.before), brought)


def _begin(key: ApiKey, character: Character, ask: Ask, path: Sequence[Node], brought: Brought) -> Promised:
    """Begin a conversation with the chat as the program has it; what is known of it is copied, not brought."""
    with transaction.atomic():
        conversation = _conversation(key, character, ask)
        known = path[: len(ask.lines) - 1]
        rows = [*copies(known), *brought.before]
        if (parent := _greeting(conversation, rows)) is not None:
            del rows[0]
        turns = sum(node.role == _FAN for node in known)
        if turns:
            # Affinity is earned by talking: as far as it was, and by no line a program wrote itself.
            source = Conversation.objects.filter(pk=known[0].room).values_list("turns_count", flat=True)
            Conversation.objects.filter(pk=conversation.pk).update(turns_count=min(turns, source[0]))
        return _close(conversation, ask, chained(conversation, parent, rows), brought)


def _aside(key: ApiKey, character: Character, ask: Ask, path: Sequence[Node]) -> Promised:
    """Answer a message once more in a conversation of its own, while the one it stands in is busy."""
    return _begin(key, character, ask, path, Brought.of(ask.lines, len(ask.lines) - 1))


def _conversation(key: ApiKey, character: Character, ask: Ask) -> Conversation:
    limits.begin_chat(key.user)
    made = Conversation.objects.create(
        fan=key.user,
        character=character,
        version_id=None if ask.is_draft else character.published_id,
        persona=default_persona(key.user),
        scene=character.scene,
        channel=Conversation.Channel.API,
        api_key=key,
        last_message_at=timezone.now(),
    )
    return Conversation.objects.with_cast().get(pk=made.pk)


def _greeting(conversation: Conversation, rows: Sequence[Message]) -> Message | None:
    """Say the card's greetings where the chat begins with one of them; return it."""
    if not rows or rows[0].role != _CHARACTER:
        return None
    greet(conversation, name=fan_name(conversation))
    greetings = conversation.messages.filter(parent=None, role=_CHARACTER).order_by("position")
    return next((g for g in greetings if key_of(g.text) == key_of(rows[0].text)), None)


def _close(conversation: Conversation, ask: Ask, parent: Message | None, brought: Brought) -> Promised:
    """Store the fan's words and promise the reply, or promise that the character goes on from its own."""
    last, verdict = brought.last, brought.verdict
    parent_id = parent.pk if parent is not None else None
    if last.role == _CHARACTER:
        assert parent is not None  # a program has said something before the character goes on
        position = next_position(conversation, parent.pk)
        reply = sending.promise_reply(conversation, parent, turns=0, position=position, text=last.text)
        return _promised(reply, ask)
    message = sending.store_fan_message(
        conversation,
        last.text,
        verdict,
        parent_id=parent_id,
        depth=parent.depth + 1 if parent is not None else 0,
        position=next_position(conversation, parent_id, _FAN),
    )
    reply = sending.promise_reply(conversation, message, turns=1)
    if verdict.crisis:
        sending.care(message, verdict)
    return _promised(reply, ask)


def _promised(reply: Message, ask: Ask) -> Promised:
    """Give the promised reply the request's name and its seed."""
    changes: dict[str, object] = {}
    if ask.token:
        changes["client_id"] = reply.client_id = ask.token
    if ask.seed is not None:
        changes["seed"] = reply.seed = ask.seed
    if changes:
        Message.objects.filter(pk=reply.pk).update(**changes)
    return Promised(reply.conversation_id, reply, is_new=True)
