"""What a fan may do with a reply: another one, go on, stop, edit, rate, report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils import timezone

from accounts.models import User
from chat.exceptions import EditRefused, NotAReply
from chat.models import Conversation, Message
from chat.services import sending
from chat.services.sending import Sent
from moderation import guard
from moderation.exceptions import MessageBlocked
from moderation.services import attach_report


@contextmanager
def _one_turn(conversation: Conversation) -> Iterator[None]:
    """Run writes that begin a turn; a turn already running is a refusal, and nothing is stored."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as exc:
        raise sending.in_progress(conversation) from exc


def _of_conversation(fan: User, message: Message) -> Conversation:
    return Conversation.objects.owned_by(fan).with_cast().get(pk=message.conversation_id)


def regenerate(fan: User, reply: Message) -> Message:
    """Promise another answer to the same message, as a swipe. Atomic.

    A reply that failed or came to nothing is written anew in its place: nobody wants to swipe through
    failures. Raises `NotAReply`, `CharacterAway`, `TooManyRequests`, `TurnInProgress`.
    """
    if not reply.is_reply or reply.parent is None:
        raise NotAReply
    conversation = _of_conversation(fan, reply)
    sending.require_presence(conversation, fan)
    sending.limit_rate(fan)
    with _one_turn(conversation):
        if reply.status == Message.Status.FAILED or (reply.is_final and not reply.text):
            return _reopen(conversation, reply, keep_text=False)
        return sending.promise_reply(conversation, reply.parent, turns=0, position=_next_position(reply))


def continue_reply(fan: User, reply: Message) -> Message:
    """Let the character go on from a reply that was cut off or stopped. Atomic. Raises as `regenerate`."""
    if not reply.is_reply or not reply.can_continue:
        raise NotAReply
    conversation = _of_conversation(fan, reply)
    sending.require_presence(conversation, fan)
    sending.limit_rate(fan)
    with _one_turn(conversation):
        return _reopen(conversation, reply, keep_text=True)


def _reopen(conversation: Conversation, reply: Message, *, keep_text: bool) -> Message:
    changes: dict[str, object] = {} if keep_text else {"text": "", "seed": sending.new_seed()}
    updated = (
        Message.objects.filter(pk=reply.pk, attempt=reply.attempt)
        .exclude(status__in=Message.RUNNING)
        .update(
            status=Message.Status.PENDING,
            attempt=F("attempt") + 1,
            error="",
            heartbeat_at=timezone.now(),
            version=conversation.version_id,
            **changes,
        )
    )
    if not updated:
        raise sending.in_progress(conversation)
    Conversation.objects.filter(pk=conversation.pk).update(head=reply, last_message_at=timezone.now())
    reply.refresh_from_db()
    return reply


def _next_position(message: Message) -> int:
    rows = Message.objects.filter(
        conversation_id=message.conversation_id, parent=message.parent_id, role=message.role
    ).aggregate(last=Max("position"))
    return int(rows["last"]) + 1


def edit_message(fan: User, message: Message, *, text: str, client_id: str) -> Sent | Message:
    """Branch off with other words. Atomic.

    A fan's own message becomes a new one with a new reply (`Sent`); a character's message becomes a swipe
    with the fan's wording, and nothing is generated (`Message`). The old branch stays. Raises what
    `send_message` raises, and `EditRefused` while the message is being written or was taken down.
    """
    if not message.is_final or message.removed_at or message.role == Message.Role.PLATFORM:
        raise EditRefused
    conversation = _of_conversation(fan, message)
    text = sending.clean(text)
    if message.role == Message.Role.CHARACTER:
        return _reword(conversation, message, text)
    return _branch(conversation, fan, message, text, client_id)


def _reword(conversation: Conversation, message: Message, text: str) -> Message:
    verdict = guard.screen(text, side="character")
    if verdict.is_blocked:
        raise MessageBlocked(field="text", policy_code=verdict.policy_code)
    with transaction.atomic():
        if conversation.messages.running().exists():
            raise sending.in_progress(conversation)
        swipe = Message.objects.create(
            conversation=conversation,
            fan_id=message.fan_id,
            parent_id=message.parent_id,
            role=message.role,
            text=text,
            depth=message.depth,
            position=_next_position(message),
            version_id=message.version_id,
            mood=message.mood,
            state=message.state,
            edited_at=timezone.now(),
        )
        Conversation.objects.filter(pk=conversation.pk).update(head=swipe)
    return swipe


def _branch(conversation: Conversation, fan: User, message: Message, text: str, client_id: str) -> Sent:
    sending.require_presence(conversation, fan)
    sending.limit_rate(fan)
    verdict = sending.screen(text)
    with _one_turn(conversation):
        edited = sending.store_fan_message(
            conversation,
            text,
            verdict,
            parent_id=message.parent_id,
            depth=message.depth,
            position=_next_position(message),
            client_id=client_id,
            edited_at=timezone.now(),
        )
        reply = sending.promise_reply(conversation, edited, turns=1)
        if verdict.crisis:
            sending.care(edited, verdict)
    return Sent(edited, reply, is_new=True)


def stop_reply(fan: User, reply: Message) -> bool:
    """End a running reply where it is, whichever process writes it; return False when it had ended already.

    The writing process notices by its next checkpoint and adds what it had said since.
    """
    return bool(
        Message.objects.owned_by(fan)
        .running()
        .filter(pk=reply.pk)
        .update(status=Message.Status.STOPPED, updated_at=timezone.now())
    )


def rate_reply(fan: User, reply: Message, *, rating: int) -> Message:
    """Set the fan's thumb: 1, -1, or 0 to take it back. Raises `NotAReply`."""
    if reply.role != Message.Role.CHARACTER:
        raise NotAReply
    reply.rating = max(-1, min(1, rating))
    reply.save(update_fields=["rating", "updated_at"])
    return reply


def report_message(fan: User, message: Message, *, policy_hint: str = "", text: str = "") -> None:
    """Take a reader's report about a message into a case; the same report twice is one."""
    kind = "reply" if message.role == Message.Role.CHARACTER else "message"
    attach_report(fan, kind, message.public_id, policy_hint=policy_hint, text=text)
