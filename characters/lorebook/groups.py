"""Inclusion groups: of the entries in one group only one gets in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from characters.cards.book import Grouping
from characters.lorebook.trace import Reason


class Member(Protocol):
    """An entry that woke and may be in groups."""

    @property
    def grouping(self) -> Grouping: ...
    @property
    def is_sticky(self) -> bool: ...
    @property
    def order(self) -> float: ...
    def score(self) -> int: ...
    def drop(self, reason: Reason, detail: str, roll: float = -1) -> None: ...
    @property
    def is_dropped(self) -> bool: ...


def settle(woken: Sequence[Member], won: Collection[str], *, scoring: bool, roll: Callable[[str], float]) -> None:
    """Drop the losers of every group among `woken` (in list order); `won` are the group texts of what got in before.

    Sticky members win over others, then the highest score where scoring is on, then the highest order among
    overriding members, else a draw by weight. A member that lost one group still takes part in its others, as in
    SillyTavern, but is dropped only once. As there, an entry of several groups closes none of them for later rounds.
    """
    groups: dict[str, list[Member]] = {}
    for member in woken:
        for name in member.grouping.names:
            groups.setdefault(name, []).append(member)
    stuck = {name for name, members in groups.items() if _keep_sticky(name, members)}
    open_groups = {name: members for name, members in groups.items() if name not in stuck}
    for name, members in open_groups.items():
        open_groups[name] = _keep_best(name, members, scoring=scoring)
    for name, members in open_groups.items():
        if name in won:
            _drop_all_but(None, members, Reason.GROUP, name)
        elif len(members) > 1:
            _draw(name, members, roll)


def _keep_sticky(name: str, members: list[Member]) -> bool:
    """Drop the others where a member stays on from before; return whether one does."""
    if not any(member.is_sticky for member in members):
        return False
    for member in members:
        if not member.is_sticky:
            member.drop(Reason.GROUP, name)
    return True


def _keep_best(name: str, members: list[Member], *, scoring: bool) -> list[Member]:
    """Drop scored members with fewer named keys than the best; return who is left."""
    if not scoring and not any(member.grouping.scoring for member in members):
        return members
    scores = [member.score() for member in members]
    best = max(scores)
    left = []
    for member, score in zip(members, scores, strict=True):
        own = member.grouping.scoring
        if score < best and (scoring if own is None else own):
            member.drop(Reason.SCORE, name)
        else:
            left.append(member)
    return left


def _draw(name: str, members: list[Member], roll: Callable[[str], float]) -> None:
    override = [member for member in members if member.grouping.override]
    if override:
        _drop_all_but(max(override, key=lambda member: member.order), members, Reason.GROUP, name)
        return
    drawn = roll(f"group:{name}")
    left = drawn * sum(member.grouping.weight for member in members)
    for member in members:
        left -= member.grouping.weight
        if left <= 0:
            _drop_all_but(member, members, Reason.GROUP, name, roll=drawn)
            return


def _drop_all_but(winner: Member | None, members: list[Member], reason: Reason, name: str, roll: float = -1) -> None:
    for member in members:
        if member is not winner:
            member.drop(reason, name, roll)
