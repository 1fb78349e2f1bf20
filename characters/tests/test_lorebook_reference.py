"""The reference of the lorebook names every reason, decorator, setting and pattern problem there is."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from django.conf import settings

from characters.cards.book import SOURCES
from characters.lorebook import decorators
from characters.lorebook.trace import Reason

REFERENCE = Path(settings.BASE_DIR) / "docs" / "reference" / "lorebook.md"
NAMED = [
    *(reason.value for reason in Reason),
    *(field.name for field in fields(decorators.Decorators)),
    *("lookaround", "backreference", "too_large", "unsupported", "invalid"),
]


@pytest.mark.parametrize("name", sorted({*NAMED}))
def test_reference_names(name):
    text = REFERENCE.read_text("utf-8")

    assert f"`{name}" in text or f", {name}" in text or f"`@@{name}`" in text


def test_every_decorator_of_v3_is_known():
    assert len(fields(decorators.Decorators)) == 20
    assert len(SOURCES) == 6
