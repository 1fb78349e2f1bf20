"""Accepting a message: the one place where a fan's words enter. Nothing here can be switched off by a setting."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import User
from chat import limits
from chat.exceptions import (
    BudgetSpent,
    CharacterAway,
    ConversationMoved,
    MessageDeleted,
    MessageEmpty,
    MessageTooLong,
    MessageUnreadable,
    TurnInProgress,
)
from chat.models import Conversation, Message
from chat.services.conversations import may_speak
from chat.signals import message_sent
from companion_site.core import ratelimit
from companion_site.core.exceptions import LimitsUnknown, TooManyRequests
from companion_site.core.prepared import Prepared, PreparedUpdate, insert
from companion_site.core.text import strip_invisible
from moderation import guard
from moderation.exceptions import MessageBlocked
from moderation.models import Source
from moderation.policy import Verdict
from moderation.services import open_case


def _advance(rows: QuerySet[Conversation], head: Any, now: Any, turns: Any) -> tuple[QuerySet[Conversation], Changes]:
    return rows, {"head": head, "last_message_at": now, "turns_count": F("turns_count") + turns}


_BESIDE = Prepared(
    lambda parent, role: (
        Message.objects.filter(parent=parent, role=role).order_by("-position").values_list("position")[:1]
    )
)
# From wherever the conversation stands, from the message it must stand at, from nothing said yet.
_ADVANCE = PreparedUpdate(lambda pk, head, now, turns: _advance(Conversation.objects.filter(pk=pk), head, now, turns))
_ADVANCE_FROM = PreparedUpdate(
    lambda pk, was, head, now, turns: _advance(Conversation.objects.filter(pk=pk, head=was), head, now, turns)
)
_BEGIN = PreparedUpdate(
    lambda pk, head, now, turns: _advance(Conversation.objects.filter(pk=pk, head=None), head, now, turns)
)

Changes = dict[str, Any]

MAX_CHARS = 4000
_RATE_WINDOW = 60
_LIMITS = (TooManyRequests, BudgetSpent, LimitsUnknown)


@dataclass(frozen=True, slots=True)
class Sent:
    """An accepted message and the reply it waits for; `is_new` is false when it had been sent before."""

    message: Message
    reply: Message
    is_new: bool


def send_message(conversation: Conversation, fan: User, *, text: str, client_id: str) -> Sent:
    """Accept a message and promise a reply, once for each `client_id`. Atomic.

    `conversation` must come from `owned_by(fan).with_cast()`. Raises `CharacterAway`, `MessageEmpty`,
    `MessageTooLong`, `MessageUnreadable`, `TooManyRequests`, `MessageBlocked`, `TurnInProgress`; then
    nothing was stored.
    """
    return accept(conversation, fan, text=text, client_id=client_id)


def accept(
    conversation: Conversation, fan: User, *, text: str, client_id: str, role: Message.Role = Message.Role.FAN
) -> Sent:
    """Accept words of the fan in whichever role, as `send_message` does; what a director says earns no affinity.

    Raises `MessageDeleted` for what was sent before and deleted since, and `ConversationMoved` where another tab
    has moved the conversation on meanwhile.
    """
    require_presence(conversation, fan)
    text = clean(text)
    try:
        limit_rate(fan, conversation, text)
        return _store(conversation, text, client_id, role)
    except (IntegrityError, *_LIMITS, ConversationMoved) as exc:
        # The same message again, or a race lost against it or another one: only then it is worth asking which.
        before = sent_before(conversation, client_id)
        if before is not None:
            return before
        if isinstance(exc, _LIMITS):
            raise
        if isinstance(exc, ConversationMoved) and not conversation.messages.running().exists():
            raise
        raise in_progress(conversation) from exc


def _store(conversation: Conversation, text: str, client_id: str, role: Message.Role) -> Sent:
    verdict = screen(text)
    depth = depth_after_head(conversation)
    place = {"parent_id": conversation.head_id, "depth": depth}
    with transaction.atomic():
        # Whoever has gone back speaks beside what was said there before.
        beside = _BESIDE.rows(parent=conversation.head_id, role=role) if conversation.head_id else []
        position = beside[0][0] + 1 if beside else 0
        message = store_fan_message(
            conversation, text, verdict, **place, position=position, client_id=client_id, role=role
        )
        turns = 1 if role == Message.Role.FAN else 0
        reply = promise_reply(conversation, message, turns=turns, is_at_head=True)
        if verdict.crisis:
            care(message, verdict)
    return Sent(message, reply, is_new=True)


def depth_after_head(conversation: Conversation) -> int:
    if conversation.head_id is None:
        return 0
    known = vars(conversation)
    if "head_depth" in known:  # by `with_cast`
        head_depth = known["head_depth"]
    else:
        head_depth = Message.objects.filter(pk=conversation.head_id).values_list("depth", flat=True).first()
    return 0 if head_depth is None else int(head_depth) + 1


def require_presence(conversation: Conversation, fan: User) -> None:
    """Raise `CharacterAway` unless the character may be spoken to now."""
    if not may_speak(conversation.character, fan):
        raise CharacterAway


def clean(text: str) -> str:
    """Return the text as stored; raise where it is empty, too long or not text."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > MAX_CHARS:
        raise MessageTooLong(field="text", limit=MAX_CHARS)
    if any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text):
        raise MessageUnreadable(field="text")
    if not strip_invisible(text).strip():
        raise MessageEmpty(field="text")
    return text


