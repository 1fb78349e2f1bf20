"""Counts what the other apps announce."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from billing.models import Entitlement
from billing.signals import entitlement_granted
from characters.models import Character
from characters.signals import character_published
from chat.models import Message
from chat.signals import reply_finished
from insights import services
from insights.models import Event
from moderation.models import Case
from moderation.signals import case_resolved


@receiver(reply_finished)
def count_reply(*, message: Message, **kwargs: Any) -> None:
    services.record(
        Event.Kind.REPLY_FINISHED,
        subject=message.public_id,
        user_id=message.fan_id,
        status=message.status,
        model=message.model,
        scene=message.scene,
    )


@receiver(character_published)
def count_publication(*, character: Character, **kwargs: Any) -> None:
    services.record(Event.Kind.CHARACTER_PUBLISHED, subject=character.public_id, user_id=character.owner_id)


@receiver(entitlement_granted)
def count_purchase(*, entitlement: Entitlement, **kwargs: Any) -> None:
    services.record(
        Event.Kind.OFFER_BOUGHT,
        subject=entitlement.public_id,
        user_id=entitlement.user_id,
        kind=entitlement.offer.kind,
        price_coins=entitlement.offer.price_coins,
    )


@receiver(case_resolved)
def count_decision(*, case: Case, **kwargs: Any) -> None:
    services.record(Event.Kind.CASE_RESOLVED, subject=case.public_id, source=case.source)
