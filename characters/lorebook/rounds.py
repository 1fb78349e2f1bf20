"""The scan: rounds of waking, choosing and admitting entries until nothing new can wake.

It ends for every book, because an entry is settled once and each round without a new one leaves fewer delayed levels
or fewer messages to deepen into. No scan takes more than `ROUNDS`, nor begins another past `WORK`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from characters.cards.book import Timing
from characters.lorebook import budget, groups, placement, shelf
from characters.lorebook.budget import Purse
from characters.lorebook.candidate import Candidate
from characters.lorebook.compile import CompiledBook
from characters.lorebook.haystack import Haystack, said_texts
from characters.lorebook.request import ScanRequest
from characters.lorebook.result import ScanResult
from characters.lorebook.timed import Clock, TimedState
from characters.lorebook.trace import Reason, TraceBook
from characters.lorebook.wake import Phase, Watch


def scan(books: Sequence[CompiledBook], request: ScanRequest) -> ScanResult:
    """Return the entries of `books` that wake, where they stand, why, and the timed state to store.

    Equal books and requests give equal results: every draw comes from `request.seed` and the entry's id.
    """
    run = _Scan(request, Purse(budget.limit_of(request), request.count))
    run.prepare(books)
    run.loop()
    return run.result()


def draws(seed: str) -> Callable[[str], float]:
    """Return the draws of a seed: name → a number in (0, 1), never 0, so that a chance of 0 is none."""

    def roll(name: str) -> float:
        digest = hashlib.blake2b(f"{seed}\0{name}".encode("utf-8", "replace"), digest_size=8).digest()
        return ((int.from_bytes(digest) >> 12) + 0.5) / (1 << 52)

    return roll


ROUNDS = 200
# Entries tested over all rounds, and what searching texts for patterns comes to: about a second.
WORK = 200_000


@dataclass(slots=True)
class _Scan:
    request: ScanRequest
    purse: Purse
    watches: list[Watch] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    clock: Clock = field(default_factory=lambda: Clock(0, {}, {}))
    active: dict[str, Candidate] = field(default_factory=dict)
    trace: TraceBook = field(default_factory=TraceBook)
    levels: list[float] = field(default_factory=list)
    count: int = 0
    skew: int = 0
    has_recursed: bool = False

    def prepare(self, books: Sequence[CompiledBook]) -> None:
        request = self.request
        self.texts = said_texts(request)
        for book, prefix, rank in shelf.arrange(books, request.settings.character_strategy):
            self.watches.append(Watch(book, request, self.clock, Haystack(book, request), rank, prefix))
        now = len(request.messages) if request.chat_length is None else request.chat_length
        # A dry run neither reads nor writes what lasts; a delay counts all the same.
        self.clock = Clock.at(now, TimedState() if request.dry_run else request.state, self._timing)
        similar = self._similar()
        for watch in self.watches:
            watch.clock, watch.similar = self.clock, similar
            # How many messages a depth in tokens is must be counted first.
            depth = len(self.texts) if request.is_instruct else max(watch.depth, watch.book.deepest)
            watch.haystack.read(self.texts[:depth])
        self.levels = sorted({level for watch in self.watches for level in watch.book.levels})

    def loop(self) -> None:
        steps = self.request.settings.max_recursion_steps
        phase: Phase | None = Phase.INITIAL
        level = self.levels.pop(0) if self.levels else 0
        last = min(steps, ROUNDS) if steps > 0 else ROUNDS
        while phase is not None and self.count < last and sum(watch.haystack.work for watch in self.watches) < WORK:
            self.count += 1
            for watch in self.watches:
                watch.begin(phase, level, self.skew)
            woken = self._woken()
            admitted = self._admit(woken)
            phase = self._next(phase, admitted)
            if phase is None and self.levels:
                phase, level = Phase.RECURSION, self.levels.pop(0)
            if phase is not None:
                self._recurse(woken)

    def result(self) -> ScanResult:
        kept = list(self.active.values())
        entries = tuple(candidate.placed() for candidate in kept)
        rows = [candidate.row() for candidate in kept]
        return ScanResult(
            entries=entries,
            placed=placement.place(entries),
            state=self._state(kept),
            trace=self.trace.close(rows, rounds=self.count, budget=self.purse.limit),
            is_overflowed=self.purse.is_over,
        )

    def _woken(self) -> list[Candidate]:
        """Test whatever may wake this round; return what did and won its groups, in list order."""
        woken = self._listed()
        grouped = [candidate for candidate in woken if candidate.entry.entry.group.names]
        won = {candidate.grouping.text for candidate in self.active.values()} if grouped else ()
        groups.settle(grouped, won, scoring=self.request.settings.use_group_scoring, roll=self._roll)
        lost = [candidate for candidate in grouped if candidate.is_dropped]
        for candidate in lost:
            self._note(candidate)
        return [candidate for candidate in woken if not candidate.is_dropped] if lost else woken

    def _listed(self) -> list[Candidate]:
        """Return what woke in SillyTavern's order: sticky ones, then by source and falling order, ties as the books."""
        woken: list[Candidate] = []
        for watch in self.watches:
            entries = watch.book.entries
            for number, verdict in watch.woken():
                found = Candidate(watch, number, entries[number], verdict, self.count)
                if verdict is None or verdict.is_awake:
                    woken.append(found)
                else:
                    found.drop(verdict.reason, verdict.detail)
                    self._note(found)
        if len(self.watches) > 1:
            woken.sort(key=lambda candidate: (candidate.watch.rank[0], -candidate.order, candidate.watch.rank[1]))
        if self.clock.is_sticky:
            for candidate in woken:
                candidate.is_sticky = candidate.watch.is_sticky(candidate.entry)
            woken.sort(key=lambda candidate: not candidate.is_sticky)
        return woken

    def _admit(self, woken: list[Candidate]) -> list[Candidate]:
        """Roll, fill and fit in list order; return what got in."""
        self._keep_book_budgets(woken)
        admitted = []
        for candidate in _least_wanted_last(woken):
            if self.purse.is_over and not candidate.entry.entry.ignore_budget:
                candidate.why_not = candidate.why_not or Reason.BUDGET
            elif self._passes(candidate) and self._fits(candidate):
                self.active[candidate.id] = candidate
                admitted.append(candidate)
                candidate.watch.settled.add(candidate.number)
                continue
            self._note(candidate)
            if candidate.why_not is not Reason.BUDGET:
                candidate.watch.settled.add(candidate.number)
        admitted = [candidate for candidate in admitted if not candidate.is_dropped]
        self.purse.close(candidate.text for candidate in admitted)
        return admitted

    def _passes(self, candidate: Candidate) -> bool:
        """Whether the entry's probability lets it in; filled if so. Asked twice it answers the same."""
        if candidate.is_dropped or candidate.is_filled:
            return not candidate.is_dropped
        if candidate.needs_luck and not candidate.is_lucky(self._roll(f"probability:{candidate.id}")):
            candidate.drop(Reason.PROBABILITY)
            return False
        candidate.fill()
        return True

    def _fits(self, candidate: Candidate) -> bool:
        is_under = self.purse.fits(candidate.text, candidate.tokens)
        if is_under or candidate.ignores_budget:
            return True
        for other in sorted(self.active.values(), key=lambda other: other.order):
            if not candidate.entry.said.ignore_on_max_context and other.entry.said.ignore_on_max_context:
                is_under = self._evict(other, Reason.CONTEXT)
                if is_under:
                    return True
        self.purse.is_over = True
        candidate.drop(Reason.BUDGET)
        return False

    def _evict(self, candidate: Candidate, reason: Reason) -> bool:
        """Take an entry out again; return whether the budget now holds."""
        del self.active[candidate.id]
        candidate.drop(reason)
        self._note(candidate)
        return self.purse.take_back(candidate.text)

    def _keep_book_budgets(self, woken: list[Candidate]) -> None:
        """Drop the least worth entries of each book that states a budget, those of earlier rounds too."""
        for watch in self.watches:
            limit = watch.book.book.token_budget
            if limit is None or self.purse.is_over:
                continue
            fresh = [candidate for candidate in woken if candidate.watch is watch and self._passes(candidate)]
            inside = [candidate for candidate in self.active.values() if candidate.watch is watch]
            for candidate in budget.over_budget([*inside, *fresh], limit) if fresh else []:
                if candidate.id in self.active:
                    self._evict(candidate, Reason.BOOK_BUDGET)
                else:
                    candidate.drop(Reason.BOOK_BUDGET)

    def _next(self, phase: Phase, admitted: list[Candidate]) -> Phase | None:
        """Return why there is another round, None where there is none (but for delayed levels)."""
        settings = self.request.settings
        if self.purse.is_over:
            return None
        if any(_wakes_others(candidate) and candidate.watch.is_recursive for candidate in admitted):
            return Phase.RECURSION
        if phase is Phase.MIN_ACTIVATIONS and self.has_recursed and any(watch.is_recursive for watch in self.watches):
            return Phase.RECURSION
        depth, deepest = settings.depth + self.skew, settings.min_activations_depth_max
        is_too_deep = 0 < deepest < depth or depth > len(self.request.messages)
        if len(self.active) < settings.min_activations and not is_too_deep:
            self._deepen()
            return Phase.MIN_ACTIVATIONS
        return None

    def _deepen(self) -> None:
        self.skew += 1
        for watch in self.watches:
            read = len(watch.haystack.messages)
            watch.skew = self.skew
            for text in self.texts[read : watch.depth]:
                watch.haystack.deepen(text)

    def _recurse(self, woken: list[Candidate]) -> None:
        # Delayed levels read what the budget left out as well, as in SillyTavern.
        said = [c for c in woken if c.why_not in (None, Reason.BUDGET) and _wakes_others(c)]
        text = "\n".join(candidate.scanned() for candidate in said)
        if text:
            self.has_recursed = True
            for watch in self.watches:
                if watch.book.book.recursive_scanning is not False:
                    watch.haystack.recurse(text)

    def _state(self, kept: list[Candidate]) -> TimedState:
        request = self.request
        if request.dry_run:
            return request.state
        for candidate in kept:
            self.clock.begin(candidate.id, candidate.entry.entry.timing)
        matched = {c.id for c in kept if c.entry.said.keep_activate_after_match}
        spent = {c.id for c in kept if c.entry.said.dont_activate_after_match}
        state = request.state
        return TimedState(self.clock.sticky, self.clock.cooldown, state.kept | matched, state.spent | spent)

    def _similar(self) -> frozenset[str]:
        """Return the ids of the entries whose meaning is near enough, the nearest ones only."""
        settings = self.request.settings
        near = [
            (-score, watch.prefix + watch.book.entries[number].id)
            for watch in self.watches
            for key, score in self.request.similarity.items()
            if score >= settings.similarity_threshold
            and (number := watch.number(key)) is not None
            and watch.book.entries[number].entry.vectorized
        ]
        return frozenset(key for _score, key in sorted(near)[: settings.similarity_entries])

    def _timing(self, key: str) -> Timing | None:
        for watch in self.watches:
            number = watch.number(key)
            if number is not None:
                return watch.book.entries[number].entry.timing
        return None

    def _roll(self, name: str) -> float:
        return (self.request.roll or draws(self.request.seed))(name)

    def _note(self, candidate: Candidate) -> None:
        self.trace.note(candidate.id, candidate.row)


def _least_wanted_last(woken: list[Candidate]) -> list[Candidate]:
    """V3: what may go first when space is short is asked last."""
    late = [candidate for candidate in woken if candidate.entry.said.ignore_on_max_context]
    return [*(candidate for candidate in woken if candidate not in late), *late] if late else woken


def _wakes_others(candidate: Candidate) -> bool:
    prevents = candidate.entry.entry.recursion.prevent or candidate.watch.book.book.recursive_scanning is False
    return not prevents
