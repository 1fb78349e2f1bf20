"""A fan and the versions of a character: a chat stays with the one it began with until its fan chooses the new one."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from characters import changes
from characters.changes import Told
from characters.diff import compare
from characters.keys import keys_for
from characters.locks import Keys
from characters.models import Character, CharacterVersion
from characters.services.versions import open_lore, open_snapshot
from characters.storylines import teasers
from chat import affinity
from chat.exceptions import TurnInProgress, VersionSuperseded
from chat.models import Conversation
from chat.services.conversations import may_speak
from companion_site.core.exceptions import NotFound


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A newer version as its fan may know it.

    `lore` counts lorebook entries by what became of them, {kind: entries}; `lost` are the titles of hidden
    stories the fan can know now and that the newer version does not have.
    """

    version: CharacterVersion
    changes: list[Told]
    lore: dict[str, int]
    lost: list[str]


def newer_version(conversation: Conversation) -> CharacterVersion | None:
    """Return the version in the park where it is newer than the conversation's; None in rehearsals.

    Costs no query while the conversation has the published one.
    """
    character, mine = conversation.character, conversation.version_id
    if mine is None or character.published_id in {None, mine} or not may_speak(character, conversation.fan):
        return None
    rows = CharacterVersion.objects.select_related("character").defer("character__card", "character__envelope")
    return rows.filter(pk=character.published_id, number__gt=_number(mine)).first()


def offered_version(conversation: Conversation) -> CharacterVersion | None:
    """Return the newer version unless its fan has chosen to leave it aside; a still newer one is offered again."""
    newer = newer_version(conversation)
    if newer is None or conversation.declined_version_id is None:
        return newer
    return newer if newer.number > _number(conversation.declined_version_id) else None


def what_changes(conversation: Conversation, newer: CharacterVersion, language: str) -> NewVersion:
    """Return what a newer version changes, as far as the fan may read it: nothing locked, nothing hidden."""
    mine = CharacterVersion.objects.select_related("character").get(pk=conversation.version_id or 0)
    level = affinity.of(conversation.turns_count).level
    old, new = _keys(conversation, mine, level), _keys(conversation, newer, level)
    found = compare(open_snapshot(mine, old, language), open_snapshot(newer, new, language))
    lore = compare(open_lore(mine, old), open_lore(newer, new))
    kept = {str(row["public_id"]) for row in newer.storylines}
    stories = teasers(mine, conversation.fan, affinity=level) if mine.storylines else []
    lost = [story.title for story in stories if story.public_id not in kept and (story.is_owned or story.is_open)]
    return NewVersion(newer, changes.tell_all(found), changes.count(lore), lost)


@transaction.atomic
def take_version(conversation: Conversation, number: int) -> Conversation:
    """Let the conversation go on with version `number`, which its fan has been shown. Safe to repeat.

    What was said stays, each reply with the version it came from. Raises `NotFound`, `VersionSuperseded` when a
    still newer one has come since, `TurnInProgress` while a reply is being written; then nothing has changed.
    """
    locked = _locked(conversation)
    chosen = _version(locked, number)
    if locked.version_id != chosen.pk and chosen.number > _number(locked.version_id):
        if chosen.pk != Character.objects.values_list("published", flat=True).get(pk=locked.character_id):
            raise VersionSuperseded
        if locked.messages.running().exists():
            raise TurnInProgress
        locked.version, locked.declined_version = chosen, None
        locked.save(update_fields=["version", "declined_version", "updated_at"])
    return locked


@transaction.atomic
def keep_version(conversation: Conversation, number: int) -> Conversation:
    """Remember that the fan stays, and is not asked again about version `number` or older. Safe to repeat."""
    locked = _locked(conversation)
    declined = _version(locked, number)
    before = locked.declined_version
    if declined.number > _number(locked.version_id) and (before is None or declined.number > before.number):
        locked.declined_version = declined
        locked.save(update_fields=["declined_version", "updated_at"])
    return locked


def _locked(conversation: Conversation) -> Conversation:
    rows = Conversation.objects.select_for_update(of=("self",)).select_related("character", "fan", "declined_version")
    locked = rows.defer("character__card", "character__envelope").get(pk=conversation.pk)
    # A rehearsal has no version to leave; whom one may not speak to is not met anew.
    if locked.version_id is None or not may_speak(locked.character, locked.fan):
        raise NotFound
    return locked


def _version(conversation: Conversation, number: int) -> CharacterVersion:
    found = CharacterVersion.objects.filter(character=conversation.character_id, number=number).first()
    if found is None:
        raise NotFound
    return found


def _number(version_id: int | None) -> int:
    return CharacterVersion.objects.values_list("number", flat=True).get(pk=version_id or 0)


def _keys(conversation: Conversation, version: CharacterVersion, level: int) -> Keys:
    return keys_for(conversation.fan, version.character, version.view, affinity=level)
