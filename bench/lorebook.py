"""How long a lorebook takes: compiling it once, and scanning 60 messages of 80 words for entries of three keys.

The words are made of syllables, so that short keys also lie inside longer words, and one word in a hundred of what is
said is a key: about a third of 1,000 entries wake and fight for the budget, which is harder than a chat is. Besides
the figure for messages never seen before there is that of a chat that goes on, where only the last one is new.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable

from characters.cards.book import LoreBook
from characters.lorebook import CompiledBook, ScanMessage, ScanRequest, ScanSettings, compile_book, scan
from companion_site.core.text import estimate_tokens

MESSAGES, WORDS, KEYS = 60, 80, 3
RUNS = 60
SETTINGS = ScanSettings(depth=MESSAGES)


def _words(draw: random.Random, count: int) -> list[str]:
    found: set[str] = set()
    while len(found) < count:
        syllables = (draw.choice("bcdfghklmnprstvw") + draw.choice("aeiou") for _ in range(draw.randint(2, 4)))
        found.add("".join(syllables))
    return sorted(found)


def _book(draw: random.Random, keys: list[str], entries: int) -> LoreBook:
    return LoreBook.of(
        {
            "entries": [
                {
                    "id": number,
                    "keys": [draw.choice(keys) for _ in range(KEYS)],
                    "content": "About " + " ".join(draw.choice(keys) for _ in range(30)),
                    "insertion_order": number % 100,
                    "extensions": {},
                }
                for number in range(entries)
            ]
        }
    )


def _scan(book: CompiledBook, said: list[str]) -> int:
    messages = [ScanMessage(text, "Mira") for text in said]
    return len(scan([book], ScanRequest(messages, estimate_tokens, settings=SETTINGS)).trace.rows)


def _median_ms(work: Callable[[list[str]], object], said: Callable[[], list[str]], runs: int = RUNS) -> float:
    """Return the median time of `work` in milliseconds; what it is given is made off the clock."""
    taken = []
    for _ in range(runs):
        given = said()
        began = time.perf_counter()
        work(given)
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


def _measure(entries: int) -> tuple[float, float, float]:
    """Return ms to compile, to scan messages never seen before, and to scan when only the last one is new."""
    draw = random.Random(entries)  # noqa: S311
    keys = _words(draw, entries * KEYS)
    spoken = _words(draw, 4000) + draw.sample(keys, 40)

    def message() -> str:
        return " ".join(draw.choice(spoken) for _ in range(WORDS))

    raw = _book(draw, keys, entries)
    compiled = _median_ms(lambda _said: compile_book(raw), list, runs=5)
    book = compile_book(raw)
    past = [message() for _ in range(MESSAGES - 1)]
    _scan(book, past)
    unseen = _median_ms(lambda said: _scan(book, said), lambda: [message() for _ in range(MESSAGES)])
    going_on = _median_ms(lambda said: _scan(book, said), lambda: [*past, message()])
    return compiled, unseen, going_on


def run() -> dict[str, dict[str, object]]:
    """Measure 1,000 and 10,000 entries."""
    out: dict[str, dict[str, object]] = {}
    for entries, name in ((1_000, "1k"), (10_000, "10k")):
        compiled, unseen, going_on = _measure(entries)
        out[f"lorebook_scan_{name}_ms"] = {
            "value": round(unseen, 2),
            "unit": "ms",
            "detail": f"p50 of {RUNS}, {entries} entries compiled, {MESSAGES} messages x {WORDS} words never seen"
            f" before; {going_on:.2f} ms where only the last one is new",
        }
        if name == "10k":
            detail = f"p50 of 5, {entries} entries x {KEYS} keys, from the parsed book"
            out["lorebook_compile_10k_ms"] = {"value": round(compiled, 1), "unit": "ms", "detail": detail}
    return out
