"""Example dialogues: the card's `mes_example` text as exchanges, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

# Blanks within a line only: `\s` runs over line ends, and on a text of nothing else that takes quadratic time.
_START = re.compile(r"^[^\S\n]*<START>[^\S\n]*$", re.IGNORECASE | re.MULTILINE)
_SPEAKER = re.compile(r"^(\{\{user\}\}|<user>|\{\{char\}\}|<bot>)[^\S\n]*[:：]\s?", re.IGNORECASE | re.MULTILINE)
_FAN = {"{{user}}", "<user>"}


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a fan says and what the character answers. Either side may be empty."""

    fan: str
    character: str


def parse(text: str, *, name: str = "") -> tuple[Exchange, ...]:
    """Return the exchanges of `text`; lines spoken under the character's own `name` count as its own."""
    if name:
        text = re.sub(rf"^{re.escape(name)}[^\S\n]*[:：]", "{{char}}:", text, flags=re.MULTILINE)
    found: list[Exchange] = []
    for block in _START.split(text):
        fan = ""
        for speaker, line in _turns(block):
            if speaker == "fan":
                if fan:
                    found.append(Exchange(fan, ""))
                fan = line
            else:
                found.append(Exchange(fan, line))
                fan = ""
        if fan:
            found.append(Exchange(fan, ""))
    return tuple(found)


def _turns(block: str) -> list[tuple[str, str]]:
    parts = _SPEAKER.split(block)
    return [
        ("fan" if parts[i].lower() in _FAN else "character", parts[i + 1].strip())
        for i in range(1, len(parts) - 1, 2)
        if parts[i + 1].strip()
    ]


def render(exchanges: Iterable[Exchange]) -> str:
    """Return `mes_example` text: one `<START>` block an exchange, so that readers may drop them one by one."""
    blocks = []
    for exchange in exchanges:
        lines = ["<START>"]
        if exchange.fan:
            lines.append("{{user}}: " + exchange.fan)
        if exchange.character:
            lines.append("{{char}}: " + exchange.character)
        blocks.append("\n".join(lines))
    return "\n".join(blocks)


def is_plain(text: str, *, name: str = "") -> bool:
    """Whether rows of exchanges can hold `text` without losing a word of it."""

    def bare(value: str) -> str:
        return re.sub(r"\s+", "", value)

    if name:
        text = re.sub(rf"^{re.escape(name)}[^\S\n]*[:：]", "{{char}}:", text, flags=re.MULTILINE)
    kept = "".join(bare(e.fan + e.character) for e in parse(text, name=name))
    return kept == bare(_SPEAKER.sub("", _START.sub("", text)))
