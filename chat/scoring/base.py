"""What a scorer is given and what it says. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from chat.colloquial import Voice
from moderation.findings import Finding
from moderation.profiles import CharacterProfile


@dataclass(frozen=True, slots=True)
class Score:
    """How good a reply is in one respect: 1.0 nothing to wish for, 0.0 unusable. `reasons` are stable names."""

    value: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """One reply as it would be shown. `own` is what the model wrote of it; `findings` those of the guard."""

    text: str
    own: str
    finish_reason: str = ""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Context:
    """What a reply answers, and whose it is. `said` are the character's last lines, `written` its instructions."""

    profile: CharacterProfile
    voice: Voice
    message: str = ""
    said: tuple[str, ...] = ()
    written: tuple[str, ...] = ()


class Scorer(Protocol):
    """Scores at once: computation only, under a millisecond."""

    def score(self, candidate: Candidate, context: Context) -> Score: ...


class SlowScorer(Protocol):
    """Scores by asking somebody else, such as a reward model; asked only where there is a choice, and not for long."""

    async def score(self, candidate: Candidate, context: Context) -> Score: ...
