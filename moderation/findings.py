"""What a detector says it saw: a category, a place in the text, the rule that saw it. Pure; knows no policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Category(StrEnum):
    """What a finding is about. `policy` decides what follows from it."""

    SELF_HARM = "self_harm"
    SEXUAL = "sexual"
    MINORS = "minors"
    VIOLENCE = "violence"
    ILLEGAL = "illegal"
    HATE = "hate"
    HARASSMENT = "harassment"
    PRIVACY = "privacy"
    CONTACT = "contact"
    GAMBLING = "gambling"
    INJECTION = "injection"
    OOC = "ooc"
    QUALITY = "quality"


class Severity(IntEnum):
    """How much harm: 1 to 5, the scale of `Policy.severity`."""

    NOTE = 1
    LOW = 2
    MEDIUM = 3
    HIGH = 4
    CRITICAL = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """One hit of one rule.

    `span` is a half-open range of characters of the text as given, `version` that of the rule's
    lexicon, `score` a confidence from 0 to 1, `reason` a stable code (`moderation.labels` words it),
    `part` which text of a subject of several texts it is in.
    """

    category: Category
    severity: Severity
    span: tuple[int, int]
    rule: str
    version: str
    score: float
    reason: str
    part: str = ""

    def as_dict(self) -> dict[str, object]:
        """Return the finding as JSON members, for evidence and traces."""
        data: dict[str, object] = {
            "category": self.category.value,
            "severity": int(self.severity),
            "span": list(self.span),
            "rule": self.rule,
            "version": self.version,
            "score": round(self.score, 3),
            "reason": self.reason,
        }
        return data | {"part": self.part} if self.part else data

    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> Finding:
        """Return the finding that `as_dict` wrote down."""
        span = data["span"]
        if not isinstance(span, list | tuple):
            raise TypeError("span")
        return cls(
            category=Category(str(data["category"])),
            severity=Severity(int(str(data["severity"]))),
            span=(int(span[0]), int(span[1])),
            rule=str(data["rule"]),
            version=str(data["version"]),
            score=float(str(data["score"])),
            reason=str(data["reason"]),
            part=str(data.get("part", "")),
        )


def worst(findings: Sequence[Finding]) -> Finding | None:
    """Return the gravest finding (then the surest), None for none."""
    return max(findings, key=lambda f: (f.severity, f.score), default=None)
