"""Draws a face: dicebear renders the head, our garment goes between head and front hair, the canvas becomes 3:4."""

from __future__ import annotations

import copy
import re
from functools import cache, lru_cache
from typing import Any

import resvg_py
from dicebear import Avatar, Style

from characters.avatar import garments
from characters.avatar.catalogue import INK, definition
from characters.avatar.colours import mix
from characters.avatar.face import Face, Garment

# Head space of lorelei is 980 × 980; this window adds shoulders below and air around, 3:4.
VIEW_BOX = "-90 -30 1140 1520"
FACE_BOX = "90 60 830 830"
_METADATA = re.compile(r"<metadata.*?</metadata>|<!--.*?-->", re.DOTALL)
_ROOT = re.compile(r"^<svg [^>]*>")
_BEHIND = '<g id="garment-behind"/>'
_FRONT = '<g id="garment-front"/>'


@cache
def _style() -> Style:
    """Return lorelei with two empty groups around every head, where the garment is put in afterwards."""
    changed = copy.deepcopy(definition())
    for variant in changed["components"]["hair"]["variants"].values():
        elements: list[dict[str, Any]] = variant["elements"]
        head = next(i for i, element in enumerate(elements) if element.get("name") == "head")
        elements.insert(head + 1, _group("garment-front"))
        elements.insert(head, _group("garment-behind"))
    return Style(changed)


def _group(id_: str) -> dict[str, Any]:
    return {"type": "element", "name": "g", "attributes": {"id": id_}}


@lru_cache(maxsize=2048)
def draw(face: Face, garment: Garment | None, accent: str, view_box: str = VIEW_BOX) -> str:
    """Return the SVG document of a face, deterministic for its arguments."""
    svg = Avatar(_style(), _options(face)).to_string()
    body = _ROOT.sub("", _METADATA.sub("", svg), count=1)
    skin = dict(face.colours)["skin_color"]
    behind, front = garments.layers(garment, skin=skin, accent=accent)
    # Hair stands at (76, 3) on the canvas; garments are drawn in canvas space.
    body = body.replace(_BEHIND, f'<g transform="translate(-76 -3)">{behind}</g>' if behind else "", 1)
    body = body.replace(_FRONT, f'<g transform="translate(-76 -3)">{front}</g>' if front else "", 1)
    # dicebear clips to its square canvas; shoulders reach beyond it.
    body = re.sub(r'<g clip-path="url\(#clip-[0-9a-f]+\)">', "<g>", body, count=1)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view_box}" fill="none">{body}'


def _options(face: Face) -> dict[str, object]:
    colours = dict(face.colours)
    worn = dict(face.accessories)
    options: dict[str, object] = {
        "seed": "cardia",
        "skinColor": [colours["skin_color"]],
        "hairColor": [colours["hair_color"]],
        "eyesColor": [colours["eye_color"]],
        "mouthColor": [colours["lip_color"]],
        "outlineColor": [INK],
        "noseColor": [INK],
        "eyebrowsColor": [INK],
        "frecklesColor": [colours["lip_color"]],
    }
    options.update({f"{part}Variant": [variant] for part, variant in face.parts})
    for name in ("glasses", "earrings", "freckles", "hairAccessories", "beard"):
        options[f"{name}Probability"] = 100 if name in worn else 0
        if name in worn:
            options[f"{name}Variant"] = [worn[name]]
        if name in ("glasses", "earrings", "hairAccessories"):
            options[f"{name}Color"] = [colours["accessory_color"]]
    return options


def rasterise(svg: str, *, accent: str, width: int) -> bytes:
    """Return the portrait as a PNG on the glow of its poster, `width` pixels wide."""
    left, top, across, down = VIEW_BOX.split()
    ground = (
        '<defs><radialGradient id="ground" cx="50%" cy="18%" r="95%">'
        f'<stop offset="0" stop-color="{mix(accent, "#ffffff", 0.12)}"/>'
        f'<stop offset=".65" stop-color="{mix(accent, "#0b0d1a", 0.66)}"/><stop offset="1" stop-color="#0b0d1a"/>'
        f'</radialGradient></defs><rect x="{left}" y="{top}" width="{across}" height="{down}" fill="url(#ground)"/>'
    )
    head, sep, body = svg.partition(">")
    return bytes(resvg_py.svg_to_bytes(svg_string=head + sep + ground + body, width=width))
