"""The reference names every macro there is, and none that there is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from characters.macros import MacroContext, fill, unknown_macros
from characters.macros.registry import ALL, MACROS

_TEXT = (Path(__file__).parents[2] / "docs" / "reference" / "macros.md").read_text()
_ROWS = [line.split(" | ")[0] for line in _TEXT.splitlines() if line.startswith("| ") and "{{" in line]
_NAMED = {name.lower() for row in _ROWS for name in re.findall(r"\{\{[!#]?(//|[.$]|time_UTC|[A-Za-z]\w*)", row)}


@pytest.mark.parametrize("name", sorted(MACROS))
def test_every_macro_is_documented(name):
    assert name in _NAMED


@pytest.mark.parametrize("name", sorted(_NAMED))
def test_every_documented_macro_is_there(name):
    assert name in MACROS


def test_names_and_aliases_are_lower_case_and_taken_once():
    names = [name for macro in ALL for name in (macro.name, *macro.aliases)]

    assert names == [name.lower() for name in names]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    "name", ["maxContext", "maxResponse", "hasExtension", "pipe", "firstDisplayedMessageId", "chatStart"]
)
def test_what_is_said_not_to_be_filled_stays(name):
    assert fill(f"{{{{{name}}}}}", MacroContext("Mira", "Li")) == f"{{{{{name}}}}}"
    assert unknown_macros(f"{{{{{name}}}}}") == (name.lower(),)
