"""How many cards with a picture one core imports in a second: read, checked, re-encoded, stored, in the database."""

from __future__ import annotations

import base64
import io
import json
import struct
import time
import zlib

from django.core.management import call_command
from django.utils.translation import override
from PIL import Image, ImageChops

import bench.empty  # noqa: F401 - starts Django, before any app is imported

# isort: split
from accounts.models import User
from characters import services

CARDS = 120
SIZE = (400, 600)  # what the public cards measure
ENTRIES = 12


def run() -> dict[str, dict[str, object]]:
    """Import `CARDS` different V2 PNG cards into an empty SQLite database, one after the other."""
    call_command("migrate", verbosity=0)
    owner = User.objects.create(email="bench@bench.example", display_name="Bench")
    files = [card_png(number) for number in range(CARDS + 1)]
    with override("en"):
        services.import_file(owner, "warm.png", files.pop(), limit=None)
        wall, cpu = time.perf_counter(), time.process_time()
        for number, data in enumerate(files):
            services.import_file(owner, f"{number}.png", data, limit=None)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    weight = sum(map(len, files)) // CARDS // 1024
    detail = (
        f"{CARDS} PNG cards of {SIZE[0]}×{SIZE[1]} px, {weight} KiB, by the CPU one core spends: "
        f"{cpu / CARDS * 1000:.1f} ms a card; {CARDS / wall:.0f} a second by the clock"
    )
    return {"card_import_per_s": {"value": round(CARDS / cpu, 1), "unit": "cards/s", "detail": detail}}


def card_png(number: int) -> bytes:
    """Return a V2 card with a lorebook in a picture that packs as badly as a painting does."""
    out = io.BytesIO()
    picture(number).save(out, "PNG")
    png = out.getvalue()
    payload = b"chara\0" + base64.b64encode(json.dumps(card(number)).encode())
    chunk = struct.pack(">I", len(payload)) + b"tEXt" + payload + struct.pack(">I", zlib.crc32(b"tEXt" + payload))
    return png[:33] + chunk + png[33:]


def picture(number: int) -> Image.Image:
    bands = [
        ImageChops.add(Image.radial_gradient("L").resize(SIZE), Image.effect_noise(SIZE, 12), 2, offset)
        for offset in (number % 40, 20, 40)
    ]
    return Image.merge("RGBA", [*bands, Image.new("L", SIZE, 255)])


def card(number: int) -> dict[str, object]:
    text = f"Number {number} counts the ships that come home, and writes down those that do not. " * 20
    entries = [
        {"keys": [f"lamp {entry}", f"灯{entry}"], "content": text[:600], "extensions": {}, "enabled": True}
        | {"insertion_order": entry}
        for entry in range(ENTRIES)
    ]
    data = {"name": f"Keeper {number}", "description": text, "personality": text[:400], "first_mes": text[:500]}
    data |= {"scenario": "", "mes_example": "<START>\n{{user}}: Hello.\n{{char}}: Mind the step.", "tags": ["sea"]}
    data |= {"character_book": {"entries": entries, "extensions": {}}, "extensions": {"talkativeness": "0.5"}}
    return {"spec": "chara_card_v2", "spec_version": "2.0", "data": data}
