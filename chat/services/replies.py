"""What a fan may do with a reply: another one, go on, stop, rate, report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from chat.exceptions import NotAReply
from chat.models import Conversation, Message
from chat.services import sending
from chat.services.branches import hold, next_position, require_living
from moderation.services import attach_report

# A reply that has grown as long as this is gone on with no further.
_LONGEST = 16_000
# What a character answers.
_ASKED = (Message.Role.FAN, Message.Role.DIRECTOR)


@contextmanager
def _one_turn(fan: User, message: Message) -> Iterator[None]:
    """Run writes that begin a turn beside or after a living message; nobody moves the head meanwhile.

    A turn already running is a refusal, and nothing is stored.
    """
    try:
        with transaction.atomic():
            hold(fan, message)
            require_living(message)
            yield
    except IntegrityError as exc:
        raise sending.in_progress(message.conversation) from exc


def _of_conversation(fan: User, message: Message) -> Conversation:
    return Conversation.objects.owned_by(fan).with_cast().get(pk=message.conversation_id)


def regenerate(fan: User, message: Message) -> Message:
    """Promise another answer to the same message, as a swipe; a fan's own message is answered anew. Atomic.

    A reply that failed or came to nothing is written anew in its place: nobody wants to swipe through
    failures. Raises `NotAReply`, `NotFound`, `CharacterAway`, `TooManyRequests`, `TurnInProgress`.
    """
    asked = message if message.role in _ASKED else message.parent
    if asked is None or message.role == Message.Role.PLATFORM:
        raise NotAReply
    conversation = _may_turn(fan, message)
    with _one_turn(fan, message):
        if asked is not message and (
            message.status == Message.Status.FAILED or (message.is_final and not message.text)
        ):
            return _reopen(conversation, message, keep_text=False)
        return sending.promise_reply(conversation, asked, turns=0, position=next_position(conversation, asked.pk))


def continue_reply(fan: User, reply: Message) -> Message:
    """Let the character go on from a reply's text. Atomic. Raises as `regenerate`.

    What was cut off goes on in its place. A whole reply, and one that something follows on, stays as it is:
    the longer one is a swipe that begins with its text.
    """
    if not reply.is_reply or not reply.can_continue or len(reply.text) > _LONGEST:
        raise NotAReply
    conversation = _may_turn(fan, reply)
    with _one_turn(fan, reply):
        if reply.is_cut_off and not reply.children.living().exclude(role=Message.Role.PLATFORM).exists():
            return _reopen(conversation, reply, keep_text=True)
        assert reply.parent is not None  # it is a reply
        position = next_position(conversation, reply.parent_id)
        return sending.promise_reply(conversation, reply.parent, turns=0, position=position, text=reply.text)


def _may_turn(fan: User, message: Message) -> Conversation:
    conversation = _of_conversation(fan, message)
    sending.require_presence(conversation, fan)
    sending.limit_rate(fan, conversation)
    return conversation


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
