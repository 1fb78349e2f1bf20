"""Re-encodes pictures: portraits of one shape, assets of any, each with its AI label and without other metadata."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from characters.art.label import KEYWORD, XMP_KEYWORD, AiLabel, label_of
from characters.art.sniff import DECODED, Kind, kind_of, webp_size
from characters.cards import limits
from characters.cards.errors import CardRefused, Refusal

ART_BYTES: Final = 8 * 1024 * 1024
SIZE: Final = (768, 1024)  # 3:4, the poster
PORTRAIT_KINDS: Final = frozenset({Kind.PNG, Kind.JPEG, Kind.WEBP})
# Alpha above this is invisible, and many programs write such pictures; they need no alpha channel.
_OPAQUE: Final = 250
# Cameras and drawing programs write ten or so.
_JPEG_SCANS: Final = 64
_QUALITY: Final = 90
# A picture this little larger than its target is cut, not resampled: sharper, and a third of the time.
_SAME_SIZE: Final = 1.02
# Deflate's level 3 is within 4 % of level 9 for pictures and five times as fast.
_PNG_LEVEL: Final = 3


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of our own encoding. `is_animated`: the file moved; only its first frame is here."""

    content: bytes
    kind: Kind
    label: AiLabel | None = None
    is_animated: bool = False


def portrait(data: bytes) -> Picture:
    """Return `data` as a clean portrait, 3:4, at most 768 × 1024; raise `CardRefused` where it is no good picture.

    Size and kind are read from the header before a single pixel is decoded; of an animation the first frame
    is taken; EXIF, text and colour profiles do not survive, the AI label does. Opaque pictures become JPEG
    (ten times as fast to write as WebP), others WebP.
    """
    return _recode(data, "art", PORTRAIT_KINDS, _portrait)


def asset(data: bytes, *, path: str) -> Picture:
    """Return a picture of an archive, re-encoded in its own kind and size; raise `CardRefused` naming `path`."""
    return _recode(data, path, DECODED, _whole)


def pixels_of(data: bytes, *, path: str) -> int:
    """Return how many pixels a picture claims to have, from its header alone; raise `CardRefused` as `asset` does."""
    with _opened(data, path, DECODED) as opened:
        return opened.width * opened.height


def _recode(
    data: bytes, path: str, kinds: frozenset[Kind], shape: Callable[[Image.Image], tuple[Image.Image, Kind]]
) -> Picture:
    with _opened(data, path, kinds) as opened:
        label = label_of(data)
        is_animated = bool(getattr(opened, "is_animated", False))
        clean, kind = shape(opened)
        return Picture(_encode(clean, kind, label), kind, label, is_animated)


@contextmanager
def _opened(data: bytes, path: str, kinds: frozenset[Kind]) -> Iterator[Image.Image]:
    """Open a picture whose header is within the limits; whatever Pillow says of it becomes a refusal."""
    kind = _checked_kind(data, path, kinds)
    try:
        with Image.open(io.BytesIO(data), formats=[kind.name]) as opened:
            _check_size(opened.size, path)
            yield opened
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        OSError,
        EOFError,
        ValueError,  # Pillow's text-chunk limits
        SyntaxError,  # and its broken-PNG error
        struct.error,
    ) as exc:
        raise CardRefused(Refusal.BAD_IMAGE, path) from exc


