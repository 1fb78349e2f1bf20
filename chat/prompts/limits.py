"""The presets: how a prompt is laid out and what each part may take, by the vendor before the slash of a model's name.

Pure. `default` is for a model with room, `local` for a server on this machine, `small` for the embedded model: on
a CPU it reads some 150 tokens a second, so its prompt is short and its front never changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chat.prompts.prompt import Limits

PRESETS: Mapping[str, Limits] = {
    "default": Limits(),
    "local": Limits(
        preset="local",
        context=3600,
        card=900,
        examples=8,
        near_examples=2,
        history=1600,
        messages=120,
        history_step=8,
        longest=500,
        notes=200,
        lore=400,
        message=700,
        pins_examples=True,
        keeps_front=True,
    ),
    "small": Limits(
        preset="small",
        context=1600,
        card=120,
        examples=10,
        near_examples=2,
        history=200,
        messages=60,
        history_step=8,
        longest=60,
        notes=40,
        lore=80,
        message=400,
        has_rules=False,
        pins_examples=True,
        keeps_front=True,
    ),
}
_BY_VENDOR = {"embedded": "small", "127.0.0.1": "local"}


def limits_of(model: str, overrides: Mapping[str, Mapping[str, Any]]) -> Limits:
    """Return the preset for a model named `vendor/…`; `overrides` may name a vendor, or `default` for the rest.

    An override begins from `Limits()`, and bears the vendor's name unless it says another.
    """
    vendor = model.partition("/")[0]
    if vendor in overrides:
        return Limits(**{"preset": vendor[:40], **overrides[vendor]})
    if vendor in _BY_VENDOR:
        return PRESETS[_BY_VENDOR[vendor]]
    return Limits(**overrides.get("default", {}))
