"""The fan's own names: of a chat, and of places in it to come back to."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from chat.exceptions import MessageUnreadable, PlaceNameTaken, TooManyPlaces
from chat.models import Checkpoint, Conversation, Message
from chat.services.branches import hold, require_living
from companion_site.core.exceptions import Invalid
from companion_site.core.text import strip_invisible

TITLE_CHARS = 120
NAME_CHARS = 80
MAX_PLACES = 200


def rename_conversation(conversation: Conversation, *, title: str) -> Conversation:
    """Give a chat the fan's own name; none takes it away. Raises `Invalid`, `MessageUnreadable`."""
    conversation.title = _one_line(title, field="title", longest=TITLE_CHARS)
    conversation.save(update_fields=["title", "updated_at"])
    return conversation


def name_checkpoint(fan: User, message: Message, *, name: str) -> Checkpoint:
    """Name a message as a place to come back to; a place named again has the new name. Atomic.

    Raises `NotFound` for a deleted message, `Invalid` for no name or too long a one, `PlaceNameTaken` where
    another place of the chat is called so, `TooManyPlaces`.
    """
    name = _one_line(name, field="name", longest=NAME_CHARS)
    if not name:
        raise Invalid(_("Give this place a name."), field="name")
    with transaction.atomic():
        conversation = hold(fan, message)
        require_living(message)
        places = conversation.checkpoints.all()
        _require_free(places.filter(name=name).exclude(message=message).select_related("message").first())
        place = places.filter(message=message).order_by("pk").first()
        if place is None:
            if places.count() >= MAX_PLACES:
                raise TooManyPlaces(limit=MAX_PLACES)
            return Checkpoint.objects.create(conversation=conversation, fan=fan, message=message, name=name)
        place.name = name
        place.save(update_fields=["name", "updated_at"])
    return place


def _require_free(other: Checkpoint | None) -> None:
    if other is None:
        return
    if other.message.deleted_at is None:
        raise PlaceNameTaken(field="name", message=str(other.message.public_id))
    # A place nobody can go to keeps no name from the others.
    other.delete()


def remove_checkpoint(fan: User, checkpoint: Checkpoint) -> None:
    """Take a place's name away; the message stays. Safe to repeat."""
    Checkpoint.objects.owned_by(fan).filter(pk=checkpoint.pk).delete()


def _one_line(text: str, *, field: str, longest: int) -> str:
    if any(char == "\0" or "\ud800" <= char <= "\udfff" for char in text):
        raise MessageUnreadable(field=field)
    text = " ".join(text.split())
    if not strip_invisible(text).strip():
        return ""
    if len(text) > longest:
        raise Invalid(_("At most %(number)s characters.") % {"number": longest}, field=field)
    return text
