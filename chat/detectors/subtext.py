"""Hears 「我没事」 after bad news as what it is: a defence. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from chat.detectors.lexicon import Lexicon, units

VERSION = "subtext-1"
_LONGEST = 14  # units; a defence is a short sentence, a long one explains itself
_HESITATION = ("…", "...", "。。", "——", "哈哈")


def detect(text: str, context: Sequence[str], lexicon: Lexicon) -> float:
    """Return how surely "I'm fine" means the opposite, 0.0 to 1.0.

    `context` is what was said before, oldest first, by both sides; bad news in the message itself counts too.
    """
    found = units(text)
    hits = lexicon.scan(found)
    defences = [hit for hit in hits if hit.section == "defence"]
    if not defences:
        return 0.0
    first = defences[0]
    score = 0.0
    if any(hit.start < first.start and _hurts(hit.section) for hit in hits):
        score = 0.75
    elif len(found) <= _LONGEST:
        score = _weight_of(context, lexicon)
    if score and any(mark in text for mark in _HESITATION):
        score += 0.15
    return min(round(score, 2), 0.95)


def _weight_of(context: Sequence[str], lexicon: Lexicon) -> float:
    """Return the weight of the bad news in the last four lines; the nearest line weighs most."""
    best = 0.0
    for distance, line in enumerate(reversed(context[-4:])):
        hits = lexicon.scan(units(line))
        bad = sum(_hurts(hit.section) for hit in hits)
        if bad:
            best = max(best, min(0.6 + 0.1 * bad, 0.8) - 0.05 * distance)
    return best


def _hurts(section: str) -> bool:
    return section in {"bad_news", "concern", "sadness", "anger", "fear"}