def _checked_kind(data: bytes, path: str, kinds: frozenset[Kind]) -> Kind:
    if len(data) > limits.FILE_BYTES:
        raise CardRefused(Refusal.FILE_TOO_LARGE, path, limit_kib=limits.FILE_BYTES // 1024)
    kind = kind_of(data)
    if kind is Kind.SVG:
        raise CardRefused(Refusal.SVG, path)
    # A progressive JPEG may ask for one pass over the whole picture after another, thousands of them.
    if kind not in kinds or (kind is Kind.JPEG and data.count(b"\xff\xda") > _JPEG_SCANS):
        raise CardRefused(Refusal.BAD_IMAGE, path)
    if kind is Kind.WEBP:
        _check_size(webp_size(data) or (0, 0), path)
    return kind


def _check_size(size: tuple[int, int], path: str) -> None:
    width, height = size
    if max(width, height) > limits.IMAGE_SIDE or width * height > limits.IMAGE_PIXELS:
        raise CardRefused(Refusal.IMAGE_TOO_LARGE, path, width=width, height=height, side=limits.IMAGE_SIDE)
    if min(width, height) < 1:
        raise CardRefused(Refusal.BAD_IMAGE, path)


def _portrait(opened: Image.Image) -> tuple[Image.Image, Kind]:
    opened.draft("RGB", (SIZE[0] * 2, SIZE[1] * 2))  # JPEG only: decodes straight to half, a quarter or an eighth
    clean = _clean(opened)
    width, height = _target(clean.size)
    scale = min(clean.width / width, clean.height / height)
    scale = 1 if scale < _SAME_SIZE else scale
    cut_width, cut_height = width * scale, height * scale
    left = (clean.width - cut_width) * 0.5
    top = (clean.height - cut_height) * 0.2  # faces are in the upper half: cut from the bottom rather than the top
    if scale == 1:
        shaped = clean.crop((int(left), int(top), int(left) + width, int(top) + height))
    else:
        box = (left, top, left + cut_width, top + cut_height)
        shaped = clean.resize((width, height), Image.Resampling.LANCZOS, box=box, reducing_gap=2.0)
    return shaped, Kind.WEBP if shaped.mode == "RGBA" else Kind.JPEG


def _whole(opened: Image.Image) -> tuple[Image.Image, Kind]:
    kind = Kind[opened.format or ""]
    clean = _clean(opened)
    return _as_mode(clean, "RGB") if kind is Kind.JPEG else clean, kind


def _clean(opened: Image.Image) -> Image.Image:
    """Return the first frame upright, as RGB, or RGBA where one can see through."""
    opened.seek(0)
    opened.load()
    ImageOps.exif_transpose(opened, in_place=True)
    if not opened.has_transparency_data:
        return _as_mode(opened, "RGB")
    clean = _as_mode(opened, "RGBA")
    lowest = clean.getchannel("A").getextrema()[0]
    return clean.convert("RGB") if isinstance(lowest, int | float) and lowest >= _OPAQUE else clean


def _as_mode(picture: Image.Image, mode: str) -> Image.Image:
    # Pillow's `convert` copies a picture that has the mode already: 64 MB of the largest we take.
    return picture if picture.mode == mode else picture.convert(mode)


def _target(size: tuple[int, int]) -> tuple[int, int]:
    """Return the largest 3:4 size within the picture, never more than `SIZE`, never less than 3 × 4."""
    width = min(size[0], size[1] * 3 / 4, SIZE[0])
    unit = max(1, int(width) // 3)
    return unit * 3, unit * 4


def _encode(picture: Image.Image, kind: Kind, label: AiLabel | None) -> bytes:
    # A copy of the pixels alone: what Pillow keeps beside them (profiles, comments, EXIF) it may write out again.
    picture.info = {}
    out = io.BytesIO()
    packet = {"xmp": label.as_xmp()} if label is not None else {}
    if kind is Kind.PNG:
        picture.save(out, "PNG", compress_level=_PNG_LEVEL, pnginfo=_png_info(label))
    elif kind is Kind.WEBP:
        picture.save(out, "WEBP", quality=_QUALITY, method=0, **packet)
    elif kind is Kind.JPEG:
        picture.save(out, "JPEG", quality=_QUALITY, **packet)
    else:
        picture.save(out, "GIF")
    return out.getvalue()


def _png_info(label: AiLabel | None) -> PngInfo | None:
    if label is None:
        return None
    info = PngInfo()
    info.add_itxt(XMP_KEYWORD, label.as_xmp().decode())
    info.add_text(KEYWORD, label.as_json())
    return info


def as_png(stored: bytes) -> bytes:
    """Return a picture of our own encoding as a PNG, the container other programs read cards from."""
    return as_kind(stored, Kind.PNG)


def as_kind(stored: bytes, kind: Kind) -> bytes:
    """Return a picture of our own encoding as another kind, its AI label kept."""
    with Image.open(io.BytesIO(stored), formats=[one.name for one in sorted(DECODED)]) as picture:
        clean = _clean(picture)
        return _encode(_as_mode(clean, "RGB") if kind is Kind.JPEG else clean, kind, label_of(stored))
