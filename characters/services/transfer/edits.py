"""Changes to a draft that come from outside, checked as strictly as an import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from characters.cards import limits
from characters.cards.errors import CardRefused, Refusal
from characters.cards.report import ReportBuilder
from characters.cards.shape import fill_data
from characters.models import Character
from characters.services.drafts import update_card
from characters.services.transfer.incoming import STORYLINES_KEY, unreadable


def edit_card(character: Character, *, data: Mapping[str, Any], cardia: Mapping[str, Any]) -> Character:
    """Change fields of the draft that came from outside, checked as an import is.

    Raises `CardUnreadable` with the path of the first fault, `DraftLocked` under review; then nothing has changed.
    """
    ours = {**cardia, STORYLINES_KEY: None}
    try:
        # Before anything is copied: copying recurses, and what comes in may be nested a thousand deep.
        limits.check(dict(data), where="data")
        limits.check(dict(cardia), where="data.extensions.cardia")
        _keep_origin(character.card, data)
        card = character.draft.with_changes(**data).with_cardia(**ours)
        limits.check(card.data, where="data")
        fill_data(card.data, ReportBuilder())
    except CardRefused as exc:
        raise unreadable(exc) from exc
    return update_card(character, data=data, cardia=ours)


def _keep_origin(card: Mapping[str, Any], data: Mapping[str, Any]) -> None:
    """Refuse changes of what V3 lets nobody edit: both dates, and the sources, which may only grow."""
    for name in ("creation_date", "modification_date"):
        if name in data and data[name] != card.get(name):
            raise CardRefused(Refusal.NOT_EDITABLE, f"data.{name}")
    known, source = card.get("source") or [], data.get("source", ())
    if "source" in data and isinstance(source, list) and source[: len(known)] != known:
        raise CardRefused(Refusal.NOT_EDITABLE, "data.source")
