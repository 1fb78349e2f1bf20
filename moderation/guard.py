"""The inline guard: a verdict on a message before it is accepted, and on a reply while it streams.

Pure computation on data loaded once; nothing here waits on a model, a network or a database.
"""

from __future__ import annotations

import re
from functools import lru_cache

from moderation import loading
from moderation.detectors import contact, injection, minors, ooc, quality, redlines, self_harm
from moderation.findings import Finding
from moderation.lexicon import AFTER, BEFORE, Lexicon, is_settled
from moderation.policy import Side, Verdict, blocks, judge
from moderation.profiles import CharacterProfile
from moderation.reading import Reading, View, read, unleet

MAX_INLINE = 32_000  # characters; a longer text is read from both ends, the audit reads all of it


def inspect(text: str | Reading, *, side: Side, profile: CharacterProfile | None = None) -> list[Finding]:
    """Return every finding of every detector that applies to a text of `side`, by place."""
    return list(_inspected(text, side, profile)) if isinstance(text, str) else _inspect(text, side, profile)


@lru_cache(maxsize=64)
def _inspected(text: str, side: Side, profile: CharacterProfile | None) -> tuple[Finding, ...]:
    # A finished reply is asked after by several stages, one right after the other.
    return tuple(_inspect(text, side, profile))


def _inspect(text: str | Reading, side: Side, profile: CharacterProfile | None) -> list[Finding]:
    lexicon = loading.lexicon()
    reading = read(text)
    found = redlines.detect(reading, lexicon, side=side)
    found += minors.detect(reading, lexicon)
    found += self_harm.detect(reading, lexicon, side=side)
    found += contact.detect(reading, lexicon)
    if side != "character":
        found += injection.detect(reading, lexicon, side=side)
    if side == "character":
        found += ooc.detect(reading, lexicon, profile)
        found += quality.detect(reading, lexicon)
    return sorted(found, key=lambda finding: finding.span)


def screen(text: str, *, side: Side, profile: CharacterProfile | None = None) -> Verdict:
    """Return the verdict on one whole message, reply or card text. Under 5 ms for a message."""
    if len(text) > MAX_INLINE:
        half = MAX_INLINE // 2
        text = f"{text[:half]}\n{text[-half:]}"
    return judge(inspect(text, side=side, profile=profile), side=side)


# What a stream may end in and still become an address: a word with its signs, spaced digits, a messenger's name.
_OPEN_ADDRESS = re.compile(
    r"(?:[a-z0-9@._:/%+\-]{1,80}|[+(]?\d[\d\s\-.·()]{0,30}"
    rf"|(?:{contact.MESSENGERS})[a-z0-9_\-.\s:=@是为加号群]{{0,40}})$"
)
_MARKS = frozenset({"age_claim", "romance_marker"})
_KEEP = 200  # characters of shown text that still give context
_NEAR = 24  # characters of it that matter to whether a word starts


class StreamGuard:
    """Lets a reply through as it is written, and stops it before anything that blocks is shown.

    `feed` returns what may be shown now. Text is held back only while it could still become part of
    something that blocks, or while what follows could still excuse it. `finish` returns the rest.
    After a block both return nothing more and `verdict` says why.
    """

    def __init__(self, profile: CharacterProfile | None = None) -> None:
        self.profile = profile
        self.verdict = Verdict()
        self._lexicon = loading.streaming_lexicon()
        self._shown = ""
        self._held = ""
        self._marks: dict[str, int] = {}  # where an age, an endearment was: harmless alone, not together

    def feed(self, text: str) -> str:
        """Take the next piece of the reply and return what may be shown now, possibly nothing."""
        if self.verdict.is_blocked:
            return ""
        self._held += text
        near = self._shown[-_NEAR:]
        reading = read(near + self._held)
        is_suspicious, cut = _glance(reading, self._lexicon, len(near))
        if is_suspicious:
            cut = min(cut, len(near) + self._decide(is_last=False))
        return self._release(cut - len(near))

    def finish(self) -> str:
        """Return what was still held back, unless it blocks."""
        if self.verdict.is_blocked:
            return ""
        return self._release(self._decide(is_last=True))

    def _release(self, size: int) -> str:
        ready, self._held = self._held[: max(0, size)], self._held[max(0, size) :]
        self._shown += ready
        return ready

    def _decide(self, *, is_last: bool) -> int:
        """Judge what is held; return how much of it may be shown as far as findings go."""
        context = self._context()
        text = context + self._held
        found = _grave(text)
        blocking = [f for f in found if f.span[1] > len(context) and blocks(f, "character")]
        settled = [f for f in blocking if is_last or is_settled(text, f.span[1])]
        if settled:
            self.verdict = judge(settled, side="character")
        else:
            self._remember(found, text)
        waiting = [] if is_last else [f for f in found if _waits(f) and not is_settled(text, f.span[1])]
        return max(0, min((f.span[0] for f in (*blocking, *waiting)), default=len(text)) - len(context))

    def _context(self) -> str:
        """Return what was shown just before, and around the marks remembered from earlier on."""
        tail = max(0, len(self._shown) - _KEEP)
        earlier = sorted(max(0, mark - BEFORE) for mark in self._marks.values() if mark - BEFORE < tail)
        pieces = [self._shown[start : min(start + 2 * BEFORE + AFTER, tail)] for start in earlier]
        return "".join(f"{piece}\n" for piece in pieces) + self._shown[tail:]

    def _remember(self, found: list[Finding], text: str) -> None:
        for finding in found:
            if finding.reason in _MARKS and is_settled(text, finding.span[1]):
                # Counted from the end, because `text` may begin with an excerpt of what was shown.
                self._marks.setdefault(finding.reason, len(self._shown + self._held) - len(text) + finding.span[0])


def _waits(finding: Finding) -> bool:
    """Say whether the rest of the sentence could turn something harmless into something that blocks."""
    return finding.reason == "age_claim"


def _grave(text: str) -> list[Finding]:
    lexicon = loading.lexicon()
    reading = read(text)
    found = redlines.detect(reading, lexicon, side="character")
    found += minors.detect(reading, lexicon)
    found += self_harm.detect(reading, lexicon, side="character")
    found += contact.detect(reading, lexicon)
    return found


def _glance(reading: Reading, lexicon: Lexicon, since: int) -> tuple[bool, int]:
    """Return whether anything needs a closer look, and up to where the text is beyond suspicion."""
    cut = len(reading.text)
    is_suspicious = contact.is_likely(reading) or minors.is_likely(reading)
    for view in reading.views:
        first = view.index_of(since)
        has_hit, open_from = lexicon.live_since(view, first)
        is_suspicious |= has_hit
        starts = (open_from, _unfinished_word(view, lexicon, first), _unfinished_address(view))
        cut = min([cut, *(view.span(max(at, first), max(at, first) + 1)[0] for at in starts if at is not None)])
    return is_suspicious, cut


def _unfinished_word(view: View, lexicon: Lexicon, since: int) -> int | None:
    """Return where the view ends in the beginning of a term, whatever stands between its letters."""
    letters = [i for i in range(since, len(view.text)) if view.text[i].isalnum()]
    tail = unleet("".join(view.text[i] for i in letters))
    for size in range(min(len(tail), lexicon.longest_prefix), 0, -1):
        if tail[-size:] in lexicon.prefixes:
            return letters[-size]
    return None


def _unfinished_address(view: View) -> int | None:
    match = _OPEN_ADDRESS.search(view.text)
    return match.start() if match else None
