"""The stable front of every prompt of a character: who it is, how it speaks, what holds for everyone. Pure.

It depends on the card and the names alone, never on the message, so that a model keeps it in its prefix
cache. Card text is data: escaped, cut to a budget, and followed by the platform's own lines.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from characters.macros import expand
from chat.given import Cast, Sheet
from chat.prompts.budget import essence
from chat.prompts.escape import plain
from chat.prompts.prompt import Limits

# What each part may take of the card's budget. What a part leaves over goes to the parts after it.
_SHARES = {
    "description": 0.34,
    "personality": 0.3,
    "style": 0.14,
    "worldview": 0.12,
    "scenario": 0.14,
    "backstory": 0.3,
}
# A small model retells a past it is given; it gets one only where there is room for everything else too.
_ROOM_FOR_A_PAST = 1000

_ZH = {
    "who": "你是{char}。{fan}正在和你说话。",
    "who_aged": "你是{char}，{age}岁。{fan}正在和你说话。",
    "description": "{text}",
    "personality": "性格：{text}",
    "style": "说话：{text}",
    "phrases": "口头禅：{text}",
    "worldview": "所在的世界：{text}",
    "scenario": "此刻：{text}",
    "backstory": "往事：{text}",
    "persona": "{fan}：{text}",
    "rules": (
        "你就是{char}，只用{char}的口吻回答，用中文。动作写在*星号*里，一两句话就够。"
        "听到难过的事先陪着，不说教，不罗列建议，不替{fan}说话。"
    ),
}
_EN = {
    "who": "You are {char}. {fan} is talking to you.",
    "who_aged": "You are {char}, {age} years old. {fan} is talking to you.",
    "description": "{text}",
    "personality": "Nature: {text}",
    "style": "Way of speaking: {text}",
    "phrases": "Often says: {text}",
    "worldview": "Your world: {text}",
    "scenario": "Right now: {text}",
    "backstory": "Your past: {text}",
    "persona": "{fan}: {text}",
    "rules": (
        "You are {char} and answer only as {char}, in English. Write actions in *asterisks*. One to three short "
        "sentences. When something hurts, stay with them first: no lectures, no lists of advice. Never speak for {fan}."
    ),
}


def fill(text: str, cast: Cast) -> str:
    """Return card text with the names filled in and made harmless for a prompt."""
    return plain(expand(text, char=cast.sheet.char, user=cast.fan_name))


def prefix(cast: Cast, limits: Limits) -> str:
    """Return the system text of this character for this fan; its card parts fit the budget, our lines come on top."""
    return _prefix(cast.sheet, cast.fan_name, cast.fan_description, limits)


@lru_cache(maxsize=512)
def _prefix(sheet: Sheet, fan_name: str, fan_description: str, limits: Limits) -> str:
    cast = Cast(sheet, fan_name, fan_description)
    words = _ZH if sheet.is_chinese else _EN
    age = sheet.ours.age

    def put(part: str, text: str = "") -> str:
        return words[part].format(char=plain(sheet.char), fan=plain(fan_name), age=age, text=text)

    body = [put("who_aged" if age else "who"), *_parts(cast, limits, put)]
    if fan_description:
        body.append(put("persona", essence(plain(fan_description), tokens=60)))
    own = sheet.card.system_prompt
    if own.strip():
        # V2: a card's system prompt stands in place of ours; {{original}} asks for ours. The rules still come last.
        front = expand(own, char=sheet.char, user=fan_name, original=put("who"))
        body[0] = essence(plain(front), tokens=limits.card)
    if limits.has_rules:
        body.append(put("rules"))
    return "\n".join(part for part in body if part)


def _parts(cast: Cast, limits: Limits, put: Callable[..., str]) -> list[str]:
    tokens = limits.card
    card, ours = cast.sheet.card, cast.sheet.ours
    texts = {
        "description": card.description,
        "personality": card.personality,
        "style": ours.style.summary,
        "worldview": ours.worldview,
        "scenario": card.scenario,
    }
    if tokens >= _ROOM_FOR_A_PAST:
        texts["backstory"] = ours.backstory
    parts: list[str] = []
    for name, text in texts.items():
        if short := essence(fill(text, cast), tokens=int(tokens * _SHARES[name])):
            parts.append(put(name, short))
        if name == "style" and ours.catchphrases and limits.has_rules:
            parts.append(put("phrases", " / ".join(fill(phrase, cast) for phrase in ours.catchphrases[:4])))
    return parts
