"""Labels: who may see a reply for training, and how a label is written."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Consent, User
from chat.models import Message
from training.models import Label

OOC_DOUBT = 0.5


def bad_cases(trainer: User) -> QuerySet[Message]:
    """Return replies worth a trainer's look: thumbs down or doubtful character, newest first.

    Only chats whose fan agreed to training (separate consent, off by default) or the trainer's own.
    """
    agreed = Consent.objects.filter(user=OuterRef("fan"), kind=Consent.Kind.TRAINING, withdrawn_at=None)
    return (
        Message.objects.living()
        .filter(role=Message.Role.CHARACTER, parent__isnull=False, removed_at=None)
        .filter(Q(rating=-1) | Q(ooc_score__gt=OOC_DOUBT))
        .filter(Q(Exists(agreed)) | Q(fan=trainer))
        .select_related("conversation__character", "parent")
        .order_by("-created_at")
    )


def label_reply(trainer: User, message: Message, *, kind: str, rewrite: str = "") -> Label:
    """Write the trainer's word on a reply; a second word replaces the first."""
    label, _ = Label.objects.update_or_create(
        message=message, trainer=trainer, defaults={"kind": kind, "rewrite": rewrite.strip()}
    )
    return label
