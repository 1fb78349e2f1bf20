"""How long a lorebook takes: compiling it once, and scanning 60 messages of 80 words for entries of three keys.

Words and keys are made of syllables; every message names two keys, so that more entries wake than the budget holds.
Besides the figure for messages never seen before there are those of a chat that goes on, where only the last one is
new, and of a crowd, where keys are short enough to lie inside other words and about a third of all entries wake.
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


def _words(draw: random.Random, count: int, sizes: tuple[int, int]) -> list[str]:
    found: set[str] = set()
    while len(found) < count:
        syllables = (draw.choice("bcdfghklmnprstvw") + draw.choice("aeiou") for _ in range(draw.randint(*sizes)))
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


def _measure(entries: int, *, sizes: tuple[int, int]) -> tuple[float, float, float]:
    """Return ms to compile, to scan messages never seen before, and to scan when only the last one is new.

    `sizes` are the least and the most syllables of a key.
    """
    draw = random.Random(entries)  # noqa: S311
    keys = _words(draw, entries * KEYS, sizes)
    spoken = _words(draw, 4000, (2, 4))

    def message() -> str:
        said = [draw.choice(spoken) for _ in range(WORDS - 2)] + [draw.choice(keys) for _ in range(2)]
        return " ".join(draw.sample(said, WORDS))

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
        compiled, unseen, going_on = _measure(entries, sizes=(3, 5))
        crowd = _measure(entries, sizes=(2, 4))[1]
        out[f"lorebook_scan_{name}_ms"] = {
            "value": round(unseen, 2),
            "unit": "ms",
            "detail": f"p50 of {RUNS}, {entries} entries compiled, {MESSAGES} messages x {WORDS} words never seen"
            f" before; {going_on:.2f} ms where only the last one is new; {crowd:.2f} ms where a third of all wake",
        }
        if name == "10k":
            detail = f"p50 of 5, {entries} entries x {KEYS} keys, from the parsed book"
            out["lorebook_compile_10k_ms"] = {"value": round(compiled, 1), "unit": "ms", "detail": detail}
    return out
