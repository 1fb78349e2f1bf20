"""Zero tolerance: anything sexual or romantic together with somebody under eighteen.

A claimed age or school year is found by pattern and by words; it becomes a red line where sexual or
romantic words stand in the same text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from moderation.findings import Category, Finding, Severity
from moderation.lexicon import Hit, Lexicon, sentence_after, sentence_before
from moderation.reading import Reading, View, read

VERSION = "minors@2026-11-1"
_ZH_DIGITS = {"十": 10, "十一": 11, "十二": 12, "十三": 13, "十四": 14, "十五": 15, "十六": 16, "十七": 17}
_AGES = (
    re.compile(r"(?<!\d)(\d{1,2})\s*(?:周岁|岁)(?!以上|以后|开外)"),
    re.compile(r"(?<!二)(?<!三)(?<!四)(?<!五)(?<!六)(?<!七)(?<!八)(?<!九)(十[一二三四五六七]?)岁"),
    re.compile(r"(?<![\d$])(\d{1,2})\s*-?\s*(?:years?\s*-?\s*old|y/?o)\b"),
    re.compile(
        r"(?:我|今年|才|刚满|刚|只有|还不到)\s*(1[0-7])"
        r"(?!\s*(?:\d|[个分号点天%块元斤年月日次层楼:.级章页本条件杯碗遍秒米]|厘米|公斤|小时|cm|kg|km))"
    ),
    re.compile(
        r"\b(?:i am|i'm|im|she is|she's|he is|he's|aged?|age is|turned|turning|turn|only)"
        r"\s+(?:a |only |just |still |actually |almost |nearly |currently )?(\d{1,2})"
        r"(?![\d:%/]|[.,]\d|\s*(?:%|cm|kg|min|hour|day|week|month|am|pm|km|mile|dollar|minute|step|page))"
    ),
)
# "when I was fifteen" is a memory, not an age.
_PAST = re.compile(r"的时候|那年|当年|那时|小时候|以前|曾经|回忆|when i was|back when|used to|in my teens")
ADULT = 18


def detect(text: str | Reading, lexicon: Lexicon) -> list[Finding]:
    """Return minor findings: critical with sexual words, high with romance, a note for an age alone."""
    reading = read(text)
    hits = lexicon.scan(reading)
    minors = _claims(reading) + [
        (hit.span, hit.rule.id, hit.rule.version) for hit in hits if hit.rule.reason == "age_claim"
    ]
    sexual = [hit for hit in hits if hit.rule.category is Category.SEXUAL]
    romance = [hit for hit in hits if hit.rule.reason == "romance_marker"]
    present = [claim for claim in minors if not _is_memory(reading.text, claim[0])]
    joined = []
    if minors and sexual:
        joined += _joined(minors, sexual, Severity.CRITICAL, "minor_sexual")
    if present and romance:
        joined += _joined(present, romance, Severity.HIGH, "minor_romance")
    if joined:
        return joined
    ages = [
        Finding(Category.MINORS, Severity.NOTE, span, rule, version, 0.7, "age_claim") for span, rule, version in minors
    ]
    return ages + [hit.finding() for hit in romance]


def _is_memory(text: str, span: tuple[int, int]) -> bool:
    return bool(_PAST.search(sentence_before(text, span[0])) or _PAST.search(sentence_after(text, span[1])))


def is_likely(reading: Reading) -> bool:
    """Say whether an age is told anywhere in the text."""
    return any(_ages(view) for view in reading.views)


def _claims(reading: Reading) -> list[tuple[tuple[int, int], str, str]]:
    return [
        (view.span(match.start(), match.end()), "minors.age", VERSION)
        for view in reading.views
        for match in _ages(view)
    ]


def _ages(view: View) -> list[re.Match[str]]:
    return [match for pattern in _AGES for match in pattern.finditer(view.text) if 3 <= _years(match.group(1)) < ADULT]


def _years(word: str) -> int:
    return _ZH_DIGITS[word] if word in _ZH_DIGITS else int(word)


def _joined(
    minors: list[tuple[tuple[int, int], str, str]], companions: Sequence[Hit], severity: Severity, reason: str
) -> list[Finding]:
    span, rule, version = min(minors)
    first = companions[0]
    return [
        Finding(
            Category.MINORS,
            severity,
            (min(span[0], first.span[0]), max(span[1], first.span[1])),
            f"{rule}+{first.rule.id}",
            version,
            0.9,
            reason,
        )
    ]
