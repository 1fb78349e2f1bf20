"""Where woken lore stands in a prompt, and what is put between the chat's messages. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chat.prompts.prompt import Part, part
from companion_site.providers.base import Role

# At one depth the last of these stands nearest to the newest message: what the platform says weighs most.
_NEAREST_LAST: tuple[Role, ...] = ("assistant", "user", "system")


@dataclass(frozen=True, slots=True)
class Injection:
    """A text inside the chat, `depth` messages from its newest end; 0 stands after the newest."""

    name: str
    depth: int
    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Lore:
    """Woken lore by its place, macros filled. `near` has no place of its own: it may stand beside the message."""

    before: str = ""
    after: str = ""
    before_description: str = ""
    after_description: str = ""
    personality: str = ""
    scenario: str = ""
    examples_before: tuple[str, ...] = ()
    examples_after: tuple[str, ...] = ()
    note_before: str = ""
    note_after: str = ""
    injections: tuple[Injection, ...] = ()
    near: tuple[str, ...] = ()
    outlets: Mapping[str, str] = field(default_factory=dict)
    prefill: str = ""
    disabled: frozenset[str] = frozenset()


def among(chat: Sequence[Part], injections: Sequence[Injection]) -> list[Part]:
    """Return the chat, newest message first in and oldest first out, with each injection at its depth.

    What lies deeper than the chat goes before its oldest message. At one depth the roles read assistant, user,
    system; texts of one role keep their order.
    """
    groups: dict[int, dict[Role, list[Part]]] = defaultdict(lambda: defaultdict(list))
    for injection in injections:
        groups[max(0, injection.depth)][injection.role].append(part(injection.name, injection.role, injection.text))
    backwards: list[Part] = []
    reached = 0
    for depth in sorted(groups):
        backwards += chat[reached:depth]
        reached = max(reached, min(depth, len(chat)))
        for role in reversed(_NEAREST_LAST):
            backwards += reversed(groups[depth][role])
    backwards += chat[reached:]
    backwards.reverse()
    return backwards


def affordable(injections: Sequence[Injection], tokens: int) -> list[Injection]:
    """Return the injections there is room for, the nearest to the newest message first in line."""
    kept: list[Injection] = []
    for injection in sorted(injections, key=lambda found: found.depth):
        cost = part(injection.name, injection.role, injection.text).tokens
        if cost <= tokens:
            tokens -= cost
            kept.append(injection)
    return kept
