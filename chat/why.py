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
from characters.lorebook.trace import Reason
from characters.lorewords import REASONS
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
# The pieces of a prompt as a reader may call them; the names are those of the prompt manager.
_PARTS: dict[str, Promise] = {
    "main": _("Main prompt"),
    "worldInfoBefore": _("Lore before the card"),
    "personaDescription": _("You"),
    "charDescription": _("Description"),
    "charPersonality": _("Personality"),
    "scenario": _("Scenario"),
    "enhanceDefinitions": _("Style, world and past"),
    "aux": _("Rules of the house"),
    "worldInfoAfter": _("Lore after the card"),
    "dialogueExamples": _("Examples"),
    "exampleTurns": _("Examples"),
    "chatHistory": _("The chat itself"),
    "authorNote": _("Your note"),
    "depthPrompt": _("The card's note in the chat"),
    "worldInfoDepth": _("Lore inside the chat"),
    "note": _("Memories and what to mind"),
    "jailbreak": _("Last instructions"),
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
    "colloquial": _("Saying it plainly"),
    "all": _("All together"),
}
_OUTCOMES: dict[str, Promise] = {
    "answered": _("answered"),
    "cut": _("answered"),
    "left": _("was not waited for"),
    "connect": _("could not be reached"),
    "auth": _("refused the key"),
    "limit": _("had too much to do"),
    "server": _("failed"),
    "broken": _("broke off"),
    "timeout": _("did not answer in time"),
    "stalled": _("fell silent"),
    "missing": _("does not have this voice"),
    "refused": _("did not take the request"),
    "resting": _("was left in peace after many failures"),
}
_DEFENCE_FROM = 0.5


@dataclass(frozen=True, slots=True)
class Remembered:
    text: str
    told_at: datetime | None
    reason: Promise | str


@dataclass(frozen=True, slots=True)
class Lore:
    """One lorebook entry that woke, or could have: `reason` says why it is in or out.

    `message` is how many messages back the key was said, None where no message woke it; `roll` the draw in percent,
    `tokens` what it took of the prompt.
    """

    name: str
    key: str
    kept: bool
    reason: Promise | str
    message: int | None
    roll: int | None
    tokens: int
    round: int


@dataclass(frozen=True, slots=True)
class Share:
    name: Promise | str
    tokens: int


@dataclass(frozen=True, slots=True)
class Timing:
    name: Promise | str
    milliseconds: int


@dataclass(frozen=True, slots=True)
class Asked:
    """One model that was asked for this reply, by its alias, and what became of it."""

    alias: str
    model: str
    outcome: Promise | str


@dataclass(frozen=True, slots=True)
class Why:
    """The story of one reply. `score` and `in_character` are percentages, None where nothing was measured.

    `draws` are the scores of all draws it was chosen from, `reworded` how many phrases it says another way.
    """

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
    preset: str
    version: int | None
    seed: int | None
    parts: list[Share]
    prompt_tokens: int | None
    reply_tokens: int | None
    in_character: int | None
    is_second_try: bool
    draws: list[int | None]
    reworded: int
    timings: list[Timing]
    asked: list[Asked]


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
        preset=message.preset,
        version=message.version.number if message.version is not None else None,
        seed=message.seed,
        parts=_parts(_of(prompt, "parts")),
        prompt_tokens=tokens.get("prompt") or prompt.get("tokens_estimated"),
        reply_tokens=tokens.get("completion"),
        in_character=None if message.ooc_score is None else 100 - (_percent(message.ooc_score) or 0),
        is_second_try=bool(judged.get("replaced")),
        draws=[_percent(row.get("total")) for row in _rows(trace, "best_of")],
        reworded=len(_rows(_of(trace, "colloquial"), "changes")),
        timings=_timings(_of(trace, "timings_ms")),
        asked=_asked(_rows(trace, "models")),
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
    back, roll = row.get("message"), row.get("roll")
    return Lore(
        name=str(row.get("name") or ""),
        key=str(row.get("key") or ""),
        kept=bool(row.get("kept")),
        reason=_reason(str(row.get("reason") or "")),
        message=back if isinstance(back, int) and back >= 0 else None,
        roll=round(_number(roll)) if isinstance(roll, int | float) and roll >= 0 else None,
        tokens=round(_number(row.get("tokens"))),
        round=round(_number(row.get("round"))),
    )


def _reason(code: str) -> Promise | str:
    try:
        return REASONS[Reason(code)]
    except (KeyError, ValueError):
        return ""


def _parts(counted: Mapping[str, Any]) -> list[Share]:
    """Return what each kind of text took of the prompt, in its order; the frame around the messages is no text."""
    found: dict[Promise | str, int] = {}
    for name, tokens in counted.items():
        if name in _PARTS:
            found[_PARTS[name]] = found.get(_PARTS[name], 0) + round(_number(tokens))
    if not found:
        return []
    return [*(Share(name, tokens) for name, tokens in found.items()), Share(_STAGES["all"], sum(found.values()))]


def _timings(measured: Mapping[str, Any]) -> list[Timing]:
    known = [name for name in _STAGES if name in measured]
    return [Timing(_STAGES[name], round(_number(measured[name]))) for name in known]


def _asked(rows: Sequence[Mapping[str, Any]]) -> list[Asked]:
    """Return who was asked, where that was more than one model that answered at once."""
    if len(rows) < 2 and all(row.get("outcome") in {"answered", "cut"} for row in rows):
        return []
    return [
        Asked(str(row.get("alias") or ""), str(row.get("model") or ""), _OUTCOMES.get(str(row.get("outcome")), ""))
        for row in rows
    ]


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
