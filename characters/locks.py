"""Locks on lorebook entries, greetings and the voice of a card, and the card as somebody with certain keys may know it.

Pure. Nothing else decides what is locked: whatever shows, exports, indexes or prompts a card to anybody but its
owner works on what `open_card` returns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from characters.cards import fields
from characters.cards.limits import Json, JsonObject
from characters.cards.schema import EXTENSION, CharacterCard

LOCK, GREETING_LOCKS, VOICE = "lock", "greeting_locks", "voice"


class Kind(StrEnum):
    ENTRY = "entry"
    GREETING = "greeting"
    VOICE = "voice"


@dataclass(frozen=True, slots=True)
class Target:
    """What a lock hangs on. `index`: of the entry in the book; of the greeting, 0 is `first_mes`."""

    kind: Kind
    index: int = 0


@dataclass(frozen=True, slots=True)
class Wish:
    """How a creator wants something locked: for so many coins, from this level on; 0 and 0 is open."""

    target: Target
    price_coins: int = 0
    affinity: int = 0


@dataclass(frozen=True, slots=True)
class Keys:
    """What somebody holds: the public ids of their offers and the affinity level of the chat (outside of one 0)."""

    is_owner: bool = False
    offers: frozenset[str] = field(default_factory=frozenset)
    affinity: int = 0


NOBODY = Keys()


@dataclass(frozen=True, slots=True)
class Lock:
    """One lock; `offer` "" and `affinity` 0 ask for nothing. A broken one opens to the owner alone."""

    offer: str = ""
    affinity: int = 0
    title: str = ""
    is_broken: bool = False

    @classmethod
    def of(cls, raw: Json) -> Lock | None:
        """Read a lock; None where there is none. Whatever cannot be understood stays shut."""
        if raw is None:
            return None
        if not isinstance(raw, dict):
            return cls(is_broken=True)
        offer, affinity = raw.get("offer"), raw.get("affinity")
        offer, affinity = "" if offer is None else offer, 0 if affinity is None else affinity
        title = fields.text(raw, "title")
        if not isinstance(offer, str) or not isinstance(affinity, int) or isinstance(affinity, bool) or affinity < 0:
            return cls(title=title, is_broken=True)
        # A price without an offer is the portable form of a lock that nobody has put on sale here.
        is_broken = not offer and (affinity == 0 or raw.get("price_coins") is not None)
        return cls(offer, affinity, title, is_broken)

    def opens_to(self, keys: Keys) -> bool:
        """Whether these keys open it: every condition that is set must hold."""
        if keys.is_owner:
            return True
        if self.is_broken or keys.affinity < self.affinity:
            return False
        return not self.offer or self.offer in keys.offers


@dataclass(frozen=True, slots=True)
class Locked:
    """A lock and where it hangs."""

    target: Target
    lock: Lock


def locks_of(card: CharacterCard) -> tuple[Locked, ...]:
    """Return every lock of the card. The first greeting has none, whatever the card says."""
    return tuple(_locks(card))


def raw_locks(card: CharacterCard) -> Iterator[tuple[Target, Json]]:
    """Yield every lock as it is written, with its place."""
    yield from _raw_greeting_locks(card)
    for index, entry in enumerate(_entries(card.data)):
        raw = _entry_lock(entry)
        if raw is not None:
            yield Target(Kind.ENTRY, index), raw
    raw = fields.mapping(card.extension, VOICE).get(LOCK)
    if raw is not None:
        yield Target(Kind.VOICE), raw


def has_locks(card: CharacterCard) -> bool:
    """Whether anything of the card is locked, or says it were."""
    return GREETING_LOCKS in card.extension or any(True for _ in _locks(card))


def open_card(card: CharacterCard, keys: Keys) -> CharacterCard:
    """Return the card as the holder of `keys` may know it: nothing locked to them, and no word of any lock.

    The owner gets the card itself. Whatever has no lock stays value for value as it is, unknown keys included.
    """
    if keys.is_owner or not has_locks(card):
        return card
    data = dict(card.data)
    shut = {found.target for found in _locks(card) if not found.lock.opens_to(keys)}
    _open_greetings(data, shut)
    _open_book(data, shut)
    _open_extension(data, card.extension, shut)
    return CharacterCard(data, card.envelope)


def greetings_of(card: CharacterCard, keys: Keys) -> tuple[tuple[int, str], ...]:
    """Return (index, text) of each greeting these keys open; an index stays the same whoever asks."""
    shut = {found.target for found in _locks(card) if not found.lock.opens_to(keys)}
    return tuple(
        (index, text)
        for index, text in enumerate(_greetings(card))
        if isinstance(text, str) and text.strip() and Target(Kind.GREETING, index) not in shut
    )


def with_locks(card: CharacterCard, change: Callable[[Target, Json], Json]) -> CharacterCard:
    """Return the card with `change(target, raw lock)` in place of each lock; None takes one away."""
    for target, raw in list(raw_locks(card)):
        card = with_lock(card, target, change(target, raw))
    return card


def with_lock(card: CharacterCard, target: Target, raw: Json) -> CharacterCard:
    """Return the card with this lock at `target`, None for none. Raise `LookupError` where there is no such thing."""
    match target.kind:
        case Kind.ENTRY:
            return _with_entry_lock(card, target.index, raw)
        case Kind.GREETING:
            return _with_greeting_lock(card, target.index, raw)
        case Kind.VOICE:
            return _with_voice_lock(card, raw)


def follow_greetings(before: CharacterCard, after: CharacterCard) -> CharacterCard:
    """Return `after` with the greetings' locks still on the texts they were on, wherever those have moved.

    For editors that know greetings but no locks. What cannot be told apart stays locked rather than open.
    """
    raw = before.extension.get(GREETING_LOCKS)
    if (
        not isinstance(raw, list)
        or after.extension.get(GREETING_LOCKS) != raw
        or _greetings(before) == _greetings(after)
    ):
        return after
    old, new = _greetings(before), _greetings(after)
    locks: list[Json] = [*raw[: len(old)], *[None] * (len(old) - len(raw))]
    moved: list[Json] = [None] * len(new)
    free = list(range(len(new)))
    left = []
    for index, text in enumerate(old):
        place = next((n for n in ([index] if index in free and new[index] == text else free) if new[n] == text), None)
        if place is not None:
            free.remove(place)
            moved[place] = locks[index]
        elif locks[index] is not None:
            left.append(index)
    for index in left:
        place = index if index in free else next((n for n in free if n), None)
        if place is not None:
            free.remove(place)
            moved[place] = locks[index]
    return after.with_cardia(**{GREETING_LOCKS: moved if any(lock is not None for lock in moved) else None})


def _locks(card: CharacterCard) -> Iterator[Locked]:
    for target, raw in raw_locks(card):
        lock = Lock.of(raw)
        if lock is not None:
            yield Locked(target, lock)


def _raw_greeting_locks(card: CharacterCard) -> Iterator[tuple[Target, Json]]:
    raw = card.extension.get(GREETING_LOCKS)
    for index in range(1, len(_greetings(card))):
        # No list, no knowing which greeting was meant: all but the first stay shut.
        lock = (raw[index] if index < len(raw) else None) if isinstance(raw, list) else raw
        if lock is not None:
            yield Target(Kind.GREETING, index), lock


def _greetings(card: CharacterCard) -> list[Json]:
    others = card.data.get("alternate_greetings")
    return [card.first_mes, *(others if isinstance(others, list) else [])]


def _entries(data: JsonObject) -> list[Json]:
    entries = fields.mapping(data, "character_book").get("entries")
    return entries if isinstance(entries, list) else []


def _entry_lock(entry: Json) -> Json:
    if not isinstance(entry, dict):
        return None
    return fields.mapping(fields.mapping(entry, "extensions"), EXTENSION).get(LOCK)


def _open_greetings(data: JsonObject, shut: set[Target]) -> None:
    others = data.get("alternate_greetings")
    if isinstance(others, list):
        data["alternate_greetings"] = [
            text for index, text in enumerate(others, start=1) if Target(Kind.GREETING, index) not in shut
        ]


def _open_book(data: JsonObject, shut: set[Target]) -> None:
    entries = _entries(data)
    if entries:
        left = [_without_lock(e) for i, e in enumerate(entries) if Target(Kind.ENTRY, i) not in shut]
        data["character_book"] = {**fields.mapping(data, "character_book"), "entries": left}


def _without_lock(entry: Json) -> Json:
    return _with_raw(entry, None) if isinstance(entry, dict) and _entry_lock(entry) is not None else entry


def _open_extension(data: JsonObject, ours: JsonObject, shut: set[Target]) -> None:
    left = {name: value for name, value in ours.items() if name != GREETING_LOCKS}
    voice = ours.get(VOICE)
    if Target(Kind.VOICE) in shut:
        del left[VOICE]
    elif isinstance(voice, dict) and LOCK in voice:
        left[VOICE] = _locked(voice, None)
    if left != ours:
        data["extensions"] = {**fields.mapping(data, "extensions"), EXTENSION: left}


def _with_entry_lock(card: CharacterCard, index: int, raw: Json) -> CharacterCard:
    entries = list(_entries(card.data))
    entry = entries[index]
    if index < 0 or not isinstance(entry, dict):
        raise IndexError(index)
    entries[index] = _with_raw(entry, raw)
    return card.with_book_entries(entries)


def _with_raw(entry: JsonObject, raw: Json) -> JsonObject:
    extensions = fields.mapping(entry, "extensions")
    ours = _locked(fields.mapping(extensions, EXTENSION), raw)
    left = {name: value for name, value in extensions.items() if name != EXTENSION}
    return {**entry, "extensions": {**extensions, EXTENSION: ours} if ours else left}


def _with_greeting_lock(card: CharacterCard, index: int, raw: Json) -> CharacterCard:
    known = card.extension.get(GREETING_LOCKS)
    count = len(_greetings(card))
    if not 0 < index < count:
        raise IndexError(index)
    if isinstance(known, list):
        locks = [*known[:count], *[None] * (count - len(known))]
    else:
        locks = [None, *[known] * (count - 1)]
    locks[index] = raw
    return card.with_cardia(**{GREETING_LOCKS: locks if any(lock is not None for lock in locks) else None})


def _with_voice_lock(card: CharacterCard, raw: Json) -> CharacterCard:
    voice = fields.mapping(card.extension, VOICE)
    if not voice:
        raise LookupError(VOICE)
    return card.with_cardia(voice=_locked(voice, raw) or None)


def _locked(holder: JsonObject, raw: Json) -> JsonObject:
    left = {name: value for name, value in holder.items() if name != LOCK}
    return left if raw is None else {**left, LOCK: raw}
