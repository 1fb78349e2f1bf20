"""Opening and closing turns: the only writers of a reply's text, status and trace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from characters.models import Character
from characters.storylines import unlocked
from chat import affinity, books, generation, sheets
from chat.clock import zone_of
from chat.given import Cast, Fragment, Knowledge, Note, Past, Play, Sheet
from chat.memory import vectors
from chat.models import Conversation, Memory, Message
from chat.models.message import MessageQuerySet
from chat.prompts.limits import limits_of
from chat.prompts.prompt import Limits
from chat.routing import route_of
from chat.services.conversations import fan_name
from chat.services.greetings import chat_seed
from chat.signals import reply_finished
from chat.turn import Turn
from companion_site.core.prepared import Prepared, PreparedUpdate, row_update

_MEMORIES = 200
_REMEMBERED = Prepared(
    lambda fan, character: (
        Memory.objects.filter(fan=fan, character=character)
        .order_by("-told_at")
        .values_list("pk", "kind", "text", "keywords", "told_at", "language", "due_on", "recalled_at", "vector")[
            :_MEMORIES
        ]
    )
)
_CLOSING = Prepared(
    lambda pk, attempt: (
        Message.objects.select_for_update()
        .filter(pk=pk, attempt=attempt)
        .only("public_id", "status", "fan", "conversation", "parent", "role", "scene", "attempt", "text")
    )
)
# What a turn writes when it closes, and nobody else does.
_CLOSED = (
    *("status", "text", "error", "model", "prompt_hash", "preset", "state", "mood", "trace", "ooc_score"),
    *("prompt_tokens", "completion_tokens", "cost_micros", "heartbeat_at", "updated_at"),
)
_CLOSE = row_update(Message, *_CLOSED)
_COUNT = PreparedUpdate(lambda pk: (Character.objects.filter(pk=pk), {"messages_count": F("messages_count") + 1}))
_CHECKPOINT = PreparedUpdate(
    lambda pk, text, status, now: (
        Message.objects.running().filter(pk=pk),
        {"text": text, "status": status, "heartbeat_at": now},
    )
)
# A living job writes a heartbeat every second or two; without one for this long it is dead.
STALE_AFTER = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a conversation stands after a message: what the next reply will play. `at` is when the fan last spoke."""

    play: Play
    stories: tuple[str, ...]
    in_crisis: bool
    at: str


def standing(conversation: Conversation, parent_id: int | None, *, depth: int, limits: Limits) -> Standing:
    """Return where a conversation stands after the message `parent_id`, for a reply at `depth`.

    The card is open to its fan; storylines and books are those the fan may know.
    """
    version, sheet = sheets.of_conversation(conversation)
    lines = Message.objects.lines_to(parent_id, limit=limits.messages) if parent_id else []
    is_answer = bool(lines) and lines[-1].role == Message.Role.FAN
    known = unlocked(version, conversation.fan, affinity=affinity.of(conversation.turns_count).level)
    state = Message.objects.past_of(parent_id) if parent_id else {}
    play = Play(
        cast=cast_of(conversation, sheet),
        message=lines[-1].text if is_answer else "",
        history=tuple(lines[:-1] if is_answer else lines),
        books=books.of_conversation(conversation, sheet, version, known),
        author_note=Note.of(conversation.author_note),
        knowledge=tuple(Knowledge(s.title, s.knowledge) for s in known if s.knowledge),
        past=past_from(state, depth),
    )
    return Standing(
        play,
        tuple(s.public_id for s in known if not s.is_trial),
        bool(lines) and bool(lines[-1].mood.get("crisis")),
        str(state.get("at", "")),
    )


def open_turn(conversation: Conversation, reply: Message, *, ui_language: str = "en") -> Turn:
    """Return the turn of a pending reply with everything its stages may need; no stage asks the database again."""
    route = route_of(tier=conversation.fan.tier, adapter=conversation.character.adapter)
    limits = limits_of(generation.model(route).name, settings.CHAT_PROMPT_LIMITS)
    here = standing(conversation, reply.parent_id, depth=reply.depth, limits=limits)
    zone = zone_of(conversation.fan)
    now = timezone.localtime(timezone=zone)
    return Turn(
        reply_id=reply.pk,
        character_id=conversation.character_id,
        public_id=str(reply.public_id),
        attempt=reply.attempt,
        play=here.play,
        now=now,
        seed=reply.seed or 1,
        memories=tuple(_fragments(conversation, zone)),
        stories=here.stories,
        chat_seed=chat_seed(conversation),
        trigger=_trigger(reply),
        idle=_idle(here.at, now),
        so_far=reply.text,
        in_crisis=here.in_crisis,
        ui_language=ui_language,
        fan_id=conversation.fan_id,
        route=route,
    )


def cast_of(conversation: Conversation, sheet: Sheet) -> Cast:
    """Return who speaks with whom in a conversation."""
    description = conversation.persona.description if conversation.persona is not None else ""
    return Cast(sheet, fan_name(conversation), description, conversation.scene)


