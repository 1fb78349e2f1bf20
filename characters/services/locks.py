"""Locks as their creator sets them, and the offers behind them; how they travel in a file."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from billing.models.offers import HIGHEST_PRICE_COINS
from characters import keys, locks
from characters.cards import fields
from characters.cards.limits import Json, JsonObject
from characters.cards.schema import CharacterCard
from characters.locks import Lock, Target
from characters.models import Character
from characters.services import counter
from characters.services.drafts import change_draft
from companion_site.core.exceptions import Invalid

# As in `chat.affinity`, which this layer does not know: levels are 1 to 8, 0 asks for none.
HIGHEST_AFFINITY = 8
LOCKS_A_CHARACTER = 60
_TITLE_CHARS = 120
_PRICE = "price_coins"


def set_lock(character: Character, target: Target, *, price_coins: int, affinity: int, title: str = "") -> Character:
    """Lock an entry, a greeting or the voice of the draft, change its lock, or with 0 and 0 take it away.

    A price puts an offer on sale or reprices the one there is, at once; the lock itself is public from the next
    publication on. `title` is the public name of the lock, never that of what it hides. Atomic. Raises `Invalid`
    naming the field (`target` for the first greeting or a thing that is not there), `DraftLocked`.
    """
    if not 0 <= affinity <= HIGHEST_AFFINITY:
        raise Invalid(field="affinity")
    if not 0 <= price_coins <= HIGHEST_PRICE_COINS:
        raise Invalid(field=_PRICE)

    def change(locked: Character) -> None:
        card = locked.draft
        try:
            shut = locks.with_lock(card, target, {})
        except LookupError as exc:
            raise Invalid(field="target") from exc
        before = next((found.lock for found in locks.locks_of(card) if found.target == target), None)
        if before is None and (price_coins or affinity) and len(locks.locks_of(card)) >= LOCKS_A_CHARACTER:
            raise Invalid(field="target")
        raw = _lock(locked, target, before, price_coins=price_coins, affinity=affinity, title=title[:_TITLE_CHARS])
        locked.card = locks.with_lock(shut, target, raw).data
        if raw is None and before is not None:
            counter.withdraw(locked.owner_id, card, keep=locked.draft)

    return change_draft(character, change)


def for_export(character: Character, card: CharacterCard, user: User | AnonymousUser) -> CharacterCard:
    """Return what a file says: for the creator the whole card with portable locks, for others what they may know."""
    if character.owner_id == user.pk:
        return portable_locks(character, card)
    return keys.opened(character, card, user)


def portable_locks(character: Character, card: CharacterCard) -> CharacterCard:
    """Return the card with locks that mean the same on another site: price, level and title instead of an offer.

    A lock that cannot be understood stays as it is: it remains shut wherever it goes.
    """
    offers = keys.lock_offers(character.owner_id, card)

    def change(_target: Target, raw: Json) -> Json:
        lock = Lock.of(raw)
        if lock is None or lock.is_broken or not isinstance(raw, dict) or (lock.offer and lock.offer not in offers):
            return raw
        price: JsonObject = {_PRICE: offers[lock.offer].price_coins} if lock.offer else {}
        return {**{name: value for name, value in raw.items() if name != "offer"}, **price}

    return locks.with_locks(card, change)


def adopt_locks(character: Character, card: CharacterCard) -> CharacterCard:
    """Return an imported card with offers of `character`'s owner behind its portable locks; call it in a transaction.

    A price beyond the limit becomes the highest. Locks that say nothing we know stay, and stay shut.
    """
    left = LOCKS_A_CHARACTER

    def change(target: Target, raw: Json) -> Json:
        nonlocal left
        lock = Lock.of(raw)
        if not isinstance(raw, dict) or lock is None or lock.offer or raw.get(_PRICE) is None or not left:
            return raw
        price, affinity = fields.whole(raw, _PRICE), raw.get("affinity")
        if price is None or price < 0 or not (affinity is None or fields.whole(raw, "affinity") is not None):
            return raw
        left -= 1
        kept: JsonObject = {name: value for name, value in raw.items() if name != _PRICE}
        if not price:
            return kept if lock.affinity else None
        title = lock.title[:_TITLE_CHARS]
        return {**kept, "offer": counter.put_on_sale(character, target, min(price, HIGHEST_PRICE_COINS), title)}

    return locks.with_locks(card, change)


def _lock(
    character: Character, target: Target, before: Lock | None, *, price_coins: int, affinity: int, title: str
) -> JsonObject | None:
    if not price_coins and not affinity:
        return None
    raw: JsonObject = {"title": title} if title else {}
    if affinity:
        raw["affinity"] = affinity
    offer = counter.offer_of(character, before)
    if offer is not None:
        # Free of charge keeps its offer: whoever paid is not asked again when it costs something once more.
        counter.change(offer, price_coins=price_coins, title=title)
        return {**raw, "offer": str(offer.public_id)}
    if price_coins:
        raw["offer"] = counter.put_on_sale(character, target, price_coins, title)
    return raw
