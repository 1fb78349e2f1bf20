"""How texts and keys are compared: folding, trimming, and what a whole word is."""

from __future__ import annotations

import re
import unicodedata

# What JavaScript trims, so that a key and a message begin and end where SillyTavern sees them.
_SPACE = "\t\n\x0b\x0c\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(map(chr, range(0x2000, 0x200B)))
_SPACES = re.compile(f"[{_SPACE}]")
# `\w` of JavaScript: everything else, Chinese, Japanese and Korean included, is a boundary.
WORD = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")


def fold(text: str) -> str:
    """Return `text` for comparing without regard to case, width and compatibility forms."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


def trim(text: str) -> str:
    return text.strip(_SPACE)


def is_single(key: str) -> bool:
    """Whether a key is one word; several words are matched as plain text even where whole words are asked for."""
    return _SPACES.search(key) is None


def contains(text: str, key: str, *, whole: bool) -> bool:
    """Whether `text` holds `key` as it is written, as a whole word where `whole`."""
    if not whole:
        return key in text
    size, start = len(key), text.find(key)
    while start != -1:
        end = start + size
        if (start == 0 or text[start - 1] not in WORD) and (end == len(text) or text[end] not in WORD):
            return True
        start = text.find(key, start + 1)
    return False
