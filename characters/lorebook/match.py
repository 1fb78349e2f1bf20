"""Does a text name a key? Chinese, Japanese and Korean match anywhere, other scripts only as whole words.

Every search is a plain substring search, so no text and no key can make it slow.
"""

from __future__ import annotations

import re

_CJK = re.compile(r"[\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")


def names(text: str, key: str) -> bool:
    """Whether `text` contains `key`; both already folded the same way. An empty key names nothing."""
    if not key:
        return False
    if _CJK.search(key):
        return key in text
    start = text.find(key)
    while start != -1:
        if _is_whole(text, key, start):
            return True
        start = text.find(key, start + 1)
    return False


def _is_whole(text: str, key: str, start: int) -> bool:
    end = start + len(key)
    before = text[start - 1] if start else ""
    after = text[end] if end < len(text) else ""
    return not (_joins(before) and _joins(key[0])) and not (_joins(key[-1]) and _joins(after))


def _joins(character: str) -> bool:
    """Whether a character belongs to a word that would go on; CJK neighbours do not."""
    return bool(character) and (character.isalnum() or character == "_") and not _CJK.match(character)
