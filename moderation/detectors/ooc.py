"""Out of character: the assistant, the call centre or another century speaking through a persona.

Platform messages (AI disclosure, the crisis card) are not spoken by a character and never come here.
"""

from __future__ import annotations

import re

from moderation.findings import Category, Finding, Severity
from moderation.lexicon import Lexicon
from moderation.profiles import CharacterProfile
from moderation.reading import Reading, fold, read

VERSION = "ooc@2026-11-1"
_MIN_LETTERS = 8
_LIST_AT = 3  # lines
_TOO_LONG = 4  # times the longest usual reply
_LIST_LINE = re.compile(
    r"^[ \t]*(?:\d{1,2}[.、)）]|[-•●]|\*(?=\s)|第[一二三四五六][，、:：]|[一二三四五六]、)", re.MULTILINE
)
_HEADING = re.compile(r"^#{1,4} \S|^\s*\*\*[^*\n]{2,60}\*\*[:：]?\s*$", re.MULTILINE)
_HAN_RANGES = (("\u3400", "\u9fff"), ("\uf900", "\ufaff"))
# Where a card says of itself that it is a machine, these are its truth and not a slip.
_DISCLOSURES = frozenset({"ai_disclosure"})


def detect(text: str | Reading, lexicon: Lexicon, profile: CharacterProfile | None = None) -> list[Finding]:
    """Return where `text`, as a reply of the character of `profile`, falls out of character."""
    reading = read(text)
    is_artificial = profile is not None and profile.is_artificial
    found = [
        hit.finding()
        for hit in lexicon.scan(reading)
        if hit.rule.category is Category.OOC and not (is_artificial and hit.rule.reason in _DISCLOSURES)
    ]
    found += _document_shape(reading.text)
    if profile is not None:
        found += _forbidden_words(reading, profile)
        found += _length(reading.text, profile)
        found += _language(reading, profile)
    return found


def score(findings: list[Finding]) -> float:
    """Return how far out of character a text is, 0 to 1: independent signs add up as chances do."""
    kept = 1.0
    for finding in findings:
        if finding.category is Category.OOC:
            kept *= 1 - finding.score
    return round(1 - kept, 4)


def _document_shape(text: str) -> list[Finding]:
    """People speak; assistants write lists, headings and bold type."""
    marks = list(_LIST_LINE.finditer(text))
    if len(marks) < _LIST_AT and not _HEADING.search(text):
        return []
    start = marks[0].start() if marks else 0
    return [Finding(Category.OOC, Severity.LOW, (start, len(text)), "ooc.format", VERSION, 0.55, "document_format")]


def _length(text: str, profile: CharacterProfile) -> list[Finding]:
    """A character of few words does not write essays."""
    longest = profile.reply_length[1]
    length = len(text) if profile.language.startswith("zh") else len(text.split())
    if not longest or length <= _TOO_LONG * longest:
        return []
    return [Finding(Category.OOC, Severity.LOW, (0, len(text)), "ooc.length", VERSION, 0.35, "too_long")]


def _forbidden_words(reading: Reading, profile: CharacterProfile) -> list[Finding]:
    view = reading.views[0]
    found = []
    for word in profile.forbidden:
        folded = fold(word)
        at = view.text.find(folded) if folded else -1
        if at != -1 and _is_whole_word(view.text, at, at + len(folded)):
            span = view.span(at, at + len(folded))
            found.append(Finding(Category.OOC, Severity.MEDIUM, span, "ooc.forbidden", VERSION, 0.7, "anachronism"))
    return found


def _is_whole_word(text: str, start: int, end: int) -> bool:
    if not text[start].isascii():
        return True
    before = start > 0 and text[start - 1].isascii() and text[start - 1].isalnum()
    after = end < len(text) and text[end].isascii() and text[end].isalnum()
    return not before and not after


def _language(reading: Reading, profile: CharacterProfile) -> list[Finding]:
    letters = [char for char in reading.text if char.isalpha()]
    if len(letters) < _MIN_LETTERS:
        return []
    han = sum(any(low <= char <= high for low, high in _HAN_RANGES) for char in letters) / len(letters)
    is_foreign = han < 0.2 if profile.language.startswith("zh") else han > 0.5
    if not is_foreign:
        return []
    span = (0, len(reading.text))
    return [Finding(Category.OOC, Severity.MEDIUM, span, "ooc.language", VERSION, 0.8, "language_mismatch")]
