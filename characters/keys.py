"""Who holds which keys to a character's locks, and what everybody may hear of them. Only reads.

This layer knows what was bought; the affinity level comes from the chat, outside of one it is 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from billing.entitlements import open_offers
from billing.models import Offer
from characters import locks
from characters.cards.schema import CharacterCard
from characters.locks import Keys, Locked
from characters.models import Character, CharacterVersion


@dataclass(frozen=True, slots=True)
class Secrets:
    """Locked things of one title and one way in: `count` of them. `offer` is None where no coins are asked.

    `is_owned` says that the coins are paid; a level may still be missing then.
    """

    title: str
    count: int
    affinity: int
    offer: Offer | None
    is_owned: bool

    def is_open_at(self, level: int) -> bool:
        """Whether a chat at this affinity level hears it."""
        return level >= self.affinity and (self.offer is None or self.is_owned)


def keys_for(user: User | AnonymousUser, character: Character, card: CharacterCard, *, affinity: int = 0) -> Keys:
    """Return the keys of `user` to what `card` locks; one query, none where no coins are asked.

    Only offers of the character's own creator open anything: an unknown or a foreign one stays shut.
    """
    if character.owner_id == user.pk:
        return Keys(is_owner=True, affinity=affinity)
    wanted = offer_ids(locks.locks_of(card))
    offers = open_offers(user, wanted, seller_id=character.owner_id) if wanted else frozenset()
    return Keys(offers=offers, affinity=affinity)


def opened(
    character: Character, card: CharacterCard, user: User | AnonymousUser, *, affinity: int = 0
) -> CharacterCard:
    """Return the card as `user` may know it."""
    if not locks.has_locks(card):
        return card
    return locks.open_card(card, keys_for(user, character, card, affinity=affinity))


def lock_offers(seller_id: int, card: CharacterCard) -> dict[str, Offer]:
    """Return the offers behind a card's locks by public id, as far as this seller sells them."""
    wanted = offer_ids(locks.locks_of(card))
    found = Offer.objects.filter(public_id__in=wanted, seller_id=seller_id) if wanted else ()
    return {str(offer.public_id): offer for offer in found}


def secrets_of(version: CharacterVersion, user: User | AnonymousUser) -> list[Secrets]:
    """Return what everybody may hear of a version's locks, and whether `user` has paid for them.

    A lock that nobody can open (off sale and not owned, broken, of an unknown offer) is not spoken of.
    """
    card, owner_id = version.view, version.character.owner_id
    if not locks.has_locks(card):
        return []
    offers = lock_offers(owner_id, card)
    owned = frozenset(offers) if owner_id == user.pk else keys_for(user, version.character, card).offers
    counted: dict[tuple[str, int, str], int] = {}
    for found in locks.locks_of(card):
        lock = found.lock
        offer = offers.get(lock.offer)
        if lock.is_broken or (lock.offer and (offer is None or not (offer.is_active or lock.offer in owned))):
            continue
        place = (lock.title, lock.affinity, lock.offer)
        counted[place] = counted.get(place, 0) + 1
    return [
        Secrets(title, count, affinity, offers.get(offer_id), offer_id in owned)
        for (title, affinity, offer_id), count in counted.items()
    ]


def offer_ids(found: Iterable[Locked]) -> set[UUID]:
    """Return the ids that locks name, without those that can be no id."""
    return {known for one in found if one.lock.offer and (known := _uuid(one.lock.offer)) is not None}


def _uuid(text: str) -> UUID | None:
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if str(found) == text else None
