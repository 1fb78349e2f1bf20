"""The way to the public: submit, publish or send back, take down and restore. The last approved version stays live."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from billing import services as billing
from characters import plot, search, storylines
from characters.exceptions import CardIncomplete, DraftLocked
from characters.linter import Finding, Level, Secret, check
from characters.models import Character, CharacterVersion
from characters.services import counter, listing
from characters.signals import character_published, character_submitted
from characters.wording import finding
from companion_site.core.outbox import promise
from companion_site.core.text import estimate_tokens

Status = Character.Status
_PUBLISHED = (
    *listing.LISTED,
    *("published", "published_at", "status", "status_before", "review_note", "taken_down_at", "updated_at"),
)


def examine(character: Character) -> list[Finding]:
    """Return the card doctor's findings on a character's draft."""
    secrets = [
        Secret(row.title, row.knowledge, tuple(plot.texts(row.scenes)), tuple(plot.lore_texts(row.lorebook)))
        for row in character.storylines.all()
    ]
    return check(character.draft, secrets, count=estimate_tokens, files=character.files)


@transaction.atomic
def submit_for_review(character: Character) -> Character:
    """Hand the draft to the automatic check and a moderator; it is locked until they decide.

    Raises `CardIncomplete` with the doctor's blockers, `DraftLocked` when it is already there.
    """
    locked = _lock(character)
    if not locked.is_editable:
        raise DraftLocked
    blockers = [found for found in examine(locked) if found.level is Level.BLOCKER]
    if blockers:
        findings = [{"code": found.code, "step": found.step, "message": finding(found)} for found in blockers]
        raise CardIncomplete(finding(blockers[0]), field=blockers[0].step, findings=findings)
    locked.status = Status.IN_REVIEW
    locked.submitted_at = timezone.now()
    locked.review_note = ""
    locked.save(update_fields=["status", "submitted_at", "review_note", "updated_at"])
    promise("moderation.audit_subject", "character", str(locked.public_id))
    transaction.on_commit(lambda: character_submitted.send_robust(sender=Character, character=locked), robust=True)
    return _back(character, locked)


@transaction.atomic
def publish(character: Character) -> CharacterVersion:
    """Freeze the draft as the next version and show it to the park.

    Storyline titles of offers follow the frozen words. Announces `character_published` on commit.
    """
    locked = _lock(character)
    last = locked.versions.order_by("-number").first()
    version = CharacterVersion.objects.create(
        character=locked,
        number=last.number + 1 if last else 1,
        card=locked.card,
        envelope=locked.envelope,
        art=locked.art,
        files=locked.files,
        storylines=storylines.freeze(locked),
    )
    counter.settle(version, last)
    for storyline in locked.storylines.select_related("offer"):
        if storyline.offer.title != storyline.title:
            billing.rename_offer(storyline.offer, title=storyline.title)
    locked.published = version
    locked.published_at = locked.published_at or timezone.now()
    locked.status, locked.status_before, locked.review_note = Status.LIVE, "", ""
    locked.taken_down_at = None
    listing.describe(locked, version.view, version.art)
    locked.save(update_fields=_PUBLISHED)
    listing.write_tags(locked)
    search.index(version)
    transaction.on_commit(
        lambda: character_published.send_robust(sender=Character, character=locked, version=version), robust=True
    )
    _back(character, locked)
    return version


@transaction.atomic
def reject(character: Character, reason: str) -> Character:
    """Send a draft under review back to its creator with the reason. What was live stays live."""
    locked = _lock(character)
    if locked.status == Status.IN_REVIEW:
        locked.status = Status.REJECTED
        locked.review_note = reason
        locked.save(update_fields=["status", "review_note", "updated_at"])
    return _back(character, locked)


@transaction.atomic
def take_down(character: Character) -> Character:
    """Hide a character from everybody but its creator and the moderators. Safe to repeat."""
    locked = _lock(character)
    if locked.taken_down_at is None:
        locked.status_before = locked.status
        locked.status = Status.REMOVED
        locked.taken_down_at = timezone.now()
        locked.save(update_fields=["status", "status_before", "taken_down_at", "updated_at"])
        search.forget(locked)
    return _back(character, locked)


@transaction.atomic
def restore(character: Character) -> Character:
    """Undo a take-down: the state is exactly what it was. Does nothing where nothing was taken down."""
    locked = _lock(character)
    if locked.taken_down_at is not None:
        locked.taken_down_at = None
        if locked.status == Status.REMOVED:
            locked.status = Status(locked.status_before or Status.DRAFT)
        locked.status_before = ""
        locked.save(update_fields=["status", "status_before", "taken_down_at", "updated_at"])
        if locked.published is not None:
            search.index(locked.published)
    return _back(character, locked)


def _lock(character: Character) -> Character:
    return Character.objects.select_for_update(of=("self",)).select_related("owner", "published").get(pk=character.pk)


def _back(character: Character, locked: Character) -> Character:
    """Let the caller's instance see what the locked one became."""
    for field in Character._meta.concrete_fields:
        setattr(character, field.attname, getattr(locked, field.attname))
    return character
