"""The refusals of the characters app."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from companion_site.core.exceptions import DomainError, Invalid


class CardUnreadable(Invalid):
    """A file is no card we can take. `reason` and `path` are in `extra`; the path is also the problem's field."""

    code = "card_unreadable"
    title = _("This file could not be read as a card.")
    hint = _("Choose a character card: PNG, WebP, CHARX, JSON or YAML.")


class ArtUnreadable(Invalid):
    """An uploaded picture is broken, too large, or of a kind we do not take."""

    code = "art_unreadable"
    title = _("This picture cannot be used.")
    hint = _("Choose a PNG, JPEG or WebP picture of at most 4096 pixels a side and 8 MB.")


class CardIncomplete(Invalid):
    """A character was submitted before its card is fit for readers. `findings` lists what is missing."""

    code = "card_incomplete"
    title = _("The card is not ready yet.")
    hint = _("The card doctor lists what is missing. Fill it in and submit again.")


class DraftLocked(DomainError):
    """A draft under review cannot be changed."""

    code = "draft_locked"
    status = 409
    title = _("A moderator is reading this draft.")
    hint = _("You can go on editing as soon as it has been decided.")


class TooManyCharacters(DomainError):
    """One account holds as many drafts as it may."""

    code = "too_many_characters"
    status = 409
    title = _("Your studio is full.")
    hint = _("Delete a draft you no longer need, then start a new character.")


class BookRefused(Invalid):
    """A lorebook, or a change to one, holds what no book can. `reason` and `path` are in `extra`."""

    code = "book_refused"
    title = _("The lorebook cannot be kept like this.")
    hint = _("Correct the named place and save again.")


class EntryStale(DomainError):
    """The lorebook entry was changed, moved or removed since the editor saw it."""

    code = "entry_stale"
    status = 409
    title = _("This entry has changed meanwhile.")
    hint = _("It was changed or removed in another tab. Nothing of it was overwritten. Open the lorebook again.")


class TooManyBooks(DomainError):
    """One account holds as many lorebooks as it may."""

    code = "too_many_books"
    status = 409
    title = _("Your shelf of lorebooks is full.")
    hint = _("Delete one you no longer need, then add a new one.")
