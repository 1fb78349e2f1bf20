"""The offers behind locks: put on sale with a lock, repriced with it, taken away with it."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext

from billing import services as billing
from billing.models import Offer
from characters import keys, locks
from characters.cards.schema import CharacterCard
from characters.locks import Kind, Lock, Target
from characters.models import Character, CharacterVersion

# Offers of other kinds that a lock may name, a storyline's for one, are not the lock's to change.
_OF_LOCKS = (Offer.Kind.SECRET, Offer.Kind.VOICE)


def put_on_sale(character: Character, target: Target, price_coins: int, title: str) -> str:
    """Create the offer of a lock; return its public id."""
    kind = Offer.Kind.VOICE if target.kind is Kind.VOICE else Offer.Kind.SECRET
    offer = billing.create_offer(character.owner, kind=kind, title=title or default_title(), price_coins=price_coins)
    return str(offer.public_id)


def offer_of(character: Character, lock: Lock | None) -> Offer | None:
    """Return the offer that this lock may change: one of the character's creator, made for a lock."""
    if lock is None or lock.is_broken or not lock.offer:
        return None
    known = keys.lock_offers(character.owner_id, character.draft).get(lock.offer)
    return known if known is not None and known.kind in _OF_LOCKS else None


def change(offer: Offer, *, price_coins: int, title: str) -> None:
    """Let an offer say what its lock says now, and be on sale."""
    title = title or default_title()
    if offer.price_coins != price_coins:
        billing.reprice_offer(offer, price_coins=price_coins)
    if offer.title != title:
        billing.rename_offer(offer, title=title)
    if not offer.is_active:
        billing.set_on_sale(offer, is_active=True)


@transaction.atomic
def settle(version: CharacterVersion, before: CharacterVersion | None) -> None:
    """Put the offers behind a new version's locks on sale, and take away those only the version before it had."""
    owner_id = version.character.owner_id
    for offer in keys.lock_offers(owner_id, version.view).values():
        if not offer.is_active and offer.kind in _OF_LOCKS:
            billing.set_on_sale(offer, is_active=True)
    if before is not None:
        withdraw(owner_id, before.view, keep=version.view)


def withdraw(owner_id: int, card: CharacterCard, *, keep: CharacterCard | None = None) -> None:
    """Take what a card's locks sell off sale, but what `keep` sells, too. Who owns it keeps it."""
    kept = {found.lock.offer for found in locks.locks_of(keep)} if keep is not None else set()
    for public_id, offer in keys.lock_offers(owner_id, card).items():
        if public_id not in kept and offer.is_active and offer.kind in _OF_LOCKS:
            billing.set_on_sale(offer, is_active=False)


def default_title() -> str:
    """Return the public name of a lock whose creator gave none."""
    return gettext("A secret")
