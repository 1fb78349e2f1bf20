"""Replies and messages as moderation sees them. Moderation knows none of this; it knows the protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from chat import sheets
from chat.models import Message
from moderation.exceptions import SubjectUnknown
from moderation.policy import Side
from moderation.profiles import CharacterProfile
from moderation.subjects import ContextLine

_CONTEXT = 11
_EXCERPT = 600


class _Spoken:
    """What replies and messages have in common."""

    kind: ClassVar[str]
    side: ClassVar[Side]
    roles: ClassVar[tuple[str, ...]]
    template_name: ClassVar[str] = "chat/_case_message.html"

    def __init__(self, message: Message) -> None:
        self.message = message

    @classmethod
    def load(cls, public_id: str) -> _Spoken:
        rows = Message.objects.filter(role__in=cls.roles).select_related(
            "fan", "conversation__fan", "conversation__character__owner", "conversation__version"
        )
        try:
            return cls(rows.get(public_id=public_id))
        except (Message.DoesNotExist, ValidationError) as exc:
            raise SubjectUnknown from exc

    @property
    def id(self) -> str:
        return str(self.message.public_id)

    def excerpt(self) -> str:
        return self.message.text[:_EXCERPT]

    def parts(self) -> Mapping[str, str]:
        return {"text": self.message.text}

    def profile(self) -> CharacterProfile | None:
        return sheets.of_conversation(self.message.conversation)[1].profile

    def context(self) -> Sequence[ContextLine]:
        if self.message.parent_id is None:
            return ()
        path = Message.objects.path_to(self.message.parent_id, limit=_CONTEXT - 1)
        name = self.message.conversation.character.name
        # The fan's name is not evidence: a moderator reads what was said, not who said it.
        return [
            ContextLine(row.role, name if row.role == Message.Role.CHARACTER else _("Fan"), row.text) for row in path
        ]

    def reach(self) -> int:
        return 1

    def is_visible_to(self, user: User) -> bool:
        return self.message.fan_id == user.pk

    def awaits_review(self) -> bool:
        return False

    def take_down(self) -> None:
        Message.objects.filter(pk=self.message.pk, removed_at=None).update(removed_at=timezone.now())

    def restore(self) -> None:
        Message.objects.filter(pk=self.message.pk).update(removed_at=None)

    def approve(self) -> None:
        """Do nothing: messages are not reviewed before they are sent."""

    def reject(self, reason: str) -> None:
        """Do nothing, for the same reason."""

    def url(self) -> str:
        return reverse("chat:conversation", args=[self.message.conversation.public_id])


class ReplySubject(_Spoken):
    """A character's reply. Its maker answers for it; the fan who met it is told."""

    kind: ClassVar[str] = "reply"
    side: ClassVar[Side] = "character"
    roles: ClassVar[tuple[str, ...]] = (Message.Role.CHARACTER,)

    def title(self) -> str:
        return _("Reply of %(name)s") % {"name": self.message.conversation.character.name}

    def owner(self) -> User | None:
        return self.message.conversation.character.owner

    def audience(self) -> Sequence[User]:
        return [self.message.fan]


class MessageSubject(_Spoken):
    """A fan's message or stage direction. The fan answers for it."""

    kind: ClassVar[str] = "message"
    side: ClassVar[Side] = "fan"
    roles: ClassVar[tuple[str, ...]] = (Message.Role.FAN, Message.Role.DIRECTOR)

    def title(self) -> str:
        return _("Message to %(name)s") % {"name": self.message.conversation.character.name}

    def owner(self) -> User | None:
        return self.message.fan

    def audience(self) -> Sequence[User]:
        return ()
