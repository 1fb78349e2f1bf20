"""What a face can be made of: the parts of dicebear's `lorelei` with their variants, our garments, the palettes.

`lorelei` is a remix of "Lorelei" by Lisa Wischofsky, CC0 1.0. Pure: no Django.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from typing import Any

# The seven parts of the builder, in the order it asks for them, and the accessories.
PARTS = ("head", "hair", "eyes", "eyebrows", "nose", "mouth")
ACCESSORIES = ("glasses", "earrings", "freckles", "hairAccessories", "beard")
COLOURS = ("skin_color", "hair_color", "eye_color", "lip_color", "accessory_color")
EXPRESSIONS = ("neutral", "joy", "sadness", "anger", "fear", "surprise", "disgust")
# A mood moves eyes, brows and mouth; hair and nose stay who they are.
MOVING = ("eyes", "eyebrows", "mouth")

GARMENTS = ("hanfu", "cloak", "coat", "cardigan", "hoodie", "sweater", "shirt", "dress", "apron", "scarf")

HEX = re.compile(r"#[0-9a-fA-F]{6}")
INK = "#1a1426"

DEFAULTS = {
    "head": "variant01",
    "hair": "variant11",
    "eyes": "variant05",
    "eyebrows": "variant10",
    "nose": "variant02",
    "mouth": "happy04",
    "skin_color": "#f6dccb",
    "hair_color": "#3b2a5c",
    "eye_color": INK,
    "lip_color": "#7d2638",
    "accessory_color": "#3d3348",
}
# Expressions of a face that names none of its own.
DEFAULT_EXPRESSIONS: dict[str, dict[str, str]] = {
    "neutral": {},
    "joy": {"eyes": "variant09", "eyebrows": "variant09", "mouth": "happy16"},
    "sadness": {"eyes": "variant19", "eyebrows": "variant01", "mouth": "sad03"},
    "anger": {"eyes": "variant12", "eyebrows": "variant13", "mouth": "sad05"},
    "fear": {"eyes": "variant02", "eyebrows": "variant01", "mouth": "sad07"},
    "surprise": {"eyes": "variant02", "eyebrows": "variant09", "mouth": "sad02"},
    "disgust": {"eyes": "variant14", "eyebrows": "variant05", "mouth": "sad09"},
}
SKINS = ("#fbe7da", "#f6dccb", "#f2d6c4", "#e8bf9f", "#d9a47e", "#b97f58", "#8d5a3c", "#5f3a26")
HAIRS = ("#1d2436", "#15161f", "#3a2318", "#6b1f3a", "#3b2a5c", "#123f45", "#8a5a34", "#c9a15f", "#b9b4c6", "#7d3b2c")
CLOTHS = ("#2b3550", "#15161f", "#6b2436", "#3d5a4c", "#8a6bb8", "#c9d6e2", "#d9b48a", "#a8483c", "#41567a", "#e9e2d4")


@cache
def definition() -> dict[str, Any]:
    """Return the style's definition as its package ships it."""
    text = resources.files("dicebear_styles").joinpath("lorelei.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def variants(part: str) -> tuple[str, ...]:
    """Return the variants of a part or an accessory, in the style's order; empty for an unknown part."""
    if part not in PARTS and part not in ACCESSORIES:
        return ()
    return tuple(definition()["components"][part]["variants"])
