"""Pictures people upload: checked before they are decoded, re-encoded always, metadata left behind. No Django."""

from __future__ import annotations

import io
import warnings
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from characters.cards import limits
from characters.cards.errors import CardRefused, Refusal

ART_BYTES: Final = 8 * 1024 * 1024
SIZE: Final = (768, 1024)  # 3:4, the poster
FORMATS: Final = ("PNG", "JPEG", "WEBP")


def portrait(data: bytes) -> bytes:
    """Return `data` as a clean WebP portrait, 3:4, at most 768 × 1024; raise `CardRefused` where it is no good picture.

    Size and kind are read from the header before a single pixel is decoded; of an animation the first frame
    is taken; EXIF, text and colour profiles do not survive.
    """
    if len(data) > limits.FILE_BYTES:
        raise CardRefused(Refusal.FILE_TOO_LARGE, "art", limit_kib=limits.FILE_BYTES // 1024)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _encode(_decode(data), "WEBP")
    except CardRefused:
        raise
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        OSError,
        ValueError,  # Pillow's text-chunk limits
        SyntaxError,  # and its broken-PNG error
    ) as exc:
        raise CardRefused(Refusal.BAD_IMAGE, "art") from exc


def _decode(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
        width, height = picture.size
        if max(width, height) > limits.IMAGE_SIDE or width * height > limits.IMAGE_PIXELS:
            raise CardRefused(Refusal.IMAGE_TOO_LARGE, "art", width=width, height=height, side=limits.IMAGE_SIDE)
        picture.seek(0)
        upright = ImageOps.exif_transpose(picture)
        clean = upright.convert("RGBA" if _has_alpha(upright) else "RGB")
        # Faces are in the upper half: cut from the bottom rather than from the top.
        return ImageOps.fit(clean, _target(clean.size), Image.Resampling.LANCZOS, centering=(0.5, 0.2))


def _has_alpha(picture: Image.Image) -> bool:
    return picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info


def _target(size: tuple[int, int]) -> tuple[int, int]:
    """Return the largest 3:4 size within the picture, never more than `SIZE`, never less than 3 × 4."""
    width = min(size[0], size[1] * 3 / 4, SIZE[0])
    unit = max(1, int(width) // 3)
    return unit * 3, unit * 4


def _encode(picture: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, quality=88, method=4) if kind == "WEBP" else picture.save(out, kind, optimize=True)
    return out.getvalue()


def as_png(webp: bytes) -> bytes:
    """Return our own stored portrait as a PNG, the container other programs read cards from."""
    with Image.open(io.BytesIO(webp), formats=("WEBP", "PNG")) as picture:
        picture.load()
        return _encode(picture, "PNG")
