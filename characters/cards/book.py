"""A lorebook and its entries as typed views over their JSON: Character Card V2 and V3 with SillyTavern's extensions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

from characters.cards import fields
from characters.cards.limits import Json, JsonObject


class Position(IntEnum):
    """Where an entry's text stands; the numbers are SillyTavern's."""

    BEFORE = 0
    AFTER = 1
    NOTE_TOP = 2
    NOTE_BOTTOM = 3
    AT_DEPTH = 4
    EXAMPLES_TOP = 5
    EXAMPLES_BOTTOM = 6
    OUTLET = 7


class Role(IntEnum):
    """Who seems to say a text that stands in the chat; the numbers are SillyTavern's."""

    SYSTEM = 0
    USER = 1
    ASSISTANT = 2


class Logic(IntEnum):
    """How secondary keys decide once a primary key was said; the numbers are SillyTavern's."""

    AND_ANY = 0
    NOT_ALL = 1
    NOT_ANY = 2
    AND_ALL = 3


# Texts besides the messages that an entry may be woken by: extension key → field of `lorebook.request.Sources`.
SOURCES = {
    "match_persona_description": "persona_description",
    "match_character_description": "character_description",
    "match_character_personality": "character_personality",
    "match_character_depth_prompt": "character_depth_prompt",
    "match_scenario": "scenario",
    "match_creator_notes": "creator_notes",
}
DEPTH = 4
WEIGHT = 100.0
_COMMA = re.compile(r",\s*")


@dataclass(frozen=True, slots=True)
class Timing:
    """Counts of messages: how long an entry stays, how long it then rests, how long a chat must be before it."""

    sticky: int = 0
    cooldown: int = 0
    delay: int = 0

    @classmethod
    def of(cls, ext: JsonObject) -> Timing:
        values = (_count(ext, "sticky"), _count(ext, "cooldown"), _count(ext, "delay"))
        return cls(*values) if any(values) else _NO_TIMING


@dataclass(frozen=True, slots=True)
class Recursion:
    """`exclude`: not woken by other entries. `prevent`: wakes none. `level`: waits for that recursion, 0 = no wait."""

    exclude: bool = False
    prevent: bool = False
    level: float = 0

    @classmethod
    def of(cls, ext: JsonObject) -> Recursion:
        wait = ext.get("delay_until_recursion")
        level = float(wait) if isinstance(wait, int | float) else 0.0  # true is level 1
        exclude, prevent = fields.flag(ext, "exclude_recursion"), fields.flag(ext, "prevent_recursion")
        return cls(exclude, prevent, level) if exclude or prevent or level else _NO_RECURSION


@dataclass(frozen=True, slots=True)
class Grouping:
    """Inclusion groups: of each only one entry gets in. `text` is as written, `scoring` None: as the settings say."""

    names: tuple[str, ...] = ()
    text: str = ""
    override: bool = False
    weight: float = WEIGHT
    scoring: bool | None = None

    @classmethod
    def of(cls, ext: JsonObject) -> Grouping:
        text = fields.text(ext, "group")
        names = tuple(name for name in _COMMA.split(text) if name) if text else ()
        if not names:
            return _NO_GROUP
        weight = fields.number(ext, "group_weight", WEIGHT)
        return cls(names, text, fields.flag(ext, "group_override"), weight, _choice(ext, "use_group_scoring"))


@dataclass(frozen=True, slots=True)
class CharacterFilter:
    """Only for these characters and tags, or for all but these."""

    names: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    is_exclude: bool = False

    @classmethod
    def of(cls, raw: Json) -> CharacterFilter | None:
        if not isinstance(raw, dict):
            return None
        names, tags = fields.texts(raw, "names"), fields.texts(raw, "tags")
        exclude = fields.flag(raw, "isExclude") or fields.flag(raw, "is_exclude")
        return cls(names, tags, exclude) if names or tags else None


_POSITIONS = {int(member): member for member in Position}
_ROLES = {int(member): member for member in Role}
_LOGICS = {int(member): member for member in Logic}
_NO_TIMING, _NO_RECURSION, _NO_GROUP = Timing(), Recursion(), Grouping()


