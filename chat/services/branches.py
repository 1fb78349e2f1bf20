"""Going to another place of the tree, deleting a branch, bringing it back, erasing it in the end."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.models import User
from chat.exceptions import BranchGone, EditRefused, TurnInProgress
from chat.models import Conversation, Message
from companion_site.core.exceptions import NotFound

# How long a deleted branch can be brought back.
KEPT = timedelta(days=30)
# Erased a little after nobody can bring it back any more, so that the two never meet.
_ERASED_AFTER = KEPT + timedelta(hours=1)
_BATCH = 500


def hold(fan: User, message: Message) -> Conversation:
    """Lock the conversation of a message until the transaction ends; what moves its head waits in line.

    Raises `NotFound` for a conversation of somebody else.
    """
    rows = Conversation.objects.owned_by(fan).select_for_update(of=("self",))
    conversation = rows.filter(pk=message.conversation_id).first()
    if conversation is None:
        raise NotFound
    return conversation


def require_quiet(conversation: Conversation) -> None:
    """Raise `TurnInProgress` while a reply of the conversation is being written."""
    running = conversation.messages.running().first()
    if running is not None:
        raise TurnInProgress(reply=str(running.public_id))


def require_living(message: Message) -> None:
    """Raise `NotFound` for a message deleted since it was read."""
    if not Message.objects.living().filter(pk=message.pk).exists():
        raise NotFound


def next_position(conversation: Conversation, parent_id: int | None, role: str = Message.Role.CHARACTER) -> int:
    """Return the place of one more swipe; deleted ones keep theirs, for they may come back."""
    rows = conversation.messages.filter(parent=parent_id, role=role)
    last = rows.aggregate(last=Max("position"))["last"]
    return 0 if last is None else int(last) + 1


def select_swipe(fan: User, message: Message) -> Message:
    """Show the branch of `message`: its newest descendant becomes the head. Atomic.

    Raises `NotFound` for a deleted one and `TurnInProgress`.
    """
    with transaction.atomic():
        conversation = hold(fan, message)
        require_living(message)
        require_quiet(conversation)
        _show(conversation, Message.objects.newest_below(message.pk))
    return message


def jump_to(fan: User, message: Message) -> Conversation:
    """Make a message the last one on show; what follows it stays, a new message begins a branch beside it. Atomic.

    Raises `NotFound` for a deleted one, `EditRefused` for the platform's, `TurnInProgress`.
    """
    with transaction.atomic():
        conversation = hold(fan, message)
        require_living(message)
        if message.role == Message.Role.PLATFORM:
            raise EditRefused
        require_quiet(conversation)
        _show(conversation, message.pk)
    return conversation


def delete_message(fan: User, message: Message) -> Conversation:
    """Delete a message and all that hangs on it; deleting it twice is deleting it once. Atomic.

    Where it was on show, the nearest swipe beside it comes in its place, else the message before it. Evidence
    that moderation has frozen is a copy and stays. Raises `EditRefused` for the platform's, `TurnInProgress`.
    """
    with transaction.atomic():
        conversation = hold(fan, message)
        if not Message.objects.living().filter(pk=message.pk).exists():
            return conversation
        if message.role == Message.Role.PLATFORM:
            raise EditRefused
        require_quiet(conversation)
        head_id = conversation.head_id
        was_shown = head_id is not None and Message.objects.is_on_path(message, head_id)
        Message.objects.delete_branch(message.pk, timezone.now())
        if was_shown:
            _show(conversation, _beside(message))
    return conversation


def restore_message(fan: User, message: Message, *, shown: Message | None = None) -> Conversation:
    """Bring back what was deleted with `message` and show it; what is there already changes nothing. Atomic.

    `shown` is where the conversation stood before: an undo leads back there, where it is part of what comes back;
    else the newest branch is shown. Raises `NotFound` past 30 days, `BranchGone` where what it hangs on is deleted,
    `TurnInProgress`.
    """
    with transaction.atomic():
        conversation = hold(fan, message)
        found = Message.objects.select_related("parent").only("deleted_at", "parent__deleted_at").get(pk=message.pk)
        if found.deleted_at is None:
            return conversation
        if found.deleted_at < timezone.now() - KEPT:
            raise NotFound
        if found.parent is not None and found.parent.deleted_at is not None:
            raise BranchGone
        require_quiet(conversation)
        Message.objects.restore_branch(message.pk)
        _show(conversation, _end_after_undo(message, shown))
    return conversation


def _end_after_undo(message: Message, shown: Message | None) -> int:
    rows = Message.objects.living().exclude(role=Message.Role.PLATFORM)
    if shown is not None and rows.filter(pk=shown.pk).exists() and Message.objects.is_on_path(message, shown.pk):
        return shown.pk
    return Message.objects.newest_below(message.pk)


def _show(conversation: Conversation, head_id: int | None) -> None:
    conversation.head_id = head_id
    conversation.save(update_fields=["head", "updated_at"])


def _beside(message: Message) -> int | None:
    """Return where the branch ends that takes the place of a deleted one."""
    rows = Message.objects.living().filter(
        conversation_id=message.conversation_id, parent=message.parent_id, role=message.role
    )
    before = rows.filter(position__lt=message.position).order_by("-position", "-pk")
    swipe = before.first() or rows.order_by("position", "pk").first()
    return Message.objects.newest_below(swipe.pk) if swipe is not None else message.parent_id


def purge_deleted(*, batches: int = 40) -> int:
    """Erase what was deleted more than 30 days ago, at most 20,000 messages a call; return how many. Idempotent.

    The deepest first, a batch a transaction: a chain of any length takes no recursion and no long lock. Of a
    greeting only its number stays, or it would be offered again.
    """
    gone = Message.objects.filter(deleted_at__lt=timezone.now() - _ERASED_AFTER)
    greetings = gone.filter(parent=None, role=Message.Role.CHARACTER)
    greetings.exclude(text="").update(text="", trace={}, mood={})
    erased = 0
    for _ in range(batches):
        rows = gone.exclude(parent=None, role=Message.Role.CHARACTER).order_by("-depth", "-pk")
        batch = list(rows.values_list("pk", flat=True)[:_BATCH])
        if not batch:
            break
        with transaction.atomic():
            Message.objects.filter(pk__in=batch).delete()
        erased += len(batch)
    return erased