def limit_rate(fan: User, conversation: Conversation | None = None, text: str = "") -> None:
    """Count one turn of the fan and what it may cost.

    Raises `TooManyRequests`, or `BudgetSpent` and `LimitsUnknown` where the fan can do nothing about it.
    """
    ratelimit.hit("chat.turn", fan.pk, limit=settings.CHAT_TURNS_PER_MINUTE, window_seconds=_RATE_WINDOW)
    limits.spend(fan, conversation, text)


def screen(text: str) -> Verdict:
    """Return the verdict on a fan's text; raise `MessageBlocked` for a red line."""
    verdict = guard.screen(text, side="fan")
    if verdict.is_blocked:
        raise MessageBlocked(field="text", policy_code=verdict.policy_code)
    return verdict


def in_progress(conversation: Conversation) -> TurnInProgress:
    """Return the refusal that names the reply being written."""
    running = conversation.messages.running().first()
    return TurnInProgress(reply=str(running.public_id)) if running is not None else TurnInProgress()


def new_seed() -> int:
    return secrets.randbelow(2**31 - 1) + 1


def promise_reply(
    conversation: Conversation,
    parent: Message,
    *,
    turns: int,
    position: int = 0,
    text: str = "",
    is_at_head: bool = False,
) -> Message:
    """Store the pending reply to `parent` and make it the head; `text` is what it goes on from.

    Runs in the caller's transaction. Raises `IntegrityError` when another reply of the conversation is pending,
    and with `is_at_head` `ConversationMoved` unless the conversation still stands where it was read.
    """
    now = timezone.now()
    reply = Message(
        conversation=conversation,
        fan_id=conversation.fan_id,
        parent=parent,
        role=Message.Role.CHARACTER,
        status=Message.Status.PENDING,
        text=text,
        depth=parent.depth + 1,
        position=position,
        version_id=conversation.version_id,
        scene=conversation.scene,
        seed=new_seed(),
        heartbeat_at=now,
    )
    insert(reply)
    changes = {"pk": conversation.pk, "head": reply.pk, "now": now, "turns": turns}
    if not is_at_head:
        _ADVANCE.run(**changes)
    elif not (_ADVANCE_FROM.run(was=was, **changes) if (was := conversation.head_id) else _BEGIN.run(**changes)):
        raise ConversationMoved
    return reply


def store_fan_message(conversation: Conversation, text: str, verdict: Verdict, **fields: Any) -> Message:
    """Store a fan's accepted words and announce them on commit. Runs in the caller's transaction."""
    usual = {"role": Message.Role.FAN, "mood": {"crisis": True} if verdict.crisis else {}}
    message = Message(conversation=conversation, fan_id=conversation.fan_id, text=text, **{**usual, **fields})
    insert(message)
    transaction.on_commit(lambda: message_sent.send_robust(Message, message=message))
    return message


def care(message: Message, verdict: Verdict) -> Message:
    """Put the platform's crisis card under a message and open an urgent case. Runs in the caller's transaction."""
    card = Message.objects.create(
        conversation_id=message.conversation_id,
        fan_id=message.fan_id,
        parent=message,
        role=Message.Role.PLATFORM,
        depth=message.depth + 1,
        trace={"kind": "crisis"},
    )
    open_case("message", message.public_id, findings=verdict.findings, source=Source.CRISIS)
    return card


def sent_before(conversation: Conversation, client_id: str) -> Sent | None:
    """Return what this client id has sent before; raise `MessageDeleted` where it is deleted since."""
    message = conversation.messages.filter(client_id=client_id).first()
    if message is None:
        return None
    reply = message.children.living().filter(role=Message.Role.CHARACTER).order_by("position").first()
    if message.deleted_at is not None or reply is None:
        raise MessageDeleted(message=str(message.public_id))
    return Sent(message, reply, is_new=False)
