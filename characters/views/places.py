"""Where a lorebook is edited: one's own shelf, a character's card or a hidden storyline; the only ways to it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.urls import reverse

from characters import entries
from characters.cards import fields
from characters.cards.limits import JsonObject
from characters.entries import Placed
from characters.lorewords import warnings_of
from characters.models import Character, Storyline, WorldBook
from characters.services.books import Holder, book_of
from characters.views import rows
from companion_site.core.exceptions import NotFound

PAGE = 50
_KEYS_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as lists show it."""

    placed: Placed
    title: str
    keys: list[str]
    more_keys: int
    is_on: bool
    is_constant: bool
    is_locked: bool
    excerpt: str
    url: str


@dataclass(frozen=True)
class Place:
    """A book being edited. `name` begins the names of its addresses, `args` are what they take."""

    holder: Holder
    name: str
    args: tuple[UUID, ...]

    @cached_property
    def book(self) -> JsonObject:
        return book_of(self.holder)

    @property
    def title(self) -> str:
        return self.holder.title if isinstance(self.holder, Storyline) else self.holder.name

    @property
    def character(self) -> Character | None:
        holder = self.holder
        return holder if isinstance(holder, Character) else getattr(holder, "character", None)

    @property
    def is_editable(self) -> bool:
        return self.character is None or self.character.is_editable

    @property
    def page(self) -> str:
        return reverse(f"characters:{self.name}", args=self.args)

    @property
    def add_url(self) -> str:
        return self.url("entry-add")

    @property
    def scan_url(self) -> str:
        return self.url("scan")

    @property
    def import_url(self) -> str:
        return self.url("entries-import")

    @property
    def settings_url(self) -> str:
        return self.url("settings")

    def url(self, action: str, *args: Any) -> str:
        return reverse(f"characters:{self.name}-{action}", args=[*self.args, *args])

    def entry(self, ref: str) -> Placed:
        """Return one entry; raise `NotFound`."""
        try:
            return entries.entry_of(self.book, ref)
        except entries.EntryUnknown as exc:
            raise NotFound from exc

    def listing(self, request: HttpRequest) -> dict[str, Any]:
        """Return the page of entries the address asks for: `q` filters, `page` turns."""
        words = request.GET.get("q", "")[:100].replace("\x00", "")
        every = entries.listed(self.book)
        page = Paginator(entries.matching(every, words), PAGE).get_page(request.GET.get("page"))
        query = request.GET.copy()
        query.pop("page", None)
        return {
            "page": page,
            "query": f"{query.urlencode()}&" if query else "",
            "q": words,
            "count": len(every),
            "rows": [self.row(placed) for placed in page],
        }

    def row(self, placed: Placed) -> Row:
        raw = placed.raw
        keys = list(fields.texts(raw, "keys"))
        ours = fields.mapping(fields.mapping(raw, "extensions"), "cardia")
        title = fields.text(raw, "name") or fields.text(raw, "comment") or (keys[0] if keys else "")
        return Row(
            placed=placed,
            title=title[:120],
            keys=[key[:60] for key in keys[:_KEYS_SHOWN]],
            more_keys=max(0, len(keys) - _KEYS_SHOWN),
            is_on=fields.flag(raw, "enabled", default=True),
            is_constant=fields.flag(raw, "constant"),
            is_locked=ours.get("lock") is not None,
            excerpt=fields.text(raw, "content")[:200],
            url=self.url("entry", placed.ref),
        )

    @property
    def warnings(self) -> list[str]:
        """Return what in the book will not do what its writer meant."""
        return warnings_of(self.book)


def place_of(
    request: HttpRequest,
    *,
    book_id: UUID | None = None,
    public_id: UUID | None = None,
    storyline_id: UUID | None = None,
) -> Place:
    """Return the reader's own place of this address, or raise `NotFound`."""
    if book_id is not None:
        return Place(owned_book(request, book_id), "book", (book_id,))
    assert public_id is not None
    if storyline_id is None:
        return Place(rows.owned(request, public_id), "lorebook", (public_id,))
    story = rows.owned_storyline(request, public_id, storyline_id)
    return Place(story, "storyline-lorebook", (public_id, storyline_id))


def owned_book(request: HttpRequest, book_id: UUID) -> WorldBook:
    """Return the reader's own lorebook, or raise `NotFound`."""
    found = WorldBook.objects.owned_by(request.user).filter(public_id=book_id).first()
    if found is None:
        raise NotFound
    return found
