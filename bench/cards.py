"""How many card files one core reads and validates a second; no database, no picture is decoded."""

from __future__ import annotations

import json
import os
import random
import statistics
import struct
import time
import zlib

from characters.cards.files import dump, load
from characters.cards.schema import CharacterCard, blank

CARDS = 60
ENTRIES = 40
PICTURE_BYTES = 400_000
SECONDS = 3.0
SEED = 20_261
WORDS = ("雪山", "客栈", "炉火", "lantern", "river", "promise", "剑", "winter", "tea", "门", "moon", "harbour")


def run() -> dict[str, dict[str, object]]:
    """Measure; return the entries of `bench/results.json`."""
    draw = random.Random(SEED)  # noqa: S311 - the same cards every time
    files = _files(draw)
    rounds = []
    until = time.process_time() + SECONDS
    while time.process_time() < until:
        started = time.process_time()
        for name, data in files:
            load(name, data)
        rounds.append(len(files) / (time.process_time() - started))
    kib = sum(len(data) for _name, data in files) // len(files) // 1024
    detail = (
        f"{CARDS} cards, {ENTRIES} lorebook entries each, as V3 PNG, V2 PNG, JSON and CHARX, {kib} KiB on average; "
        f"CPU seconds of one core, median of {len(rounds)} rounds; load {os.getloadavg()[0]:.1f}"
    )
    return {"card_parse_per_s": {"value": round(statistics.median(rounds)), "unit": "cards/s", "detail": detail}}


def _files(draw: random.Random) -> list[tuple[str, bytes]]:
    face = _picture(draw)
    return [
        (f"{i}.{file_format}", dump(_card(draw, i), file_format, picture=face, files={}, created=1, modified=2))
        for i in range(CARDS)
        for file_format in ("v3-png", "v2-png", "json", "charx")
    ]


def _card(draw: random.Random, number: int) -> CharacterCard:
    def text(words: int) -> str:
        return " ".join(draw.choices(WORDS, k=words))

    entries = [
        {
            "keys": draw.sample(WORDS, 3),
            "content": text(60),
            "extensions": {"position": 0, "depth": 4, "probability": 100, "selectiveLogic": 0, "display_index": i},
            "enabled": True,
            "insertion_order": i,
            "use_regex": False,
        }
        for i in range(ENTRIES)
    ]
    texts = {name: text(300) for name in ("description", "personality", "scenario", "first_mes", "mes_example")}
    greetings = [text(120) for _ in range(4)]
    book = {"name": "book", "extensions": {}, "entries": entries}
    raw = {**blank(f"Card {number}").data, **texts, "alternate_greetings": greetings, "character_book": book}
    return CharacterCard(json.loads(json.dumps(raw)))


def _picture(draw: random.Random) -> bytes:
    """Return a PNG of 512 × 768 with as many bytes as a portrait has; they are noise, and nobody decodes them."""
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", 512, 768, 8, 2, 0, 0, 0))]
    chunks += [(b"IDAT", draw.randbytes(PICTURE_BYTES // 50)) for _ in range(50)]
    chunks.append((b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(raw)) + kind + raw + struct.pack(">I", zlib.crc32(kind + raw)) for kind, raw in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + body
