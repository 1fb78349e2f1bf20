"""The help lines of a crisis card, by region: data of `fixtures/helplines.yaml`, loaded once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class HelpLine:
    """One number or address. `name`, `text`, `hours` and `note` are keyed by `zh-Hans` and `en`."""

    kind: str  # emotional | emergency | directory
    name: Words
    phone: str = ""
    url: str = ""
    text: Words = field(default_factory=dict)
    hours: Words = field(default_factory=dict)
    note: Words = field(default_factory=dict)
    languages: tuple[str, ...] = ()
    is_verified: bool = False


@cache
def _by_region() -> dict[str, tuple[HelpLine, ...]]:
    data = yaml.safe_load((Path(settings.FIXTURES_DIR) / "helplines.yaml").read_text(encoding="utf-8"))
    found: dict[str, list[HelpLine]] = {}
    for row in data["lines"]:
        for region in (row["region"], *row.get("aliases", ())):
            found.setdefault(region, []).append(_line(row))
    found[""] = found[data["fallback_region"]]
    return {region: tuple(lines) for region, lines in found.items()}


def _line(row: dict[str, Any]) -> HelpLine:
    return HelpLine(
        kind=row["kind"],
        name=_words(row["name"]),
        phone=str(row.get("phone", "")),
        url=str(row.get("url", "")),
        text=_words(row.get("text", {})),
        hours=_words(row.get("hours", {})),
        note=_words(row.get("note", {})),
        languages=tuple(row.get("languages", ())),
        is_verified=bool(row.get("verified")),
    )


def _words(value: object) -> Words:
    if isinstance(value, Mapping):
        return {str(key): str(words) for key, words in value.items()}
    return {"zh-Hans": str(value), "en": str(value)} if value else {}


def for_region(region: str, language: str = "en") -> list[HelpLine]:
    """Return the lines of `region` (ISO 3166 alpha-2), those that answer in `language` first; never empty.

    A region without lines of its own gets the international directory.
    """
    lines = _by_region().get(region.upper()) or _by_region()[""]
    wanted = language.lower()[:2]
    return sorted(lines, key=lambda line: not any(tag.lower().startswith(wanted) for tag in line.languages))
