"""A lorebook entry and its book as typed views over their JSON."""

from __future__ import annotations

from dataclasses import dataclass

from characters.cards import fields
from characters.cards.limits import JsonObject


@dataclass(frozen=True, slots=True)
class LoreEntry:
    """One entry. `order`: lower stands higher in the prompt. `priority`: lower is dropped first on budget."""

    index: int
    keys: tuple[str, ...]
    content: str
    secondary_keys: tuple[str, ...] = ()
    enabled: bool = True
    constant: bool = False
    selective: bool = False
    case_sensitive: bool = False
    use_regex: bool = False
    order: float = 100
    priority: float | None = None
    position: str = "before_char"
    name: str = ""

    @classmethod
    def of(cls, raw: JsonObject, index: int) -> LoreEntry:
        secondary = fields.texts(raw, "secondary_keys")
        if not secondary:  # the V2 prose says "comma separated", its type says list: both occur
            secondary = tuple(part.strip() for part in fields.text(raw, "secondary_keys").split(",") if part.strip())
        return cls(
            index=index,
            keys=fields.texts(raw, "keys"),
            content=fields.text(raw, "content"),
            secondary_keys=secondary,
            enabled=fields.flag(raw, "enabled", default=True),
            constant=fields.flag(raw, "constant"),
            selective=fields.flag(raw, "selective"),
            case_sensitive=fields.flag(raw, "case_sensitive"),
            use_regex=fields.flag(raw, "use_regex"),
            order=fields.number(raw, "insertion_order", 100),
            priority=fields.number(raw, "priority", 0) if "priority" in raw else None,
            position=fields.text(raw, "position", "before_char"),
            name=fields.text(raw, "name") or fields.text(raw, "comment"),
        )


@dataclass(frozen=True, slots=True)
class LoreBook:
    """A book. `scan_depth` counts messages, `token_budget` tokens; None where the book does not say."""

    entries: tuple[LoreEntry, ...] = ()
    name: str = ""
    scan_depth: int | None = None
    token_budget: int | None = None

    @classmethod
    def of(cls, raw: JsonObject) -> LoreBook:
        return cls(
            entries=tuple(LoreEntry.of(entry, i) for i, entry in enumerate(fields.objects(raw, "entries"))),
            name=fields.text(raw, "name"),
            scan_depth=fields.whole(raw, "scan_depth"),
            token_budget=fields.whole(raw, "token_budget"),
        )
