"""Other words for what was said, yours or its: a branch beside the old one, which stays."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from chat.exceptions import EditRefused, MessageDeleted, StaleEdit
from chat.models import Conversation, Message
from chat.services import sending
from chat.services.branches import hold, next_position, require_quiet
from chat.services.sending import Sent
from moderation import guard
from moderation.exceptions import MessageBlocked
from moderation.policy import Verdict


@dataclass(frozen=True, slots=True)
class _Wording:
    text: str
    client_id: str
    verdict: Verdict


def edit_stamp(message: Message) -> str:
    """Return what an editor opened now is made from: another one as soon as the words were drawn or edited anew."""
    edits = Message.objects.filter(
        conversation_id=message.conversation_id, parent=message.parent_id, role=message.role, edited_at__isnull=False
    )
    return f"{message.attempt}.{edits.count()}"


def edit_message(fan: User, message: Message, *, text: str, client_id: str, stamp: str = "") -> Sent | Message:
    """Branch off with other words, once for each `client_id`. Atomic.

    A fan's own message or direction becomes a new one with a new reply (`Sent`); a character's message becomes a swipe
    with the fan's wording, and nothing is generated (`Message`). The old branch stays. Raises what
    `send_message` raises, `EditRefused` while the message is being written or was taken down, and `StaleEdit`
    for one deleted since, or changed since `stamp` was given.
    """
    conversation = Conversation.objects.owned_by(fan).with_cast().get(pk=message.conversation_id)
    if before := _edited_before(conversation, client_id):
        return before
    if message.deleted_at is not None:
        raise StaleEdit
    if not message.is_final or message.removed_at or message.role == Message.Role.PLATFORM:
        raise EditRefused
    wording = _judged(conversation, message, sending.clean(text), client_id)
    try:
        with transaction.atomic():
            hold(fan, message)
            _require_unchanged(message, stamp)
            if message.role == Message.Role.CHARACTER:
                return _reword(conversation, message, wording)
            return _branch(conversation, message, wording)
    except IntegrityError as exc:
        # The same edit again, at the same time; or another reply of the chat is being written.
        if before := _edited_before(conversation, client_id):
            return before
        raise sending.in_progress(conversation) from exc


def _edited_before(conversation: Conversation, client_id: str) -> Sent | Message | None:
    swipe = conversation.messages.filter(client_id=client_id, role=Message.Role.CHARACTER).first()
    if swipe is None:
        return sending.sent_before(conversation, client_id)
    if swipe.deleted_at is not None:
        raise MessageDeleted(message=str(swipe.public_id))
    return swipe


def _judged(conversation: Conversation, message: Message, text: str, client_id: str) -> _Wording:
    """Return the words with their verdict; refuse what may not be said, or by this fan not now."""
    if message.role == Message.Role.CHARACTER:
        verdict = guard.screen(text, side="character")
        if verdict.is_blocked:
            raise MessageBlocked(field="text", policy_code=verdict.policy_code)
        return _Wording(text, client_id, verdict)
    sending.require_presence(conversation, conversation.fan)
    sending.limit_rate(conversation.fan, conversation, text)
    return _Wording(text, client_id, sending.screen(text))


def _require_unchanged(message: Message, stamp: str) -> None:
    now = Message.objects.living().filter(pk=message.pk).first()
    if now is None or (stamp and stamp != edit_stamp(now)):
        raise StaleEdit


def _reword(conversation: Conversation, message: Message, wording: _Wording) -> Message:
    require_quiet(conversation)
    swipe = Message.objects.create(
        conversation=conversation,
        fan_id=message.fan_id,
        parent_id=message.parent_id,
        role=message.role,
        text=wording.text,
        depth=message.depth,
        position=next_position(conversation, message.parent_id),
        client_id=wording.client_id,
        version_id=message.version_id,
        mood=message.mood,
        state=message.state,
        edited_at=timezone.now(),
    )
    Conversation.objects.filter(pk=conversation.pk).update(head=swipe)
    return swipe


def _branch(conversation: Conversation, message: Message, wording: _Wording) -> Sent:
    edited = sending.store_fan_message(
        conversation,
        wording.text,
        wording.verdict,
        parent_id=message.parent_id,
        depth=message.depth,
        position=next_position(conversation, message.parent_id, message.role),
        client_id=wording.client_id,
        edited_at=timezone.now(),
        role=message.role,
    )
    reply = sending.promise_reply(conversation, edited, turns=1 if message.role == Message.Role.FAN else 0)
    if wording.verdict.crisis:
        sending.care(edited, wording.verdict)
    return Sent(edited, reply, is_new=True)
