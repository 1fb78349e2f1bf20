"""How near lorebook entries are in meaning to what was just said: their vectors, made once and kept.

Vectors are made off the event loop, and a turn never waits long: while a book is still being read, its entries wake
by their keys alone. Texts come from books that are open to the fan already; locked ones are never embedded.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from django.conf import settings
from django.core.cache import cache

from characters.lorebook import CompiledBook
from characters.lorebook.compile import CompiledEntry
from chat.memory import vectors
from companion_site.providers import embedders

logger = logging.getLogger(__name__)

# One book at a time: whoever reads a thousand entries must not keep a fan's own words from being understood.
_pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="chat-lore")
_AT_ONCE = 16
_KEPT_SECONDS = 30 * 24 * 3600
# Longer texts are cut: the encoder hears the beginning best.
_CHARS = 1000
_MOST = 2000
_ready: dict[str, dict[str, tuple[float, ...]]] = {}
_reading: set[str] = set()
_BOOKS = 256
# What a trace keeps, and more than any scan lets in.
_NEAREST = 50


async def similar(
    books: Sequence[CompiledBook], said: Sequence[str], *, seconds: float, at_least: float = 0.0
) -> dict[str, float]:
    """Return the similarity of vectorised entries to the last words, up to 1.0, by entry id; the nearest only."""
    wanted = [book for book in books if entries_of(book)]
    if not wanted:
        return {}
    known: dict[str, tuple[float, ...]] = {}
    for book in wanted:
        known.update(vectors_of(book))
    text = "\n".join(part for part in said if part)[-_CHARS:]
    if not known or not text:
        return {}
    asked = await vectors.embed_within(text, seconds=seconds)
    if not asked:
        return {}
    scores = {uid: round(sum(a * b for a, b in zip(asked, vector, strict=True)), 4) for uid, vector in known.items()}
    nearest = sorted((uid for uid, score in scores.items() if score >= at_least), key=lambda uid: -scores[uid])
    return {uid: scores[uid] for uid in nearest[:_NEAREST]}


def entries_of(book: CompiledBook) -> list[CompiledEntry]:
    """Return the entries that may wake by their meaning."""
    return [entry for entry in book.entries if entry.entry.vectorized and entry.text]


def vectors_of(book: CompiledBook) -> dict[str, tuple[float, ...]]:
    """Return the vectors of a book by entry id; what is not read yet is missing, and being read."""
    name = f"{book.key}:{book.digest.hex()}"
    known = _ready.get(name)
    if known is not None:
        return known
    if settings.CHAT_REPLY_EAGER:
        # No event loop to keep free.
        _read(name, book)
    elif name not in _reading:
        _reading.add(name)
        _pool.submit(_read, name, book).add_done_callback(_note_failure)
    return _ready.get(name, {})


def _read(name: str, book: CompiledBook) -> None:
    """Make the vectors of a book's vectorised entries, or take them from the cache: equal texts are read once."""
    try:
        texts = {entry.id: entry.text[:_CHARS] for entry in entries_of(book)[:_MOST]}
        keys = {uid: _cache_key(text) for uid, text in texts.items()}
        cached = cache.get_many(set(keys.values()))
        missing = sorted({text for uid, text in texts.items() if keys[uid] not in cached})
        for start in range(0, len(missing), _AT_ONCE):
            some = missing[start : start + _AT_ONCE]
            made = embedders["default"].embed(some)
            new = {_cache_key(text): vectors.pack(vector) for text, vector in zip(some, made, strict=True)}
            cache.set_many(new, _KEPT_SECONDS)
            cached.update(new)
        if len(_ready) >= _BOOKS:
            _ready.clear()
        _ready[name] = {uid: vectors.unpack(bytes(cached[key])) for uid, key in keys.items()}
    finally:
        _reading.discard(name)


def _note_failure(reading: Future[None]) -> None:
    if error := reading.exception():
        # The next turn tries again; until then keys wake alone.
        logger.warning("a lorebook could not be read for its meaning: %s", type(error).__name__)


def _cache_key(text: str) -> str:
    backend = str(settings.EMBEDDING_MODELS["default"]["BACKEND"])
    return "lore-vector:" + hashlib.blake2b("\0".join((backend, text)).encode(), digest_size=20).hexdigest()
