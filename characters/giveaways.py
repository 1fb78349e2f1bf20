"""Whether what is hidden or locked also stands where everybody reads it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from characters.cards import fields
from characters.cards.limits import Json, JsonObject
from characters.cards.schema import CharacterCard
from characters.findings import Finding, Level
from characters.locks import NOBODY, Kind, Target, has_locks, locks_of, open_card

_WORDS = re.compile(r"[\s\W_]+")
# A run this long that stands both in a secret and in public gives the secret away.
_HAN_RUN, _LATIN_RUN = 14, 40
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Secret:
    """A hidden storyline as the doctor sees it."""

    title: str
    knowledge: str
    scenes: tuple[str, ...]
    lore: tuple[str, ...] = ()


def check(card: CharacterCard, secrets: Sequence[Secret]) -> Iterator[Finding]:
    """Yield a blocker for each secret that the card says in the open, in whatever field, even one we do not know."""
    if not secrets and not has_locks(card):
        return
    public = _bare("\n".join(_texts([open_card(card, NOBODY).data, card.envelope])))
    for secret in secrets:
        if any(_gives_away(text, public) for text in (secret.knowledge, *secret.scenes, *secret.lore)):
            yield Finding(Level.BLOCKER, "secret_in_public", "storyline", (("title", secret.title),))
    for found in locks_of(card):
        name, text, step = _locked_text(card, found.target)
        if _gives_away(text, public):
            yield Finding(Level.BLOCKER, "lock_in_public", step, (("name", name),))


def entry_name(entry: JsonObject, index: int) -> str:
    """Return what a creator knows an entry by: its name, its comment, or its place."""
    return fields.text(entry, "name") or fields.text(entry, "comment") or f"#{index + 1}"


def _locked_text(card: CharacterCard, target: Target) -> tuple[str, str, str]:
    if target.kind is Kind.ENTRY:
        raw = fields.mapping(card.data, "character_book").get("entries")
        found = raw[target.index] if isinstance(raw, list) else None
        entry = found if isinstance(found, dict) else {}
        return entry_name(entry, target.index), fields.text(entry, "content"), "lorebook"
    if target.kind is Kind.GREETING:
        others = card.data.get("alternate_greetings")
        text = others[target.index - 1] if isinstance(others, list) else ""
        return f"#{target.index + 1}", text if isinstance(text, str) else "", "greeting"
    return card.cardia.voice.title, card.cardia.voice.title, "style"


def _texts(value: Json) -> Iterator[str]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)


def _gives_away(secret: str, public: str) -> bool:
    bare = _bare(secret)
    length = _HAN_RUN if _HAN.search(bare) else _LATIN_RUN
    if length // 2 < len(bare) < length:
        return bare in public
    # Half-overlapping windows: any copied run of one and a half windows is caught.
    return any(bare[i : i + length] in public for i in range(0, len(bare) - length + 1, length // 2))


def _bare(text: str) -> str:
    return _WORDS.sub("", text).casefold()
