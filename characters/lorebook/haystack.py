"""The texts one scan looks in, for one book: messages, opted extra texts, injections, and what recursion adds."""

from __future__ import annotations

from dataclasses import dataclass, field

from characters.cards.book import LoreEntry
from characters.lorebook import words
from characters.lorebook.compile import CompiledBook, CompiledEntry, Names
from characters.lorebook.keys import Allowance, Key, Kind, compile_key
from characters.lorebook.request import ScanRequest

MESSAGES = 1000
_JOINER = "\n\x01"
OTHER_TEXT = -1
# Searching so many characters takes about as long as testing one entry.
_CHARS_PER_WORK = 1000


@dataclass(frozen=True, slots=True)
class Scope:
    """What one entry looks in: the newest `depth` messages, some extra texts, perhaps the recursion; and how."""

    depth: int
    sources: tuple[str, ...]
    sees_recursion: bool
    is_cased: bool
    whole: bool


@dataclass(slots=True)
class Haystack:
    """`first` maps a literal to the newest message that holds it, `first_whole` as a whole word.

    `elsewhere` are the literals of all other texts, `fresh` those found since somebody last looked.
    """

    book: CompiledBook
    request: ScanRequest
    messages: list[Names] = field(default_factory=list)
    first: dict[int, int] = field(default_factory=dict)
    first_whole: dict[int, int] = field(default_factory=dict)
    elsewhere: set[int] = field(default_factory=set)
    fresh: set[int] = field(default_factory=set)
    extra: dict[str, Names] = field(default_factory=dict)
    injected: list[Names] = field(default_factory=list)
    recursed: list[Names] = field(default_factory=list)
    joined: dict[Scope, str] = field(default_factory=dict)
    filled: dict[tuple[str, int], Key] = field(default_factory=dict)
    folded: dict[Scope, str] = field(default_factory=dict)
    told: dict[tuple[int, Scope], bool] = field(default_factory=dict)
    allowance: Allowance = field(default_factory=Allowance)
    work: int = 0

    def read(self, texts: list[str]) -> None:
        """Take in the messages, newest first, and the texts that are there from the start."""
        self.messages = [self.book.names(text) for text in texts]
        for number in range(len(texts) - 1, -1, -1):
            self.first.update(dict.fromkeys(self.messages[number].literals, number))
            self.first_whole.update(dict.fromkeys(self.messages[number].wholes, number))
        self.injected = [self.book.names(text) for text in self.request.injections if text]
        for name in sorted(self.book.sources):
            text = getattr(self.request.sources, name)
            if text:
                self.extra[name] = self.book.names(text)
        for names in (*self.injected, *self.extra.values()):
            self.elsewhere |= names.literals
        self.fresh = self.elsewhere.union(self.first)

    def deepen(self, text: str) -> None:
        """Take in one more, older message."""
        names, number = self.book.names(text), len(self.messages)
        self.messages.append(names)
        for literal in names.literals:
            self.first.setdefault(literal, number)
        for literal in names.wholes:
            self.first_whole.setdefault(literal, number)
        self.fresh |= names.literals

    def recurse(self, text: str) -> None:
        """Take in the text of entries that just woke."""
        names = self.book.names(text)
        self.recursed.append(names)
        self.elsewhere |= names.literals
        self.fresh |= names.literals
        self.joined.clear()
        self.folded.clear()
        self.told.clear()

    def depth_of(self, tokens: int) -> int:
        """Return how many of the newest messages fit into `tokens`."""
        left, depth = tokens, 0
        for names in self.messages:
            left -= self.request.count(names.text)
            if left < 0:
                break
            depth += 1
        return depth

    def find(self, key: Key, entry: CompiledEntry, scope: Scope) -> int | None:
        """Return the newest message in scope that names the key, `OTHER_TEXT` for another text, None for none."""
        if key.kind is Kind.LITERAL:
            return self._literal(key, scope)
        if key.kind is Kind.MACRO:
            return self._macro(key, entry, scope)
        if key.kind in (Kind.DEAD, Kind.EMPTY):
            return None
        asked = (id(key), scope)
        if asked not in self.told:
            self.told[asked] = self._search(key, scope)
        return OTHER_TEXT if self.told[asked] else None

    def _literal(self, key: Key, scope: Scope) -> int | None:
        if scope.depth <= 0:
            return None
        number = (self.first_whole if scope.whole else self.first).get(key.literal, scope.depth)
        if number < scope.depth:
            if not scope.is_cased:
                return number
            for at in range(number, min(scope.depth, len(self.messages))):
                if self.messages[at].holds(key, is_cased=True, whole=scope.whole):
                    return at
        if key.literal not in self.elsewhere:
            return None
        held = (names.holds(key, is_cased=scope.is_cased, whole=scope.whole) for names in self._others(scope))
        return OTHER_TEXT if any(held) else None

    def _macro(self, key: Key, entry: CompiledEntry, scope: Scope) -> int | None:
        """Fill a key's macros once a scan, then look for it as for any other."""
        place = (entry.id, id(key))
        if place not in self.filled:
            number = next((n for n, own in enumerate((*entry.keys, *entry.secondary)) if own is key), 0)
            text = self.request.fill(key.text, f"key:{entry.id}:{number}")
            is_cased = entry.entry.case_sensitive is True
            self.filled[place] = compile_key(
                text, None, is_regex=entry.entry.use_regex, is_cased=is_cased, allowance=self.allowance
            )
        ready = self.filled[place]
        return self.find(ready, entry, scope)

    def _search(self, key: Key, scope: Scope) -> bool:
        text = self._text(scope)
        self.work += 1 + len(text) // _CHARS_PER_WORK
        if key.pattern is not None:
            return key.pattern.search(text.encode("utf-8", "replace")) is not None
        whole = scope.whole and key.is_single
        if scope.is_cased:
            return words.contains(text, key.text, whole=whole)
        if scope not in self.folded:
            self.folded[scope] = words.fold(text)
        return words.contains(self.folded[scope], words.fold(key.text), whole=whole)

    def _text(self, scope: Scope) -> str:
        """Return all that is in scope as one text, each part marked as SillyTavern does."""
        if scope.depth <= 0:
            return ""
        if scope not in self.joined:
            said = [names.text for names in self.messages[: scope.depth]]
            others = [names.text for names in self._others(scope)]
            self.joined[scope] = "\x01" + _JOINER.join([_JOINER.join(said), *others])
        return self.joined[scope]

    def _others(self, scope: Scope) -> list[Names]:
        if not scope.sources and not self.injected and not self.recursed:
            return []
        extra = [self.extra[name] for name in scope.sources if name in self.extra]
        return [*extra, *self.injected, *(self.recursed if scope.sees_recursion else ())]


def said_texts(request: ScanRequest) -> list[str]:
    """Return the messages as they are scanned: newest first, with their speaker's name where the settings say so.

    Empty messages before the oldest that says something are left out, empty ones between keep their place.
    """
    with_names = request.settings.include_names
    newest = request.messages[: -MESSAGES - 1 : -1]
    texts = [f"{m.name}: {m.text}" if with_names and m.name else m.text for m in newest]
    while texts and not texts[-1]:
        texts.pop()
    return [words.trim(text) for text in texts]


def scope_of(entry: LoreEntry, request: ScanRequest, depth: int, *, sees_recursion: bool) -> Scope:
    settings = request.settings
    is_cased, whole = entry.case_sensitive, entry.whole_words
    return Scope(
        min(depth, MESSAGES),
        entry.sources,
        sees_recursion,
        settings.case_sensitive if is_cased is None else is_cased,
        settings.match_whole_words if whole is None else whole,
    )
