"""Fits text into token budgets: whole sentences, whole messages, never half a thought. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from chat.given import Line
from chat.prompts.escape import plain
from chat.prompts.examples import likeness
from chat.prompts.prompt import weight
from companion_site.core.text import estimate_tokens

_SENTENCE = re.compile(r".+?(?:[。！？!?…]+[」』”\"*]*|(?<=[a-z)\"”])\.(?=\s|$)[\"”]?|\n|$)\s*", re.DOTALL)  # noqa: RUF001
# With fewer tokens than this, half a sentence says less than none.
_FAIR = 30


def sentences(text: str) -> list[str]:
    """Return the sentences of a Chinese or English text, joined they are the text."""
    return [part for part in _SENTENCE.findall(text) if part]


@lru_cache(maxsize=2048)
def essence(text: str, *, tokens: int) -> str:
    """Return as many whole sentences from the front as fit.

    A first sentence too long for a fair budget is cut at its end; for a tiny one there is nothing to say.
    """
    text = " ".join(text.split())
    kept = ""
    for sentence in sentences(text):
        if estimate_tokens(kept + sentence) > tokens:
            break
        kept += sentence
    if not kept and tokens >= _FAIR:
        return cut(text, tokens=tokens)
    return kept.strip()


def telling(text: str, message: str, *, tokens: int) -> str:
    """Return the sentences of `text` that fit, those first that have most to do with `message`, in their own order.

    A text that fits as a whole is returned as a whole; "" where not one sentence fits.
    """
    text = " ".join(text.split())
    if estimate_tokens(text) <= tokens:
        return text
    parts = sentences(text)
    chosen: set[int] = set()
    for index in sorted(range(len(parts)), key=lambda i: (-likeness(message, parts[i]), i)):
        if estimate_tokens("".join(parts[i] for i in (*chosen, index))) <= tokens:
            chosen.add(index)
    return "".join(parts[i] for i in sorted(chosen)).strip()


def cut(text: str, *, tokens: int) -> str:
    """Return the front of `text` within the budget, with an ellipsis where something is missing."""
    if estimate_tokens(text) <= tokens:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if estimate_tokens(text[:middle]) < tokens:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…"


@lru_cache(maxsize=8192)
def spoken(text: str, tokens: int) -> tuple[str, int]:
    """Return a message as it stands in a prompt, cut to `tokens`, and what it costs. Kept: a chat says it each turn."""
    text = cut(plain(text), tokens=tokens)
    return text, weight(text)


def fit_history(
    history: Sequence[Line],
    *,
    tokens: int,
    step: int,
    longest: int,
    directed: Callable[[str, int], tuple[str, int]] = spoken,
    is_greeted: bool = True,
) -> list[tuple[Line, str, int]]:
    """Return the newest messages that fit, oldest first, each with its text and tokens as they stand in the prompt.

    Goes from the newest to the first that does not fit, so the length of a chat costs nothing. A window that no
    longer reaches the beginning starts only at every `step`-th message of the branch, with the fan's words, so that
    between two jumps the prompt grows at its end and the model's prefix cache holds. One message counts at most
    `longest` tokens. `directed` words a stage direction. Without `is_greeted` the greeting stays out.
    """
    kept: list[tuple[Line, str, int]] = []
    reaches_back = True
    for line in reversed(history):
        if line.depth == 0 and not is_greeted:
            continue
        text, cost = (directed if line.role == "director" else spoken)(line.text, longest)
        tokens -= cost
        if tokens < 0:
            reaches_back = False
            break
        kept.append((line, text, cost))
    kept.reverse()
    if reaches_back or step <= 1:
        return kept
    return kept[next((i for i, (line, _, _) in enumerate(kept) if line.depth % step == 1), 0) :]