def past_from(state: Mapping[str, Any], depth: int) -> Past:
    """Return how the branch stands before a reply at `depth`, from the state its parent carries."""
    # On a branch fan and character take turns, from the character's greeting or the fan's first words on.
    return Past(
        lore=_mapping(state, "lore"),
        variables=_mapping(state, "variables"),
        greeting=int(state.get("greeting", 0)),
        length=depth,
        replies=depth // 2,
    )


def _mapping(state: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = state.get(name)
    return found if isinstance(found, dict) else {}


def _trigger(reply: Message) -> str:
    """Return what SillyTavern would call this kind of generation."""
    if reply.text:
        return "continue"
    if reply.position:
        return "swipe"
    return "regenerate" if reply.attempt > 1 else "normal"


def _idle(at: str, now: datetime) -> timedelta | None:
    """Return how long ago the fan last spoke before this: when the reply before was asked for."""
    try:
        return max(now - datetime.fromisoformat(at), timedelta())
    except (TypeError, ValueError):
        return None


def _fragments(conversation: Conversation, zone: ZoneInfo) -> list[Fragment]:
    rows = _REMEMBERED.rows(fan=conversation.fan_id, character=conversation.character_id)
    return [
        Fragment(
            id=pk,
            kind=kind,
            text=text,
            keywords=tuple(keywords),
            told_at=timezone.localtime(told_at, zone),
            language=language,
            due_on=due_on,
            recalled_at=recalled_at,
            vector=vectors.unpack(bytes(vector)) if vector else (),
        )
        for pk, kind, text, keywords, told_at, language, due_on, recalled_at, vector in rows
    ]


def close_turn(turn: Turn) -> Message | None:
    """Store how the turn ended, once; return None when it had been closed by somebody else. Atomic.

    A reply the fan stopped stays `stopped` and gets the words that were said until the job noticed.
    """
    with transaction.atomic():
        reply = _CLOSING.first(pk=turn.reply_id, attempt=turn.attempt)
        if reply is None or reply.status not in {*Message.RUNNING, Message.Status.STOPPED}:
            return None
        was_stopped = reply.status == Message.Status.STOPPED
        changes = {
            "status": Message.Status.STOPPED if was_stopped else Message.Status(turn.ending or "interrupted"),
            "text": turn.text,
            "error": "" if was_stopped else turn.error,
            "model": turn.model,
            "prompt_hash": turn.prompt.hash if turn.prompt is not None else "",
            "preset": turn.prompt.preset if turn.prompt is not None else "",
            "state": turn.state,
            "mood": _mood(turn),
            "trace": turn.trace,
            "ooc_score": turn.ooc_score,
            "prompt_tokens": turn.usage.prompt_tokens,
            "completion_tokens": turn.usage.completion_tokens,
            "cost_micros": turn.usage.cost_micros,
            "heartbeat_at": None,
            "updated_at": timezone.now(),
        }
        for name, value in changes.items():
            setattr(reply, name, value)
        _CLOSE.run(pk=reply.pk, **changes)
        if turn.recalled:
            Memory.objects.filter(pk__in=[f.id for f in turn.recalled]).update(recalled_at=timezone.now())
        _COUNT.run(pk=turn.character_id)
        transaction.on_commit(lambda: reply_finished.send_robust(Message, message=reply))
    return reply


def _mood(turn: Turn) -> dict[str, object]:
    return {
        "emotion": turn.feeling.emotion,
        "score": turn.feeling.score,
        "subtext": turn.subtext,
        "expression": turn.expression,
        "reflex": turn.reflex,
        "hint": turn.hint,
    }


def checkpoint_replies(texts: Mapping[int, str]) -> set[int]:
    """Keep what running replies have said so far; return the ids whose turn was ended by somebody else. Atomic.

    One short transaction for all replies of a process, about once a second: nothing is written a token.
    """
    now = timezone.now()
    ended: set[int] = set()
    with transaction.atomic():
        for reply_id, text in texts.items():
            status = Message.Status.STREAMING if text else Message.Status.PENDING
            if not _CHECKPOINT.run(pk=reply_id, text=text, status=status, now=now):
                ended.add(reply_id)
    return ended


def close_stale(reply_id: int) -> bool:
    """Close one reply as interrupted if its job is dead; return whether it was."""
    return _close_dead(Message.objects.filter(pk=reply_id)) == 1


def sweep_replies() -> int:
    """Close every reply whose process died; return how many. Text kept, nothing charged."""
    return _close_dead(Message.objects.all())


def _close_dead(rows: MessageQuerySet) -> int:
    closed = 0
    dead_since = timezone.now() - STALE_AFTER
    for pk in rows.running().filter(heartbeat_at__lt=dead_since).values_list("pk", flat=True)[:500]:
        with transaction.atomic():
            row = Message.objects.select_for_update().get(pk=pk)
            if row.is_final or row.heartbeat_at is None or row.heartbeat_at >= dead_since:
                continue
            row.status, row.error, row.heartbeat_at = Message.Status.INTERRUPTED, "reply_cut_off", None
            row.save(update_fields=["status", "error", "heartbeat_at", "updated_at"])
            transaction.on_commit(lambda row=row: reply_finished.send_robust(Message, message=row))  # type: ignore[misc]
            closed += 1
    return closed
