"""Which of a fan's own lorebooks a conversation reads."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from characters.models import WorldBook
from chat.models import Conversation
from companion_site.core.exceptions import Invalid

BOOKS_A_CHAT = 20


def attach_book(conversation: Conversation, book: WorldBook) -> None:
    """Let the conversation read one of its fan's own lorebooks. Safe to repeat. Raises `Invalid`."""
    attached = set(conversation.books.values_list("pk", flat=True)) | {book.pk}
    _check(conversation, [book], len(attached))
    conversation.books.add(book)


def detach_book(conversation: Conversation, book: WorldBook) -> None:
    """Let the conversation read a lorebook no longer. Safe to repeat."""
    conversation.books.remove(book)


@transaction.atomic
def choose_books(conversation: Conversation, books: Iterable[WorldBook]) -> None:
    """Let the conversation read exactly these lorebooks of its fan. Raises `Invalid`, then nothing has changed."""
    chosen = list(books)
    _check(conversation, chosen, len(chosen))
    conversation.books.set(chosen)


def _check(conversation: Conversation, books: Iterable[WorldBook], count: int) -> None:
    if count > BOOKS_A_CHAT or any(book.owner_id != conversation.fan_id for book in books):
        raise Invalid(field="books")
