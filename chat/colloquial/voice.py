"""Which rules hold for a character: its own phrases, its register and its scene come before any table. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from chat.colloquial.rewriter import Rewriter, rewritten
from chat.colloquial.signs import Signs
from chat.colloquial.table import Rule, Table

# Whoever is written as learned or ceremonious keeps a bookish tongue; nobody is written as a translation.
_LEARNED = frozenset({"formal", "literary"})
_OLD_TIMES = ("古代", "古时", "王朝", "江湖", "仙侠", "武侠", "medieval", "victorian", "ancient", "regency")
# Explaining needs "first" and "because of this".
_EXPLAINING = "knowledge"


@dataclass(frozen=True, slots=True)
class Voice:
    """A character's way with the tables: `exempt` are the places of the rules that do not hold for it."""

    table: Table
    signs: Signs
    exempt: frozenset[int] = frozenset()
    unmarked: frozenset[int] = frozenset()

    def rewriter(self, *, seed: int, before: str = "", is_literal: bool = False) -> Rewriter:
        """Return a rewriter for the next words after `before`; a literal one leaves every word as it is."""
        exempt = frozenset(range(len(self.table.rules))) if is_literal else self.exempt
        return Rewriter(self.table, exempt=exempt, seed=seed, before=before)

    def rewritten(self, text: str, *, seed: int, before: str = "") -> str:
        """Return a whole text that follows `before`, said as people say it."""
        return rewritten(text, self.table, exempt=self.exempt, seed=seed, before=before)


def voice_for(
    tables: tuple[Table, Signs], *, formality: str = "", era: str = "", scene: str = "", own: Sequence[str] = ()
) -> Voice:
    """Return the voice of a character that speaks as `own` (catchphrases, examples) shows, in `scene`.

    `tables` are the rules and the signs of its language.
    """
    table, signs = tables
    is_learned = formality in _LEARNED or any(word in era.casefold() for word in _OLD_TIMES)
    free = {"bookish"} if is_learned else set()
    if scene == _EXPLAINING:
        free |= {"bookish", "preachy", "translated"}

    exempt = {rule.index for rule in table.rules if rule.category in free}
    unmarked = {rule.index for rule in signs.rules if rule.category in free}
    for text in own:
        exempt.update(rule.index for rule in heard(text, table))
        unmarked.update(rule.index for rule in signs.found(text))
    return Voice(table, signs, frozenset(exempt), frozenset(unmarked))


def heard(text: str, table: Table) -> list[Rule]:
    """Return the rules whose phrases a text says, in order."""
    listener = Rewriter(table)
    listener.feed(text)
    listener.finish()
    return [change.rule for change in listener.changes]


def stiffness(text: str, voice: Voice) -> float:
    """Return how bookish, preachy or translated a text still sounds, 0.0 to 1.0: signs add up as chances do."""
    return round(1 - prod(1 - rule.weight for rule in voice.signs.found(text) if rule.index not in voice.unmarked), 4)
