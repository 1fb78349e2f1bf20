"""Pictures people bring: checked before they are decoded, re-encoded always, metadata left behind. No Django."""

from __future__ import annotations

from characters.art.label import AiLabel, label_of, with_png_label
from characters.art.pictures import ART_BYTES, SIZE, Picture, as_kind, as_png, asset, pixels_of, portrait
from characters.art.sniff import Kind, kind_of

__all__ = [
    "ART_BYTES",
    "SIZE",
    "AiLabel",
    "Kind",
    "Picture",
    "as_kind",
    "as_png",
    "asset",
    "kind_of",
    "label_of",
    "pixels_of",
    "portrait",
    "with_png_label",
]
