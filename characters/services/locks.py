"""Locks as their creator sets them, and the offers behind them; how they travel in a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db import transaction

from accounts.models import User
from billing.models.offers import HIGHEST_PRICE_COINS
from characters import keys, locks
from characters.cards import fields
from characters.cards.limits import Json, JsonObject
from characters.cards.schema import CharacterCard
from characters.locks import Lock, Target, Wish
from characters.models import Character
from characters.services import counter
from characters.services.drafts import change_draft, update_card
from characters.storylines import HIGHEST_AFFINITY
from companion_site.core.exceptions import Invalid

LOCKS_A_CHARACTER = 60
_TITLE_CHARS = 120
_PRICE = "price_coins"


def set_lock(
    character: Character, target: Target, *, price_coins: int, affinity: int, title: str | None = None
) -> Character:
    """Lock an entry, a greeting or the voice of the draft, change its lock, or with 0 and 0 take it away.

    A price puts an offer on sale or reprices the one there is, at once; the lock itself is public from the next
    publication on. `title` is the public name of the lock, never that of what it hides; None leaves it as it is.
    Atomic. Raises `Invalid` naming the field (`target` for the first greeting or what is not there), `DraftLocked`.
    """
    return set_locks(character, [Wish(target, price_coins, affinity)], title=title)


def set_locks(character: Character, wishes: Iterable[Wish], *, title: str | None = None) -> Character:
    """Do for each wish what `set_lock` does, all or none; what is as wished is left alone."""
    wished = list(wishes)
    for wish in wished:
        if not 0 <= wish.affinity <= HIGHEST_AFFINITY:
            raise Invalid(field="affinity")
        if not 0 <= wish.price_coins <= HIGHEST_PRICE_COINS:
            raise Invalid(field=_PRICE)

    def change(locked: Character) -> None:
        for wish in wished:
            _set(locked, wish, title)

    return change_draft(character, change) if wished else character


@transaction.atomic
def save_step(
    character: Character,
    *,
    data: Mapping[str, Any],
    cardia: Mapping[str, Any],
    entries: list[Any] | None,
    wishes: Iterable[Wish] = (),
) -> Character:
    """Change fields of the draft and what is locked of it, all or nothing. Raises as `set_lock` does."""
    update_card(character, data=data, cardia=cardia, entries=entries)
    locked = {found.target for found in locks.locks_of(character.draft)}
    return set_locks(character, [w for w in wishes if w.price_coins or w.affinity or w.target in locked])


def _set(character: Character, wish: Wish, title: str | None) -> None:
    card = character.draft
    before = next((found.lock for found in locks.locks_of(card) if found.target == wish.target), None)
    is_locked = bool(wish.price_coins or wish.affinity)
    if before is None and is_locked and len(locks.locks_of(card)) >= LOCKS_A_CHARACTER:
        raise Invalid(field="target")
    try:
        raw = _lock(character, before, wish, title) if is_locked else None
        character.card = locks.with_lock(card, wish.target, raw).data
    except LookupError as exc:
        raise Invalid(field="target") from exc
    if raw is None and before is not None:
        counter.withdraw(character.owner_id, card, keep=character.draft)


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


def _lock(character: Character, before: Lock | None, wish: Wish, title: str | None) -> JsonObject:
    # Raises for what is not there before anything is put on sale.
    locks.with_lock(character.draft, wish.target, {})
    was = dict(locks.raw_locks(character.draft)).get(wish.target)
    raw: JsonObject = dict(was) if isinstance(was, dict) else {}
    for name in ("offer", _PRICE, "affinity"):
        raw.pop(name, None)
    if title is not None:
        raw["title"] = title[:_TITLE_CHARS]
    if not fields.text(raw, "title"):
        raw.pop("title", None)
    if wish.affinity:
        raw["affinity"] = wish.affinity
    offer = counter.offer_of(character, before)
    if offer is not None:
        # Free of charge keeps its offer: whoever paid is not asked again when it costs something once more.
        counter.change(offer, price_coins=wish.price_coins, title=fields.text(raw, "title"))
        raw["offer"] = str(offer.public_id)
    elif wish.price_coins:
        raw["offer"] = counter.put_on_sale(character, wish.target, wish.price_coins, fields.text(raw, "title"))
    return raw
