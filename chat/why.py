"""Why a reply came out as it did: its stored trace as rows a reader can follow. Shows no text of the card's prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from characters.cards.examples import Exchange
from chat import scenes, sheets
from chat.models import Message

EMOTIONS: dict[str, Promise] = {
    "joy": _("joy"),
    "sadness": _("sadness"),
    "anger": _("anger"),
    "fear": _("fear"),
    "surprise": _("surprise"),
    "disgust": _("disgust"),
    "neutral": _("nothing in particular"),
}
_REASONS: dict[str, Promise] = {
    "keyword": _("you spoke of it"),
    "due": _("it was due today"),
    "meaning": _("you spoke of something like it"),
}
_LORE_REASONS: dict[str, Promise] = {
    "constant": _("always in mind"),
    "budget": _("woken, but there was no room for it"),
    "no_secondary": _("woken, but its second key was missing"),
    "empty": _("woken, but empty"),
}
_STAGES: dict[str, Promise] = {
    "mood": _("Hearing your mood"),
    "memory": _("Remembering"),
    "scene": _("Choosing the scene"),
    "prompt": _("Gathering its thoughts"),
    "model_first_token": _("Until its first word"),
    "reply": _("Speaking"),
    "safety": _("Safety check"),
    "character": _("Checking that it is itself"),
    "all": _("All together"),
}
_DEFENCE_FROM = 0.5


@dataclass(frozen=True, slots=True)
class Remembered:
    text: str
    told_at: datetime | None
    reason: Promise | str


@dataclass(frozen=True, slots=True)
class Lore:
    """One woken lorebook entry; `note` says why where no key did, or why it stayed out."""

    name: str
    key: str
    kept: bool
    note: Promise | str


@dataclass(frozen=True, slots=True)
class Timing:
    name: Promise | str
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Why:
    """The story of one reply. `score` and `in_character` are percentages, None where nothing was measured."""

    message: Message
    emotion: Promise | str
    score: int | None
    is_hiding: bool
    strategy: str
    reflex: str
    memories: list[Remembered]
    lore: list[Lore]
    examples: list[Exchange]
    storylines: list[str]
    scene_title: dict[str, str]
    model: str
    prompt_tokens: int | None
    reply_tokens: int | None
    in_character: int | None
    is_second_try: bool
    timings: list[Timing]


def why(message: Message) -> Why:
    """Return the story of a reply from its trace; everything missing reads as empty."""
    trace: Mapping[str, Any] = message.trace
    mood, prompt, scene = _of(trace, "mood"), _of(trace, "prompt"), _of(trace, "scene")
    tokens, judged = _of(trace, "tokens"), _of(trace, "character")
    name = str(mood.get("emotion") or "")
    return Why(
        message=message,
        emotion=EMOTIONS.get(name, name),
        score=_percent(mood.get("score")) if name and name != "neutral" else None,
        is_hiding=_number(mood.get("subtext")) >= _DEFENCE_FROM,
        strategy=str(scene.get("strategy") or ""),
        reflex=str(trace.get("reflex") or ""),
        memories=[_remembered(row) for row in _rows(trace, "memories")],
        lore=[_lore(row) for row in _rows(trace, "lore")],
        examples=_examples(message, [*_numbers(prompt, "near_examples"), *_numbers(prompt, "examples")]),
        storylines=[str(title) for title in prompt.get("storylines") or []],
        scene_title=dict(scenes.preset(str(scene.get("name") or message.scene)).title),
        model=message.model,
        prompt_tokens=tokens.get("prompt") or prompt.get("tokens_estimated"),
        reply_tokens=tokens.get("completion"),
        in_character=None if message.ooc_score is None else 100 - (_percent(message.ooc_score) or 0),
        is_second_try=bool(judged.get("replaced")),
        timings=_timings(_of(trace, "timings_ms")),
    )


def _examples(message: Message, indices: Sequence[int]) -> list[Exchange]:
    if not indices:
        return []
    exchanges = sheets.of_conversation(message.conversation)[1].exchanges
    return [exchanges[index] for index in indices if 0 <= index < len(exchanges)]


def _remembered(row: Mapping[str, Any]) -> Remembered:
    reason = str(row.get("reason") or "")
    return Remembered(str(row.get("text") or ""), parse_datetime(str(row.get("told_at"))), _REASONS.get(reason, ""))


def _lore(row: Mapping[str, Any]) -> Lore:
    reason = str(row.get("reason") or "")
    return Lore(
        str(row.get("name") or ""), str(row.get("key") or ""), bool(row.get("kept")), _LORE_REASONS.get(reason, "")
    )


def _timings(measured: Mapping[str, Any]) -> list[Timing]:
    known = [name for name in _STAGES if name in measured]
    return [Timing(_STAGES[name], round(_number(measured[name]))) for name in known]


def _of(trace: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = trace.get(name)
    return found if isinstance(found, dict) else {}


def _rows(trace: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = trace.get(name)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _numbers(trace: Mapping[str, Any], name: str) -> list[int]:
    found = trace.get(name)
    return [number for number in found if isinstance(number, int)] if isinstance(found, list) else []


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _percent(value: object) -> int | None:
    return round(_number(value) * 100) if isinstance(value, int | float) else None
