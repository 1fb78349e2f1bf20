"""Search tokens of Chinese and English text, the same for every database. Pure.

Chinese is indexed as words (rjieba) and as pairs of neighbouring characters, so that a two-character query
finds its text however the sentence around it was cut. English words are folded and lightly stemmed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import rjieba

_RUN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f]+|[^\W_]+")
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0002fa1f]")
# Words that say nothing about what is sought.
_STOP = frozenset(
    ("的", "了", "在", "是", "和", "与", "或", "也", "都", "就", "一个", "一位", "一只", "会")
    + ("the", "a", "an", "of", "to", "in", "and", "or", "with", "is", "for")
)
QUERY_TERMS = 8
_TEXT_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class Term:
    """What must occur: all of `tokens`; the last one may go on when `is_prefix`."""

    tokens: tuple[str, ...]
    is_prefix: bool = False


def fold(text: str) -> str:
    """Return `text` NFKC-folded, case-folded and without accents."""
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if not unicodedata.combining(c)))


def index_tokens(text: str) -> str:
    """Return the space-separated tokens of `text` for the index, in order, at most 20,000 characters deep."""
    return " ".join(_tokens(fold(text)[:_TEXT_CHARS]))


def _tokens(text: str) -> Iterator[str]:
    for run in _RUN.findall(text):
        if not _HAN.match(run):
            yield stem(run)
            continue
        words = rjieba.cut_for_search(run)
        pairs = [run[i : i + 2] for i in range(len(run) - 1)]
        yield from dict.fromkeys((*words, *pairs))


def query_terms(text: str) -> list[Term]:
    """Return what a query asks for, at most 8 terms; empty when it asks for nothing."""
    terms: list[Term] = []
    for run in _RUN.findall(fold(text)[:200]):
        if _HAN.match(run):
            terms.extend(_han_terms(run))
        elif run not in _STOP:
            terms.append(Term((stem(run),), is_prefix=True))
    if not terms:  # nothing but stop words: take them at their word
        terms = [Term((run,), is_prefix=True) for run in _RUN.findall(fold(text)[:200])]
    return list(dict.fromkeys(terms))[:QUERY_TERMS]


def _han_terms(run: str) -> Iterator[Term]:
    for word in rjieba.cut(run):
        if word in _STOP and word != run:
            continue
        if len(word) == 1:
            yield Term((word,), is_prefix=True)
        else:
            yield Term(tuple(word[i : i + 2] for i in range(len(word) - 1)))


def stem(word: str) -> str:
    """Return an English word without its commonest endings: stories → story, baking and baked → bak."""
    if not word.isascii() or len(word) < 4:
        return word
    for ending, instead, least in (("ies", "y", 2), ("sses", "ss", 1), ("ing", "", 3), ("ed", "", 3)):
        if word.endswith(ending) and len(word) - len(ending) >= least:
            return word[: -len(ending)] + instead
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    return word[:-1] if word.endswith("e") and len(word) > 4 else word
