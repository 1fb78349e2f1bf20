"""A face as plain, checked options. Whatever is not on the allow-list never reaches the drawing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from characters.avatar.catalogue import (
    ACCESSORIES,
    COLOURS,
    DEFAULT_EXPRESSIONS,
    DEFAULTS,
    EXPRESSIONS,
    GARMENTS,
    HEX,
    MOVING,
    PARTS,
    variants,
)

Options = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Garment:
    kind: str
    color: str
    trim: str

    @classmethod
    def of(cls, raw: object, *, accent: str = "#b48cff") -> Garment | None:
        """Return the garment `raw` describes, None where it describes none; bad colours become defaults."""
        if not isinstance(raw, Mapping) or raw.get("kind") not in GARMENTS:
            return None
        return cls(str(raw["kind"]), colour(raw.get("color"), "#2b3550"), colour(raw.get("trim"), accent))


@dataclass(frozen=True, slots=True)
class Face:
    """One face, ready to draw. `parts` and `colours` follow the order of the catalogue, so equal faces hash equal."""

    parts: tuple[tuple[str, str], ...]
    colours: tuple[tuple[str, str], ...]
    accessories: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, raw: Options) -> Face:
        """Return the face `raw` describes; what is missing or unknown becomes the default part."""
        accessory = raw.get("accessory")
        worn = accessory if isinstance(accessory, Mapping) else {}
        return cls(
            tuple((part, _variant(part, raw.get(part))) for part in PARTS),
            tuple((name, colour(raw.get(name), DEFAULTS[name])) for name in COLOURS),
            tuple((name, str(worn[name])) for name in ACCESSORIES if worn.get(name) in variants(name)),
        )

    def showing(self, expression: str, overrides: Options | None = None) -> Face:
        """Return this face with the expression's own eyes, brows and mouth."""
        own = overrides.get(expression) if overrides else None
        moved = own if isinstance(own, Mapping) and own else DEFAULT_EXPRESSIONS.get(expression, {})
        current = dict(self.parts)
        for part in MOVING:
            if moved.get(part) in variants(part):
                current[part] = str(moved[part])
        return replace(self, parts=tuple((part, current[part]) for part in PARTS))


def colour(value: object, default: str) -> str:
    """Return `value` where it is #rrggbb, else `default`."""
    return value.lower() if isinstance(value, str) and HEX.fullmatch(value) else default


def _variant(part: str, value: object) -> str:
    return value if isinstance(value, str) and value in variants(part) else DEFAULTS[part]


def problems(raw: Options) -> list[str]:
    """Return the paths of a face description that are not on the allow-list; empty for a good one."""
    found = [part for part in PARTS if part in raw and raw[part] not in variants(part)]
    found += [name for name in COLOURS if name in raw and not _is_hex(raw[name])]
    accessory = raw.get("accessory") or {}
    if isinstance(accessory, Mapping):
        found += [f"accessory.{name}" for name, value in accessory.items() if value not in variants(str(name))]
    else:
        found.append("accessory")
    known = {*PARTS, *COLOURS, "accessory", "garment"}
    found += [str(name)[:40] for name in raw if name not in known]
    return found + _garment_problems(raw.get("garment"), "garment")


def _garment_problems(raw: object, path: str) -> list[str]:
    if raw in (None, {}, ""):
        return []
    if not isinstance(raw, Mapping):
        return [path]
    found = [f"{path}.kind"] if raw.get("kind") not in GARMENTS else []
    return found + [f"{path}.{name}" for name in ("color", "trim") if name in raw and not _is_hex(raw[name])]


def expression_problems(raw: Options) -> list[str]:
    """Return the paths of an expressions description that are not on the allow-list."""
    found = []
    for mood, parts in raw.items():
        if mood not in EXPRESSIONS or not isinstance(parts, Mapping):
            found.append(str(mood)[:40])
            continue
        found += [
            f"{mood}.{part}" for part, value in parts.items() if part not in MOVING or value not in variants(part)
        ]
    return found


def _is_hex(value: object) -> bool:
    return isinstance(value, str) and HEX.fullmatch(value) is not None
