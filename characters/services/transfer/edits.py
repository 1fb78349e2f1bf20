"""Changes to a draft that come from outside, checked as strictly as an import."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from characters.cards import limits
from characters.cards.errors import CardRefused
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
    card = character.draft.with_changes(**data).with_cardia(**ours)
    try:
        limits.check(card.data, where="data")
        fill_data(card.data, ReportBuilder())
    except CardRefused as exc:
        raise unreadable(exc) from exc
    return update_card(character, data=data, cardia=ours)
