"""The card in a prompt: who the character is and how it speaks, in named texts, each cut to its share. Pure.

Card text is data: filled, escaped, cut to a budget, and followed by the platform's own lines.
"""

from __future__ import annotations

from chat.given import Cast
from chat.prompts.budget import essence
from chat.prompts.filling import Filler
from chat.prompts.prompt import Limits
from chat.prompts.words import say, who
from companion_site.core.text import estimate_tokens

# What each part may take of the card's budget where there is not room for all of it.
_SHARES = {
    "description": 0.34,
    "personality": 0.3,
    "style": 0.14,
    "worldview": 0.12,
    "scenario": 0.14,
    "backstory": 0.3,
}
_ALL_SHARES = sum(_SHARES.values())
_PERSONA_TOKENS = 60


def main_prompt(cast: Cast, fill: Filler, *, tokens: int, is_off: bool = False) -> str:
    """Return the main prompt: the card's own in place of ours, `{{original}}` asks for ours (V2). Ours may be off."""
    ours = "" if is_off else who(cast)
    own = cast.sheet.texts.system
    if not own.strip():
        return ours
    return _cut(fill(own, "system", original=ours), tokens)


def small(cast: Cast, fill: Filler, limits: Limits) -> str:
    """Return the card for a small model: few words and no rules, it recites what it is told."""
    texts = _texts(cast, fill, has_past=False)
    parts = [main_prompt(cast, fill, tokens=limits.card)]
    for name, text in texts.items():
        if short := essence(text, tokens=int(limits.card * _SHARES[name])):
            parts.append(say(cast, name, short))
    if cast.fan_description:
        parts.append(say(cast, "persona", essence(fill(cast.fan_description, "persona"), tokens=_PERSONA_TOKENS)))
    return "\n".join(part for part in parts if part)


def whole(cast: Cast, fill: Filler, limits: Limits) -> dict[str, str]:
    """Return the card's texts by name, as written where all of them fit, else each cut to its share."""
    persona = _cut(fill(cast.fan_description, "persona"), limits.card // 8)
    texts = {name: text for name, text in _texts(cast, fill, has_past=True).items() if text}
    if sum(estimate_tokens(text) for text in texts.values()) > limits.card:
        texts = {name: _cut(text, int(limits.card * _SHARES[name] / _ALL_SHARES)) for name, text in texts.items()}
    shown = {name: say(cast, name, text) for name, text in texts.items() if text}
    if phrases := cast.sheet.ours.catchphrases:
        said = _cut(" / ".join(fill(phrase, "phrases") for phrase in phrases[:4]), limits.card // 16)
        shown["phrases"] = say(cast, "phrases", said)
    if persona:
        shown["persona"] = say(cast, "persona", persona)
    return shown


def _texts(cast: Cast, fill: Filler, *, has_past: bool) -> dict[str, str]:
    sheet = cast.sheet
    texts = {
        "description": fill(sheet.texts.description, "description"),
        "personality": fill(sheet.texts.personality, "personality"),
        "style": fill(sheet.ours.style.summary, "style"),
        "worldview": fill(sheet.ours.worldview, "worldview"),
        "scenario": fill(sheet.texts.scenario, "scenario"),
    }
    if has_past:
        # A small model retells a past it is given.
        texts["backstory"] = fill(sheet.ours.backstory, "backstory")
    return texts


def _cut(text: str, tokens: int) -> str:
    """Return the text as it is written where it fits, else as many whole sentences as do."""
    return text if estimate_tokens(text) <= tokens else essence(text, tokens=tokens)
