"""Pure text questions asked all over the house: script, language, normal form, rough token counts."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f]")
_LETTER = re.compile(r"[^\W\d_]")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")


def han_share(text: str) -> float:
    """Return the share of Han characters among the letters of `text`, 0.0 for none."""
    letters = len(_LETTER.findall(text))
    return len(_HAN.findall(text)) / letters if letters else 0.0


def language_of(text: str, *, default: str = "en") -> str:
    """Return `zh-Hans` or `en` by the share of Han characters; `default` where there are no letters."""
    if not _LETTER.search(text):
        return default
    return "zh-Hans" if han_share(text) >= 0.2 else "en"


def normalise(text: str) -> str:
    """Return NFKC-folded, case-folded text without invisible characters, for matching only, never for showing."""
    return _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold()


def strip_invisible(text: str) -> str:
    """Return `text` without zero-width, direction and soft-hyphen characters."""
    return _INVISIBLE.sub("", text)


@lru_cache(maxsize=4096)
def estimate_tokens(text: str) -> int:
    """Return a rough token count: one for each Han character, one for every four others (never 0 for text).

    Kept: most of a prompt is the same text every turn.
    """
    han = len(_HAN.findall(text))
    return han + -(-(len(text) - han) // 4) if text else 0
