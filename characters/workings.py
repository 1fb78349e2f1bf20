"""Whether what a card asks of the engines is something they do: macros, patterns, decorators, files, locks. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import fields as fields_of

from characters.cards import assets, fields
from characters.cards.book import LoreEntry
from characters.cards.limits import JsonObject
from characters.cards.schema import CharacterCard
from characters.findings import Finding, Level
from characters.giveaways import entry_name
from characters.locks import GREETING_LOCKS, locks_of
from characters.lorebook.decorators import Decorators
from characters.lorebook.problems import entry_problems
from characters.macros import unknown_macros

_DECORATOR = re.compile(r"@@@?([A-Za-z_]+)[ \t]*.*")
_DECORATORS = frozenset(one.name for one in fields_of(Decorators))
_SCHEMES = ("http://", "https://", "ccdefault:", "data:")


def check(card: CharacterCard, files: Collection[str] | None) -> Iterator[Finding]:
    """Yield a warning for everything the card says in vain; `files` are the paths that came with it, if known."""
    entries = fields.objects(fields.mapping(card.data, "character_book"), "entries")
    yield from _macros(card, entries)
    for index, entry in enumerate(entries):
        yield from _entry(entry, index)
    yield from _assets(card, files)
    yield from _locks(card)


def _macros(card: CharacterCard, entries: Sequence[JsonObject]) -> Iterator[Finding]:
    ours = card.cardia
    places: Mapping[str, tuple[str, ...]] = {
        "identity": (card.description, card.system_prompt, card.post_history_instructions),
        "world": (card.scenario, ours.worldview),
        "personality": (card.personality,),
        "backstory": (ours.backstory,),
        "greeting": (*card.greetings, card.mes_example),
        "lorebook": tuple(fields.text(entry, "content") for entry in entries),
    }
    for step, texts in places.items():
        found = dict.fromkeys(name for text in texts if "{{" in text for name in unknown_macros(text))
        for name in found:
            yield Finding(Level.WARNING, "macro_unknown", step, (("macro", name),))


def _entry(entry: JsonObject, index: int) -> Iterator[Finding]:
    values = (("name", entry_name(entry, index)),)
    if _has_patterns(entry) and entry_problems(LoreEntry.of(entry, index)):
        yield Finding(Level.WARNING, "key_pattern_off", "lorebook", values)
    for decorator in _unknown_decorators(fields.text(entry, "content")):
        yield Finding(Level.WARNING, "decorator_unknown", "lorebook", (*values, ("decorator", decorator)))


def _has_patterns(entry: JsonObject) -> bool:
    """Whether any key can be a pattern; most books have none, and typed entries of thousands take their time."""
    keys = (*fields.texts(entry, "keys"), *fields.texts(entry, "secondary_keys"))
    return fields.flag(entry, "use_regex") or any(key.lstrip().startswith("/") for key in keys)


def _unknown_decorators(content: str) -> list[str]:
    found: dict[str, None] = {}
    for line in content.split("\n") if content.startswith("@@") else ():
        match = _DECORATOR.fullmatch(line.rstrip())
        if match is None:
            break
        if match[1].lower() not in _DECORATORS:
            found[match[1]] = None
    return list(found)


def _assets(card: CharacterCard, files: Collection[str] | None) -> Iterator[Finding]:
    for asset in assets.of(card.data):
        uri = fields.text(asset, "uri")
        path = assets.embedded_path(uri)
        is_lost = path not in files if path is not None and files is not None else False
        if is_lost or (path is None and not uri.startswith(_SCHEMES)):
            name = fields.text(asset, "name") or uri[:60]
            yield Finding(Level.WARNING, "asset_dangling", "face", (("name", name),))


def _locks(card: CharacterCard) -> Iterator[Finding]:
    given = card.extension.get(GREETING_LOCKS)
    if isinstance(given, list) and given and given[0] is not None:
        yield Finding(Level.WARNING, "first_greeting_locked", "greeting")
    for found in locks_of(card):
        if found.lock.is_broken:
            yield Finding(Level.WARNING, "lock_broken", _STEPS[found.target.kind.value])


_STEPS = {"entry": "lorebook", "greeting": "greeting", "voice": "style"}
