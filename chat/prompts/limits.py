"""How much of a prompt each part may take, in tokens, by the vendor before the slash of a model's name. Pure.

A small model on a CPU reads some 150 tokens a second, so its prompt is short and its front never changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chat.prompts.prompt import Limits

_EMBEDDED = Limits(
    card=120,
    examples=10,
    near_examples=2,
    history=200,
    history_step=8,
    longest=60,
    notes=40,
    lore=0,
    message=400,
    has_rules=False,
)
_ON_THIS_MACHINE = Limits(
    card=900, examples=8, near_examples=2, history=1600, history_step=8, longest=500, notes=300, lore=400
)
_BY_VENDOR = {"embedded": _EMBEDDED, "127.0.0.1": _ON_THIS_MACHINE}


def limits_of(model: str, overrides: Mapping[str, Mapping[str, Any]]) -> Limits:
    """Return the limits for a model named `vendor/…`; `overrides` may name a vendor, or `default` for the rest."""
    vendor = model.partition("/")[0]
    if vendor in overrides:
        return Limits(**overrides[vendor])
    return _BY_VENDOR.get(vendor) or Limits(**overrides.get("default", {}))
