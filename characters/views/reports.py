"""Import reports as people read them: groups of lines, each with its place in the card."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from characters.cards.report import Line, Note
from characters.models import Character
from characters.services import Imported
from characters.wording import note

# Notes that say something was left out.
_LOST = {Note.ASSET_DROPPED.value, Note.ASSET_SVG.value}


@dataclass(frozen=True, slots=True)
class Group:
    """Lines of one kind: (place in the card, words)."""

    name: str
    title: str
    lines: list[tuple[str, str]]


def groups(report: Mapping[str, Any]) -> list[Group]:
    """Return the groups of a stored report that have lines, what needs a look first."""
    titles = {
        "warnings": _("Worth a look"),
        "defaulted": _("Filled in"),
        "unsupported": _("Kept, without effect here"),
        "kept": _("Unknown to us, kept for export"),
    }
    found = ((name, title, report.get(name) or []) for name, title in titles.items())
    return [Group(name, title, [_line(row) for row in rows]) for name, title, rows in found if rows]


def _line(row: Mapping[str, str]) -> tuple[str, str]:
    # Reports are kept for years: a note that is no longer written has no words any more.
    known = row["note"] in Note._value2member_map_
    words = note(Line(row["path"], Note(row["note"]), row["value"])) if known else row["note"]
    return row["path"] or "—", words


def page(character: Character) -> dict[str, Any]:
    """Return what the report's page shows of a character."""
    report = character.import_report or {}
    card = character.draft
    facts = [
        (_("Greetings"), len(card.greetings)),
        (_("Example dialogues"), len(card.examples)),
        (_("Lorebook entries"), len(card.book.entries)),
        (_("Hidden storylines"), character.storylines.count()),
        (_("Files"), len(character.files)),
    ]
    is_whole = not any(row["note"] in _LOST for row in report.get("warnings") or ())
    return {"report": report, "groups": groups(report), "facts": facts, "is_whole": is_whole}


def place(made: Imported) -> str:
    """Return the address to go to after an import: the report of the card, or the lorebook."""
    if made.character is not None:
        return reverse("characters:import-report", args=[made.character.public_id])
    return reverse("characters:book", args=[made.book.public_id if made.book else None])