@dataclass(frozen=True, slots=True)
class LoreEntry:
    """One entry. `order`: lower stands higher in the prompt. `priority`: lower is dropped first on the book's budget.

    `case_sensitive` and `whole_words` are None where the settings decide, `scan_depth` where book or settings do.
    `probability` is a percentage, 100 where the entry does not roll. `extensions` is the raw object.
    """

    index: int
    keys: tuple[str, ...]
    content: str
    uid: str = ""
    secondary_keys: tuple[str, ...] = ()
    logic: Logic = Logic.AND_ANY
    enabled: bool = True
    constant: bool = False
    selective: bool = False
    vectorized: bool = False
    case_sensitive: bool | None = None
    whole_words: bool | None = None
    use_regex: bool = False
    order: float = 100
    priority: float | None = None
    position: Position = Position.AFTER
    depth: int = DEPTH
    role: Role = Role.SYSTEM
    outlet: str = ""
    scan_depth: int | None = None
    probability: float = 100
    ignore_budget: bool = False
    triggers: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    timing: Timing = _NO_TIMING
    recursion: Recursion = _NO_RECURSION
    group: Grouping = _NO_GROUP
    characters: CharacterFilter | None = None
    automation_id: str = ""
    name: str = ""
    comment: str = ""
    extensions: JsonObject | None = None

    @classmethod
    def of(cls, raw: JsonObject, index: int) -> LoreEntry:
        ext = fields.mapping(raw, "extensions")
        comment = fields.text(raw, "comment")
        return cls(
            index=index,
            keys=fields.texts(raw, "keys"),
            content=fields.text(raw, "content"),
            uid=_uid(raw, index),
            secondary_keys=_secondary(raw),
            logic=_logic(ext),
            enabled=fields.flag(raw, "enabled", default=True),
            constant=fields.flag(raw, "constant"),
            selective=fields.flag(raw, "selective"),
            vectorized=fields.flag(ext, "vectorized"),
            case_sensitive=_case(raw, ext),
            whole_words=_choice(ext, "match_whole_words"),
            use_regex=fields.flag(raw, "use_regex") and not is_made_by_sillytavern(ext),
            order=fields.number(raw, "insertion_order", 100),
            priority=fields.number(raw, "priority", 0) if raw.get("priority") is not None else None,
            position=_position(raw, ext),
            depth=_whole(ext, "depth", DEPTH),
            role=_role(ext),
            outlet=fields.text(ext, "outlet_name").strip(),
            scan_depth=_depth(ext, "scan_depth"),
            probability=_probability(ext),
            ignore_budget=fields.flag(ext, "ignore_budget"),
            triggers=fields.texts(ext, "triggers"),
            sources=tuple(field for key, field in SOURCES.items() if ext.get(key) is True),
            timing=Timing.of(ext),
            recursion=Recursion.of(ext),
            group=Grouping.of(ext),
            characters=CharacterFilter.of(ext.get("character_filter") or ext.get("characterFilter")),
            automation_id=fields.text(ext, "automation_id"),
            name=fields.text(raw, "name") or comment,
            comment=comment,
            extensions=ext,
        )


@dataclass(frozen=True, slots=True)
class LoreBook:
    """A book. `scan_depth` counts messages, `token_budget` tokens; None where the book does not say."""

    entries: tuple[LoreEntry, ...] = ()
    name: str = ""
    description: str = ""
    scan_depth: int | None = None
    token_budget: int | None = None
    recursive_scanning: bool | None = None
    extensions: JsonObject | None = None

    @classmethod
    def of(cls, raw: JsonObject) -> LoreBook:
        return cls(
            entries=tuple(LoreEntry.of(entry, i) for i, entry in enumerate(fields.objects(raw, "entries"))),
            name=fields.text(raw, "name"),
            description=fields.text(raw, "description"),
            scan_depth=_depth(raw, "scan_depth"),
            token_budget=_depth(raw, "token_budget"),
            recursive_scanning=_choice(raw, "recursive_scanning"),
            extensions=fields.mapping(raw, "extensions"),
        )


def is_made_by_sillytavern(ext: JsonObject) -> bool:
    """Whether SillyTavern wrote an entry: it exports `use_regex: true` for all, though only `/…/` keys are patterns."""
    return "display_index" in ext or "selectiveLogic" in ext


def _uid(raw: JsonObject, index: int) -> str:
    for name in ("id", "uid"):
        value = raw.get(name)
        if isinstance(value, int | str) and not isinstance(value, bool) and value != "":
            return str(value)
    return str(index)


def _secondary(raw: JsonObject) -> tuple[str, ...]:
    keys = fields.texts(raw, "secondary_keys")
    if keys:
        return keys
    # The V2 prose says "comma separated", its type says list: both occur.
    return tuple(part.strip() for part in fields.text(raw, "secondary_keys").split(",") if part.strip())


def _position(raw: JsonObject, ext: JsonObject) -> Position:
    stated = _POSITIONS.get(_whole(ext, "position", -1))
    if stated is not None:
        return stated
    return Position.BEFORE if fields.text(raw, "position").startswith("before") else Position.AFTER


def _role(ext: JsonObject) -> Role:
    value = ext.get("role")
    if isinstance(value, str):
        return Role.__members__.get(value.upper(), Role.SYSTEM)
    return _ROLES.get(_whole(ext, "role", 0), Role.SYSTEM)


def _logic(ext: JsonObject) -> Logic:
    return _LOGICS.get(_whole(ext, "selectiveLogic", 0), Logic.AND_ANY)


def _case(raw: JsonObject, ext: JsonObject) -> bool | None:
    value = _choice(ext, "case_sensitive")
    return _choice(raw, "case_sensitive") if value is None else value


def _probability(ext: JsonObject) -> float:
    return fields.number(ext, "probability", 100) if fields.flag(ext, "useProbability", default=True) else 100.0


def _choice(holder: JsonObject, name: str) -> bool | None:
    value = holder.get(name)
    return value if isinstance(value, bool) else None


def _whole(holder: JsonObject, name: str, default: int) -> int:
    value = holder.get(name)
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else default


def _count(holder: JsonObject, name: str) -> int:
    return max(0, _whole(holder, name, 0))


def _depth(holder: JsonObject, name: str) -> int | None:
    value = _whole(holder, name, -1)
    return value if value >= 0 else None
