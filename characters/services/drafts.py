"""Building a character: drafts are changed field by field under a lock, so two tabs never undo each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from secrets import token_hex
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from billing import services as billing
from characters import art, avatar
from characters.cards.errors import CardRefused
from characters.cards.schema import CharacterCard, blank
from characters.exceptions import ArtUnreadable, DraftLocked, TooManyCharacters
from characters.locks import follow_greetings
from characters.models import Character
from characters.services import counter, listing
from characters.wording import refusal
from companion_site.core.exceptions import Invalid

DRAFTS_AN_OWNER = 200
_DRAFT_COLUMNS = ("card", "art", "updated_at", *listing.LISTED)


def require_room(owner: User, limit: int | None = DRAFTS_AN_OWNER) -> None:
    """Raise `TooManyCharacters` where the studio holds `limit` unpublished drafts already."""
    if limit is not None and Character.objects.owned_by(owner).filter(published__isnull=True).count() >= limit:
        raise TooManyCharacters


@transaction.atomic
def create_character(
    owner: User,
    *,
    name: str = "",
    card: CharacterCard | None = None,
    slug: str = "",
    art_name: str = "",
    limit: int | None = DRAFTS_AN_OWNER,
) -> Character:
    """Start a draft, empty or from a card; raise `TooManyCharacters` when the studio is full.

    An operator's own import passes `limit=None`.
    """
    require_room(owner, limit)
    card = card or blank(name)
    character = Character(owner=owner, card=card.data, envelope=card.envelope, art=art_name)
    listing.describe(character, card, art_name)
    character.slug = slug or listing.free_slug(card.name)
    try:
        with transaction.atomic():
            character.save()
    except IntegrityError:  # somebody took the same name between the look and the insert
        character.slug = listing.free_slug(f"{card.name} {token_hex(3)}")
        character.save()
    return character


def change_draft(character: Character, change: Callable[[Character], None]) -> Character:
    """Apply `change` to the locked row and save the draft; raise `DraftLocked` while it is under review.

    Until the first publication the listing follows the draft, afterwards the published card.
    """
    with transaction.atomic():
        locked = Character.objects.select_for_update().get(pk=character.pk)
        if not locked.is_editable:
            raise DraftLocked
        change(locked)
        if locked.published_id is None:
            listing.describe(locked, locked.draft, locked.art)
        locked.save(update_fields=_DRAFT_COLUMNS)
    for name in _DRAFT_COLUMNS:
        setattr(character, name, getattr(locked, name))
    return character


def update_card(
    character: Character,
    *,
    data: Mapping[str, Any] | None = None,
    cardia: Mapping[str, Any] | None = None,
    entries: list[Any] | None = None,
) -> Character:
    """Change fields of the draft: `data` of the card, `cardia` of our extension, `entries` of the lorebook.

    Fields not named stay as they are, unknown ones included. Raises `DraftLocked`.
    """

    def change(locked: Character) -> None:
        card = locked.draft
        if data:
            card = card.with_changes(**data)
        if cardia:
            card = card.with_cardia(**cardia)
        if entries is not None:
            card = card.with_book_entries(entries)
        locked.card = follow_greetings(locked.draft, card).data

    return change_draft(character, change)


def save_face(
    character: Character,
    *,
    face: Mapping[str, Any],
    expressions: Mapping[str, Any] | None = None,
    garment: Mapping[str, Any] | None = None,
    accent: str | None = None,
) -> Character:
    """Give the draft a face; raise `Invalid` naming the first part that is not on the allow-list."""
    worn = dict(garment) if garment is not None else None
    wrong = [
        *(f"face.{path}" for path in avatar.problems({**face, **({"garment": worn} if worn else {})})),
        *(f"expressions.{path}" for path in avatar.expression_problems(expressions or {})),
    ]
    if wrong:
        raise Invalid(_("This part does not exist. Choose one of those shown."), field=wrong[0])
    changes: dict[str, Any] = {"face": dict(face)}
    if expressions is not None:
        changes["expressions"] = dict(expressions)
    if worn is not None:
        changes["garment"] = worn
    if accent is not None:
        changes["accent"] = accent
    return update_card(character, cardia=changes)


def set_art(character: Character, data: bytes | None) -> Character:
    """Give the draft its own picture (any PNG, JPEG or WebP), or with None go back to the drawn face.

    The picture is re-encoded before it is stored. Raises `ArtUnreadable` or `DraftLocked`.
    """
    name = store_art(data) if data is not None else ""

    def change(locked: Character) -> None:
        locked.art = name

    return change_draft(character, change)


def store_art(data: bytes) -> str:
    """Re-encode a picture and store it under the digest of its content; return its name in the storage."""
    try:
        clean = art.portrait(data)
    except CardRefused as exc:
        raise ArtUnreadable(refusal(exc), field="art", reason=exc.reason.value) from exc
    return keep_art(clean)


def keep_art(picture: art.Picture) -> str:
    """Store a re-encoded portrait; the name says whether AI made it (`listing.is_ai_art`)."""
    mark = listing.AI_MARK if picture.label is not None else ""
    name = f"art/{sha256(picture.content).hexdigest()[:40]}{mark}.{picture.kind.extension}"
    store_once(name, picture.content)
    return name


def store_once(name: str, content: bytes) -> None:
    """Store `content` under a name made of its digest, unless it is there whole."""
    if default_storage.exists(name):
        if default_storage.size(name) == len(content):
            return
        default_storage.delete(name)  # a process was killed while it wrote this
    default_storage.save(name, ContentFile(content))


@transaction.atomic
def delete_draft(character: Character) -> None:
    """Delete a character that was never published, with its storylines; raise `DraftLocked` otherwise.

    Its offers go off sale.
    """
    locked = Character.objects.select_for_update().get(pk=character.pk)
    if locked.published_id is not None or not locked.is_editable:
        raise DraftLocked(_("Only a draft that was never published can be deleted."))
    for storyline in locked.storylines.select_related("offer"):
        billing.set_on_sale(storyline.offer, is_active=False)
    locked.storylines.all().delete()
    counter.withdraw(locked.owner_id, locked.draft)
    try:
        with transaction.atomic():
            locked.delete()
    except ProtectedError:  # a rehearsal points at it: keep the row for its sake, without a word of the card
        locked.card, locked.envelope, locked.files, locked.import_report, locked.art = {}, {}, {}, None, ""
        locked.discarded_at = timezone.now()
        locked.save(update_fields=["card", "envelope", "files", "import_report", "art", "discarded_at", "updated_at"])
