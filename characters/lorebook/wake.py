"""Does one entry wake now? The tests in SillyTavern's order, with V3's conditions between its decorators and keys."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import IntEnum

from characters.cards.book import Logic
from characters.lorebook.compile import CompiledBook, CompiledEntry, Keys
from characters.lorebook.haystack import MESSAGES, OTHER_TEXT, Haystack, Scope, scope_of
from characters.lorebook.keys import Kind, written_key
from characters.lorebook.request import ScanRequest
from characters.lorebook.timed import Clock
from characters.lorebook.trace import Reason


class Phase(IntEnum):
    """Why the loop runs this round."""

    INITIAL = 1
    RECURSION = 2
    MIN_ACTIVATIONS = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an entry woke, and what decided."""

    reason: Reason
    is_awake: bool = True
    key: str = ""
    message: int = -1
    detail: str = ""


_PLAIN = {
    reason: Verdict(reason)
    for reason in (Reason.ACTIVATE, Reason.EXTERNAL, Reason.SIMILAR, Reason.CONSTANT, Reason.STICKY, Reason.KEPT)
}


@dataclass(slots=True)
class Watch:
    """One book in one scan. `rank` orders its entries among those of other books, `prefix` keeps equal ids apart."""

    book: CompiledBook
    request: ScanRequest
    clock: Clock
    haystack: Haystack
    rank: tuple[int, int] = (0, 0)
    prefix: str = ""
    similar: frozenset[str] = frozenset()
    phase: Phase = Phase.INITIAL
    level: float = 0
    skew: int = 0
    open: set[int] = field(default_factory=set)
    settled: set[int] = field(default_factory=set)
    scopes: dict[tuple[object, ...], Scope] = field(default_factory=dict)
    special: frozenset[int] = frozenset()
    written: dict[int, tuple[Keys, Keys]] = field(default_factory=dict)

    @property
    def is_recursive(self) -> bool:
        """Whether entries of this book wake others: the book's word, else the settings'."""
        stated = self.book.book.recursive_scanning
        return self.request.settings.recursive if stated is None else stated

    def begin(self, phase: Phase, level: float, skew: int) -> None:
        """Prepare for the next round."""
        self.phase, self.level, self.skew = phase, level, skew
        self.scopes.clear()
        named = (self.clock.is_sticky, self.request.external, self.similar, self.request.state.kept)
        numbers = (self.number(key) for ids in named for key in ids)
        self.special = frozenset(number for number in numbers if number is not None)
        if phase is Phase.INITIAL:
            self.open = set(self.book.always)

    @property
    def depth(self) -> int:
        """How many messages an entry reads that does not say."""
        stated = self.book.book.scan_depth
        return max(0, (self.request.settings.depth if stated is None else stated) + self.skew)

    def candidates(self) -> list[int]:
        """Return the entries worth testing in list order: with a key in the texts so far, or needing none."""
        named = map(self.book.owners.__getitem__, self.haystack.fresh)
        self.open.update(self.special, *named)
        self.haystack.fresh = set()
        self.open -= self.settled
        self.haystack.work += len(self.open)
        return sorted(self.open)

    def woken(self) -> Iterator[tuple[int, Verdict | None]]:
        """Yield what has something to say this round, in list order; None is a plain entry that a key woke."""
        settings = self.request.settings
        first = self.haystack.first_whole if settings.match_whole_words else self.haystack.first
        entries, depth, special = self.book.entries, self.depth, self.special
        for number in self.candidates():
            entry = entries[number]
            if entry.is_plain and not settings.case_sensitive and number not in special:
                reach = depth if entry.depth is None else entry.depth
                for literal in entry.literals:
                    if first.get(literal, reach) < reach:
                        yield number, None
                        break
                else:
                    yield from self._tested(number)
            else:
                yield from self._tested(number)

    def _tested(self, number: int) -> Iterator[tuple[int, Verdict]]:
        verdict = self.test(number)
        if verdict is not None:
            yield number, verdict

    def id(self, entry: CompiledEntry) -> str:
        return self.prefix + entry.id

    def number(self, key: str) -> int | None:
        """Return the number of the entry with this id, None for one of another book."""
        return self.book.ids.get(key.removeprefix(self.prefix)) if key.startswith(self.prefix) else None

    def is_sticky(self, entry: CompiledEntry) -> bool:
        return bool(self.clock.is_sticky) and self.id(entry) in self.clock.is_sticky

    def test(self, number: int) -> Verdict | None:
        """Return what becomes of an entry this round; None where nothing speaks for it."""
        entry = self.book.entries[number]
        is_sticky = self.is_sticky(entry)
        if entry.is_gated:
            shut = self._gate(entry, is_sticky=is_sticky)
            if shut is not None:
                return shut
        said = entry.said
        if said.activate:
            return _PLAIN[Reason.ACTIVATE]
        if said.dont_activate:
            return Verdict(Reason.DONT_ACTIVATE, is_awake=False)
        if entry.has_conditions and not is_sticky:
            failed = self._condition(entry, number)
            if failed:
                return Verdict(Reason.CONDITION, is_awake=False, detail=failed)
        at_once = self._at_once(entry, is_sticky=is_sticky)
        return _PLAIN[at_once] if at_once is not None else self._keys(entry, number)

    def score(self, number: int) -> int:
        """Return how many keys of an entry are named: primary ones, and secondary ones where the logic is positive."""
        entry, scope = self.book.entries[number], self._scope(number)
        if number not in self.written:
            self.written[number] = (self._written(entry, entry.keys), self._written(entry, entry.secondary))
        keys, others = self.written[number]
        primary, secondary = self._count(keys, entry, scope), self._count(others, entry, scope)
        if not keys or not others:
            return primary
        logic = entry.entry.logic
        counts = logic is Logic.AND_ANY or (logic is Logic.AND_ALL and secondary == len(others))
        return primary + secondary if counts else primary

    def _written(self, entry: CompiledEntry, keys: Keys) -> Keys:
        """Return keys as they are counted: where trimming or macros change one, as it stands in the card."""
        own = entry.entry
        raw = own.keys if keys is entry.keys else own.secondary_keys
        is_regex = own.use_regex and keys is entry.keys
        is_cased = own.case_sensitive is True
        return tuple(
            key
            if key.text == text and key.kind in (Kind.LITERAL, Kind.PATTERN, Kind.DEAD)
            else written_key(text, self.haystack.allowance, is_regex=is_regex, is_cased=is_cased)
            for key, text in zip(keys, raw, strict=False)
        )

    def _gate(self, entry: CompiledEntry, *, is_sticky: bool) -> Verdict | None:
        request, own = self.request, entry.entry
        if own.triggers and request.trigger not in own.triggers:
            return Verdict(Reason.TRIGGER, is_awake=False, detail=request.trigger)
        if own.characters is not None:
            shut = self._filtered(entry)
            if shut is not None:
                return Verdict(shut, is_awake=False)
        if own.timing.delay and self.clock.now < own.timing.delay:
            return Verdict(Reason.DELAY, is_awake=False)
        return None if is_sticky else self._rest(entry)

    def _rest(self, entry: CompiledEntry) -> Verdict | None:
        """Return what holds back an entry that does not stay on from before."""
        own = entry.entry
        if own.timing.cooldown and self.id(entry) in self.clock.is_resting:
            return Verdict(Reason.COOLDOWN, is_awake=False)
        if own.recursion.level and (self.phase is not Phase.RECURSION or own.recursion.level > self.level):
            return Verdict(Reason.WAITS_FOR_RECURSION, is_awake=False)
        if own.recursion.exclude and self.phase is Phase.RECURSION and self.is_recursive:
            return Verdict(Reason.NO_RECURSION, is_awake=False)
        return None

    def _filtered(self, entry: CompiledEntry) -> Reason | None:
        wanted, request = entry.entry.characters, self.request
        if wanted is None:
            return None
        if wanted.names and any(name in request.names for name in wanted.names) is wanted.is_exclude:
            return Reason.CHARACTER
        if wanted.tags and request.tags is not None:
            tags = {tag.casefold() for tag in request.tags}
            if any(tag.casefold() in tags for tag in wanted.tags) is wanted.is_exclude:
                return Reason.TAG
        return None

    def _condition(self, entry: CompiledEntry, number: int) -> str:
        """Return the name of the first V3 condition that does not hold, "" when all do."""
        said, request = entry.said, self.request
        replies = request.assistant_count
        if replies is None:
            replies = sum(message.role == "assistant" for message in request.messages)
        scope = self._scope(number)
        failed = (
            ("activate_only_after", said.activate_only_after is not None and replies < said.activate_only_after),
            ("activate_only_every", said.activate_only_every is not None and replies % said.activate_only_every != 0),
            ("is_greeting", said.is_greeting is not None and said.is_greeting != request.greeting),
            ("is_user_icon", bool(said.is_user_icon) and said.is_user_icon != request.user_icon),
            ("dont_activate_after_match", said.dont_activate_after_match and self.id(entry) in request.state.spent),
            ("additional_keys", any(self._first(keys, entry, scope) is None for keys in entry.additional)),
            ("exclude_keys", self._first(entry.exclude, entry, scope) is not None),
        )
        return next((name for name, is_failed in failed if is_failed), "")

    def _at_once(self, entry: CompiledEntry, *, is_sticky: bool) -> Reason | None:
        """Return why an entry needs no key, None when it does."""
        request = self.request
        key = self.id(entry)
        if request.external and key in request.external:
            return Reason.EXTERNAL
        if self.similar and key in self.similar:
            return Reason.SIMILAR
        if entry.is_constant:
            return Reason.CONSTANT
        if is_sticky:
            return Reason.STICKY
        return Reason.KEPT if entry.said.keep_activate_after_match and key in request.state.kept else None

    def _keys(self, entry: CompiledEntry, number: int) -> Verdict | None:
        scope = self._scope(number)
        named = self._newest(entry.keys, entry, scope)
        if named is None:
            return None
        text, message = named
        if not entry.entry.selective or not entry.secondary or self._agrees(entry, scope):
            return Verdict(Reason.KEY, key=text, message=message)
        return Verdict(Reason.NO_SECONDARY, is_awake=False, key=text, message=message)

    def _agrees(self, entry: CompiledEntry, scope: Scope) -> bool:
        logic, keys = entry.entry.logic, entry.secondary
        if logic in (Logic.AND_ANY, Logic.NOT_ANY):
            return (self._first(keys, entry, scope) is not None) is (logic is Logic.AND_ANY)
        return (self._count(keys, entry, scope) == len(keys)) is (logic is Logic.AND_ALL)

    def _first(self, keys: Keys, entry: CompiledEntry, scope: Scope) -> tuple[str, int] | None:
        find = self.haystack.find
        for key in keys:
            message = find(key, entry, scope)
            if message is not None:
                return key.text, message
        return None

    def _newest(self, keys: Keys, entry: CompiledEntry, scope: Scope) -> tuple[str, int] | None:
        """Return the key named last in the chat: the one a reader will look for."""
        find = self.haystack.find
        named = ((key.text, message) for key in keys if (message := find(key, entry, scope)) is not None)
        return min(named, key=lambda found: MESSAGES if found[1] == OTHER_TEXT else found[1], default=None)

    def _count(self, keys: Keys, entry: CompiledEntry, scope: Scope) -> int:
        return sum(self.haystack.find(key, entry, scope) is not None for key in keys)

    def _scope(self, number: int) -> Scope:
        entry = self.book.entries[number]
        own, depth = entry.entry, self._depth(entry)
        asked = (depth, own.sources, own.case_sensitive, own.whole_words)
        scope = self.scopes.get(asked)
        if scope is None:
            scope = scope_of(own, self.request, depth, sees_recursion=self._sees_recursion)
            self.scopes[asked] = scope
        return scope

    @property
    def _sees_recursion(self) -> bool:
        # SillyTavern's delayed levels read the recursion though it is off; a book that says no never does.
        return self.phase is not Phase.MIN_ACTIVATIONS and self.book.book.recursive_scanning is not False

    def _depth(self, entry: CompiledEntry) -> int:
        tokens = entry.said.instruct_scan_depth
        if self.request.is_instruct and tokens is not None:
            return self.haystack.depth_of(tokens)
        return self.depth if entry.depth is None else entry.depth
