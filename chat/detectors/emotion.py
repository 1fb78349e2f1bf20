"""What a message feels like: six emotions from a lexicon, with negation, emphasis and whose feeling it is. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from chat.detectors.lexicon import EMOTIONS, Emotion, Hit, Lexicon, units

VERSION = "emotion-lexicon-1"
# How far back, in units, a "not" or a "very" still reaches.
_REACH = 4
_EMPHASIS = {"intensifier": 1.25, "diminisher": 0.7}
_MARKS = frozenset("，。！？；,.!?;…~、\n")
# What happened to the writer is a little sadness even where no feeling is named.
_FELT: dict[str, str] = {**{name: name for name in EMOTIONS}, "bad_news": "sadness"}
_OPPOSITE: dict[str, tuple[str, float]] = {"joy": ("sadness", 0.8)}
_FIRST = frozenset({"我", "咱", "俺", "i", "i'm", "i've", "my", "me", "im", "we", "our", "us"})
_OTHERS = frozenset(
    {"你", "您", "他", "她", "它", "you", "your", "he", "she", "they", "his", "her", "their", "he's", "she's"}
)


@dataclass(frozen=True, slots=True)
class Feeling:
    """The strongest emotion of a text and its strength, 0.0 to 1.0; `scores` has every emotion that was found."""

    emotion: Emotion = "neutral"
    score: float = 0.0
    scores: dict[str, float] = field(default_factory=dict)


def detect(text: str, lexicon: Lexicon) -> Feeling:
    """Return the feeling of one message; `neutral` at 0.0 where no word of the lexicon speaks of one."""
    found = units(text)
    hits = lexicon.scan(found)
    calm: dict[str, float] = {}
    for position, hit in enumerate(hits):
        if hit.section in _FELT:
            name, weight = _weighed(hit, position, hits, found)
            calm[name] = calm.get(name, 1.0) * (1.0 - weight)
    loud = 1.1 if sum(unit in {"!", "！"} for unit in found) >= 2 else 1.0
    scores = {name: round(min((1.0 - rest) * loud, 0.99), 3) for name, rest in calm.items() if rest < 1.0}
    if not scores:
        return Feeling()
    top = max(EMOTIONS, key=lambda name: scores.get(name, 0.0))
    return Feeling(top, scores[top], scores)


def _weighed(hit: Hit, position: int, hits: list[Hit], found: list[str]) -> tuple[str, float]:
    name, weight = _FELT[hit.section], hit.weight
    negations = 0
    for other in reversed(hits[:position]):
        if hit.start - other.end > _REACH or _broken(found, other.end, hit.start):
            break
        negations += other.section == "negation"
        weight *= _EMPHASIS.get(other.section, 1.0)
    following = hits[position + 1] if position + 1 < len(hits) else None
    if following and following.section == "intensifier" and following.start == hit.end:
        weight *= _EMPHASIS["intensifier"]
    if negations % 2:
        name, factor = _OPPOSITE.get(name, (name, 0.15))
        weight *= factor
    if _is_about_others(hit, found):
        weight *= 0.5
    return name, min(weight, 0.98)


def _broken(found: list[str], start: int, end: int) -> bool:
    return any(unit in _MARKS for unit in found[start:end])


def _is_about_others(hit: Hit, found: list[str]) -> bool:
    """Whether the clause speaks of somebody else, as in 他很难过."""
    start, end = hit.start, hit.end
    while start > 0 and found[start - 1] not in _MARKS:
        start -= 1
    while end < len(found) and found[end] not in _MARKS:
        end += 1
    if not _FIRST.isdisjoint(found[start:end]):
        return False
    return not _OTHERS.isdisjoint(found[start : hit.start])
