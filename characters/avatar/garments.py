"""Clothes we drew ourselves in lorelei's ink-line manner; the drawings are `art/<kind>.svg`.

Coordinates are the head's canvas (980 wide). The neck ends in an ellipse from (277, 838) to (660, 830)
with its lowest point at (470, 910). A drawing has two parts, behind and in front of the head, divided by
`<!-- front -->`; `$ink $skin $color $trim $dark $deep $light $white` are colours, never text.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from string import Template

from characters.avatar.catalogue import INK
from characters.avatar.colours import mix
from characters.avatar.face import Garment

# Light from the upper right in the accent's colour, shade to the lower left: the poster's lamp.
_LIGHT = Template(
    '<defs><linearGradient id="garment-light" gradientUnits="userSpaceOnUse" x1="940" y1="860" x2="60" y2="1560">'
    '<stop offset="0" stop-color="$accent" stop-opacity=".38"/>'
    '<stop offset=".35" stop-color="$accent" stop-opacity="0"/>'
    '<stop offset=".6" stop-color="#06060f" stop-opacity="0"/>'
    '<stop offset="1" stop-color="#06060f" stop-opacity=".4"/></linearGradient></defs>'
)


@cache
def _drawing(kind: str) -> tuple[Template, Template]:
    text = resources.files("characters.avatar").joinpath("art", f"{kind}.svg").read_text(encoding="utf-8")
    behind, _mark, front = re.sub(r"\n\s*", lambda m: " " if len(m[0]) > 1 else "", text).partition("<!-- front -->")
    return Template(behind), Template(front)


def layers(garment: Garment | None, *, skin: str, accent: str) -> tuple[str, str]:
    """Return the SVG (behind the head, in front of it); without a garment a plain dark sweater is worn."""
    worn = garment or Garment("sweater", mix("#232849", accent, 0.15), mix("#333a63", accent, 0.3))
    behind, front = _drawing(worn.kind)
    palette = {
        "ink": INK,
        "skin": skin,
        "accent": accent,
        "color": worn.color,
        "trim": worn.trim,
        "dark": mix(worn.color, "#06060f", 0.38),
        "deep": mix(worn.color, "#14162a", 0.78),
        "light": mix(worn.color, "#fffaf3", 0.62),
        "white": mix("#fbf6ee", worn.trim, 0.1),
    }
    return behind.substitute(palette), _LIGHT.substitute(palette) + front.substitute(palette)
