"""Faces without drawing: options in, one deterministic SVG portrait out. Pure: no Django."""

from __future__ import annotations

from collections.abc import Mapping

from characters.avatar.catalogue import EXPRESSIONS, GARMENTS
from characters.avatar.face import Face, Garment, colour, expression_problems, problems
from characters.avatar.render import FACE_BOX, VIEW_BOX, draw, rasterise

ACCENT = "#b48cff"

__all__ = [
    "ACCENT",
    "EXPRESSIONS",
    "GARMENTS",
    "expression_problems",
    "face_svg",
    "portrait_png",
    "portrait_svg",
    "problems",
]


def portrait_svg(
    face: Mapping[str, object],
    *,
    expression: str = "neutral",
    expressions: Mapping[str, object] | None = None,
    garment: Mapping[str, object] | None = None,
    accent: str = ACCENT,
) -> str:
    """Return a 3:4 portrait, head and shoulders on a transparent ground, as an SVG document.

    `garment` defaults to the face's own. Only allow-listed parts and #rrggbb colours are drawn, anything
    else falls back to a default, so the document never carries a reader's text. Equal input, equal output.
    """
    accent = colour(accent, ACCENT)
    worn = Garment.of(garment, accent=accent) or Garment.of(face.get("garment"), accent=accent)
    return draw(Face.of(face).showing(expression, expressions), worn, accent, VIEW_BOX)


def face_svg(face: Mapping[str, object], *, expression: str = "neutral", accent: str = ACCENT) -> str:
    """Return only the head, square, for the tiles of the face builder."""
    return draw(Face.of(face).showing(expression), None, colour(accent, ACCENT), FACE_BOX)


def portrait_png(
    face: Mapping[str, object],
    *,
    expressions: Mapping[str, object] | None = None,
    garment: Mapping[str, object] | None = None,
    accent: str = ACCENT,
    width: int = 768,
) -> bytes:
    """Return the neutral portrait on its poster's glow as a PNG: the picture of an exported card."""
    svg = portrait_svg(face, expressions=expressions, garment=garment, accent=accent)
    return rasterise(svg, accent=colour(accent, ACCENT), width=width)
