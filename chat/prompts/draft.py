"""What the fan could say next: the chat turned round, so that the model speaks for the fan. Pure.

The fan's lines are the model's own and the character's are what it answers, so the chat itself shows how the fan
speaks. Nothing of the card is in it but what a fan is shown anyway: name, description, scenario.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from characters.cards.examples import Exchange
from characters.macros import expand
from chat.given import Cast, Line
from chat.prompts.budget import essence, fit_history
from chat.prompts.escape import plain
from chat.prompts.newest import directed
from chat.prompts.prompt import Limits, Part, joined, part
from chat.prompts.reply import Trimmer, tidied
from chat.prompts.words import say
from companion_site.core.text import estimate_tokens, language_of
from companion_site.providers.base import ChatMessage, Role, Sampling

_ROLES: dict[str, Role] = {"fan": "assistant", "character": "user", "director": "system"}
_ABOUT_TOKENS = 160
_HISTORY_TOKENS = 2400
# How the fan speaks is told from these many of their newest lines, or from the card's examples where there are fewer.
_OWN_LINES = 6
_FEW = 3
_USUAL_CHARS = {"zh-Hans": 24, "en": 60}
_SHORTEST, _LONGEST = 8, 280
_QUOTES = {"“": "”", '"': '"', "「": "」", "『": "』", "‘": "’"}
# Longer than this share of its room, a line was cut off by it.
_CUT_FROM = 0.85
_WARMTH = (0.85, 1.0)


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything it takes to draw a line for the fan. `tokens` bounds it, `seed` is that of the first try."""

    messages: tuple[ChatMessage, ...]
    fan: str
    stop: tuple[str, ...]
    tokens: int
    seed: int
    is_chinese: bool

    def sampling(self, *, retry: int = 0) -> Sampling:
        """Return how to draw it; a second try is drawn warmer, from another seed."""
        return Sampling(
            temperature=_WARMTH[min(retry, 1)],
            top_p=0.95,
            max_tokens=self.tokens,
            stop=self.stop,
            seed=self.seed + retry,
        )


def draft_of(cast: Cast, history: Sequence[Line], limits: Limits, *, seed: int) -> Draft:
    """Return the draft of the fan's next line after `history`, in their language and about as long as their lines."""
    own = [line.text for line in history if line.role == "fan"][-_OWN_LINES:]
    language = language_of(" ".join(own), default="zh-Hans" if cast.sheet.is_chinese else "en")
    chars = _usual_length(own, language)
    fan, char = plain(cast.fan_name), plain(cast.sheet.char)
    chat = _chat(cast, history, limits)
    if len(own) < _FEW and limits.pins_examples:
        chat = [*_examples(cast), *chat]
    rows = [part("main", "system", _who(cast, limits)), *chat]
    ask = part("note", "system", say(cast, f"draft_{language[:2]}", str(chars)))
    # A small model answers the last message, so what is asked of it stands before that.
    at = len(rows) - 1 if not limits.has_rules and rows[-1].role == "user" else len(rows)
    rows.insert(at, ask)
    return Draft(
        messages=joined(rows),
        fan=fan,
        stop=(f"\n{char}:", f"\n{char}：", f"\n{fan}:", "\n\n"),  # noqa: RUF001 - the full-width colon is meant
        tokens=max(24, min(220, 2 * (chars if language == "zh-Hans" else chars // 4) + 16)),
        seed=seed,
        is_chinese=language == "zh-Hans",
    )


def drafted(draft: Draft, text: str) -> str:
    """Return a model's text as a line the fan could say: no name, no quotes around it, whole sentences."""
    trimmer = Trimmer(name=draft.fan, stop=draft.stop)
    said = (trimmer.feed(text.lstrip()) + trimmer.finish()).strip()
    if len(said) > 1 and _QUOTES.get(said[0]) == said[-1] and said[-1] not in said[1:-1]:
        said = said[1:-1].strip()
    is_cut = estimate_tokens(said) >= draft.tokens * _CUT_FROM
    return tidied(said, finish_reason="length" if is_cut else "stop", is_chinese=draft.is_chinese).strip()


def _usual_length(own: Sequence[str], language: str) -> int:
    if not own:
        return _USUAL_CHARS[language]
    return max(_SHORTEST, min(_LONGEST, sum(len(text) for text in own) // len(own)))


def _who(cast: Cast, limits: Limits) -> str:
    sheet = cast.sheet
    told = [say(cast, "draft_who")]
    if cast.fan_description:
        told.append(say(cast, "persona", essence(plain(cast.fan_description), tokens=_ABOUT_TOKENS)))
    if limits.has_rules:
        named = partial(expand, char=sheet.char, user=cast.fan_name)
        description = essence(plain(named(sheet.texts.description)), tokens=_ABOUT_TOKENS)
        scenario = essence(plain(named(sheet.texts.scenario)), tokens=_ABOUT_TOKENS)
        told += [say(cast, "draft_other", description)] if description else []
        told += [say(cast, "scenario", scenario)] if scenario else []
        told.append(say(cast, "draft_rules"))
    return "\n".join(text for text in told if text)


def _chat(cast: Cast, history: Sequence[Line], limits: Limits) -> list[Part]:
    kept = fit_history(
        history,
        tokens=min(limits.history, _HISTORY_TOKENS),
        step=1,
        longest=limits.longest,
        directed=partial(directed, cast),
    )
    return [Part("chatHistory", _ROLES[line.role], text, cost) for line, text, cost in kept]


def _examples(cast: Cast) -> list[Part]:
    """Return the card's first exchanges, for a model that has seen too little of the fan."""
    whole: list[Exchange] = [found for found in cast.sheet.exchanges if found.fan and found.character][:_FEW]
    named = partial(expand, char=cast.sheet.char, user=cast.fan_name)
    parts: list[Part] = []
    for exchange in whole:
        parts.append(part("exampleTurns", "assistant", plain(named(exchange.fan))))
        parts.append(part("exampleTurns", "user", plain(named(exchange.character))))
    return parts
