"""What it takes to make a prompt: from a given turn to the rendered messages, lorebook scan included, warm.

A demo card with its book grown to 120 entries, a chat of 100, 1,000 and 10,000 messages of some thirty words, each
turn another message, so that only what really stays is found in a cache.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from time import perf_counter

import bench.empty  # noqa: F401 - starts Django, before any app is imported

# isort: split
from characters.cards.examples import Exchange, render
from characters.cards.schema import CharacterCard, blank
from characters.lorebook import ScanSettings
from chat import sheets
from chat.given import Cast, Line, Moment, Past, Play
from chat.prompts.assemble import assemble
from chat.prompts.limits import PRESETS

LENGTHS = (100, 1_000, 10_000)
TURNS = 120
ENTRIES = 120
# A thousand words of a made-up tongue: about eight of the book's keys are said in the messages that are scanned.
_WORDS = [
    a + b + c
    for a in "klmnrstvbd"
    for b in ("a", "e", "i", "o", "u", "an", "el", "or", "im", "ush")
    for c in "aeioulnrst"
]


def run() -> dict[str, dict[str, object]]:
    """Measure; return the entries of `bench/results.json`."""
    times = {length: _times(length) for length in LENGTHS}
    told = ", ".join(f"{length:,}: {_percentile(found, 50):.2f}" for length, found in times.items())
    middle = times[1_000]
    detail = (
        f"p50 at 1,000 messages, p95 {_percentile(middle, 95):.2f}; p50 by length {told}; "
        f"{ENTRIES} entries, preset default"
    )
    return {"prompt_assembly_ms": {"value": round(_percentile(middle, 50), 3), "unit": "ms", "detail": detail}}


def _percentile(values: list[float], percent: int) -> float:
    return quantiles(sorted(values), n=100)[percent - 1]


def _times(length: int) -> list[float]:
    """Return the milliseconds of each turn of a chat that begins with `length` messages."""
    chance = random.Random(length)  # noqa: S311 - a chat to measure with
    sheet = sheets.sheet_of(_card(chance), key="bench")
    history = [Line("character" if n % 2 == 0 else "fan", _words(chance, 30), depth=n) for n in range(length)]
    now = datetime(2026, 11, 20, 21, 30, tzinfo=UTC)
    past = Past(length=length)
    times = []
    for turn in range(TURNS + 10):
        message = _words(chance, 20)
        play = Play(
            Cast(sheet, "Sam", "A night nurse."),
            message,
            tuple(history),
            books=(sheet.book,) if sheet.book is not None else (),
            past=past,
        )
        moment = Moment(now + timedelta(minutes=turn), seed=turn + 1, chat_seed=1, memories=("yesterday, tired",))
        began = perf_counter()
        made = assemble(play, moment, PRESETS["default"], ScanSettings(depth=4))
        times.append((perf_counter() - began) * 1000)
        depth = length + 2 * turn
        history += [Line("fan", message, depth=depth), Line("character", _words(chance, 30), depth=depth + 1)]
        past = Past(made.state.get("lore", {}), {}, 0, depth + 2, depth // 2)
    return times[10:]


def _words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choices(_WORDS, k=count)).capitalize() + f" {chance.randrange(10**6)}."


def _card(chance: random.Random) -> CharacterCard:
    """Return a card as long as a good one is, with every field of a prompt."""
    entries = [
        {
            "keys": [a, b],
            "content": f"{{{{char}}}} knows of the {a}: {_words(chance, 40)}",
            "extensions": {"position": (0, 1, 4)[n % 3], "depth": 4, "probability": 100 if n % 5 else 60},
            "enabled": True,
            "insertion_order": n,
            "use_regex": False,
            "constant": n == 0,
            "name": f"entry {n}",
        }
        for n, (a, b) in enumerate((chance.choice(_WORDS), chance.choice(_WORDS)) for _ in range(ENTRIES))
    ]
    exchanges = [Exchange(_words(chance, 8), _words(chance, 20)) for _ in range(12)]
    return blank("Mira").with_changes(
        description=" ".join(_words(chance, 12) for _ in range(20)),
        personality=" ".join(_words(chance, 12) for _ in range(8)),
        scenario=f"{{{{user}}}} comes in. {_words(chance, 20)}",
        system_prompt="{{original}} Stay close to the card.",
        post_history_instructions="Answer {{user}} briefly. It is {{time}}.",
        mes_example=render(exchanges),
        character_book={"extensions": {}, "entries": entries},
        extensions={"depth_prompt": {"prompt": "{{char}} is awake.", "depth": 4, "role": "system"}},
    )
