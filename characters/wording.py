"""The words for what pure code reports by code: refusals, import notes, the card doctor's findings."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from characters.cards.errors import CardRefused, Refusal
from characters.cards.report import Line, Note
from characters.linter import Finding

Words = str | Promise

REFUSALS: dict[Refusal, Words] = {
    Refusal.UNKNOWN_FORMAT: _("This is no format we know. Export the card as PNG or JSON and try again."),
    Refusal.SVG: _("SVG files are never accepted, because they can carry programs. Use PNG or JSON."),
    Refusal.LOREBOOK_ALONE: _("This is a lorebook without a character. Import the character's own card instead."),
    Refusal.FILE_TOO_LARGE: _("The file is larger than %(limit_kib)s KiB. Save the picture smaller and try again."),
    Refusal.BROKEN_PNG: _("The PNG is broken or cut off. Download or export it once more."),
    Refusal.BAD_CRC: _("The PNG was damaged on its way: a checksum does not fit. Download or export it once more."),
    Refusal.TOO_MANY_CHUNKS: _("The PNG has more than %(limit)s parts. Save the picture anew and try again."),
    Refusal.CHUNK_TOO_LARGE: _("The card in the PNG is larger than %(limit_kib)s KiB. Use JSON instead."),
    Refusal.IMAGE_TOO_LARGE: _(
        "The picture has %(width)s × %(height)s pixels. Up to %(side)s a side and 16 million in all are fine."
    ),
    Refusal.BAD_IMAGE: _("The picture cannot be read. Save it as PNG, JPEG or WebP and try again."),
    Refusal.TOO_MANY_PIXELS: _("The pictures in the archive have more than %(limit)s million pixels together."),
    Refusal.NO_CARD: _("There is no card in this picture. Pictures lose it when a chat or a website re-saves them."),
    Refusal.BAD_BASE64: _("The card in the picture is garbled. Export it once more."),
    Refusal.BAD_JSON: _("The card is no valid JSON at this place. Correct it or export the card once more."),
    Refusal.BAD_TEXT: _("There is a character here that cannot be stored. Remove it and try again."),
    Refusal.TOO_DEEP: _("The card is nested more than %(limit)s levels deep. Such a file is not a card."),
    Refusal.TOO_MANY_VALUES: _("The card has more than %(limit)s values. Such a file is not a card."),
    Refusal.BAD_NUMBER: _("“%(value)s” is not a number a card can hold. Correct it and try again."),
    Refusal.NOT_A_CARD: _("The file is JSON, but not a character card: it has no name and no known “spec”."),
    Refusal.WRONG_TYPE: _("Here should be %(wanted)s, but the file has %(found)s. Correct it and try again."),
    Refusal.TOO_LONG: _("This is longer than %(limit)s. Shorten it and try again."),
    Refusal.NOT_EDITABLE: _("This field tells where the card comes from and cannot be edited. Leave it out."),
    Refusal.NO_CARD_JSON: _("The archive has no “card.json” at its root, so there is no card in it."),
    Refusal.BROKEN_ARCHIVE: _("The archive is broken or cut off. Export it once more."),
    Refusal.ENCRYPTED: _("The archive is encrypted. Export it without a password."),
    Refusal.UNSAFE_PATH: _("The archive wants to write outside of itself. Such a file is not a card."),
    Refusal.DUPLICATE_PATH: _("The archive holds two files of this name. Export it once more."),
    Refusal.TOO_MANY_FILES: _("The archive holds more than %(limit)s files. Leave some out and try again."),
    Refusal.UNPACKED_TOO_LARGE: _("The archive unpacks to more than %(limit_mib)s MiB. Leave some files out."),
    Refusal.BROKEN_WEBP: _("The WebP picture is broken or cut off. Download or export it once more."),
    Refusal.BAD_YAML: _("The file is no valid YAML at this place. Correct it or export the card as JSON."),
    Refusal.YAML_ALIAS: _("YAML with aliases is not read, because it can be made to grow without end."),
}

NOTES: dict[Note, Words] = {
    Note.UNKNOWN_KEY: _("unknown to us; kept and exported again"),
    Note.MISSING: _("was missing; filled in empty"),
    Note.NULL: _("was null; filled in empty"),
    Note.NULL_BOOK: _("was null; treated as no lorebook"),
    Note.NAMED_AFTER_FILE: _("was empty; taken from the file's name"),
    Note.NUMBER_AS_TEXT: _("was a number; read as text"),
    Note.NEWER_SPEC: _("a newer version than we know; what we do not understand is kept"),
    Note.ODD_SPEC: _("not what the specification asks for; read all the same"),
    Note.NO_SPEC: _("was missing; read as version 2"),
    Note.TWO_CHUNKS: _("the picture holds this card twice; the first was taken"),
    Note.BOTH_CHUNKS: _("the picture holds an older copy that says something else; the newest format was taken"),
    Note.ODD_TYPE: _("is of another type than V3 asks for; kept as it is"),
    Note.ODD_CHUNK: _("an unusual place for a card; read all the same"),
    Note.RAW_JSON: _("was not encoded as the specification asks; read all the same"),
    Note.BOM: _("the file began with a byte order mark; removed"),
    Note.ANIMATION: _("the picture moves; only its first frame is used"),
    Note.NOT_FETCHED: _("lies on another server; kept, never fetched"),
    Note.NOT_SHOWN: _("kept, but not shown here yet"),
    Note.NOT_RUN: _("kept, but not acted on here"),
    Note.REGEX_OFF: _("a pattern that cannot be run safely; kept, but it wakes nothing here"),
    Note.DECORATORS: _("begins with decorators; kept, but not acted on here"),
    Note.BACKFILL: _("the version 2 copy of a newer card; its note was removed"),
    Note.ASSET_MISSING: _("names a file that did not come along; the entry is kept"),
    Note.ASSET_DROPPED: _("the file could not be read as a picture we take; left out"),
    Note.ASSET_SVG: _("SVG files are never accepted; the file is left out, the entry kept"),
    Note.ASSET_NO_MAIN: _("several icons, and none is called “main”; the first is the face"),
    Note.ODD_PATH: _("an unusual address of a file; kept as it is"),
    Note.ADAPTED: _("from another program’s format; put where a card keeps it"),
    Note.MORE: _("and more places like these"),
    Note.AI_LABEL: _("says that AI made this picture; the label is kept and exported again"),
}

FINDINGS: dict[str, Words] = {
    "name_missing": _("There is no name yet."),
    "age_missing": _("Say how old they are: every character here is an adult."),
    "age_not_adult": _("%(age)s years old? Every character here is at least 18."),
    "tagline_missing": _("Give them one line that makes a stranger stop."),
    "tags_few": _("Two or three tags help people find them."),
    "notes_missing": _("Leave readers a note about them."),
    "face_unknown_parts": _("Some parts of the face are unknown here; defaults are drawn instead."),
    "description_missing": _("Write at least two sentences about who they are."),
    "world_missing": _("They stand nowhere yet: describe their world or the place where you meet."),
    "personality_missing": _("No personality yet: how do they treat people?"),
    "backstory_missing": _("A past, and what they still carry from childhood, makes them deep."),
    "prompt_long": _(
        "The card takes %(tokens)s tokens in every prompt; beyond %(limit)s the chat is forgotten. "
        "Move details into the lorebook."
    ),
    "catchphrases_missing": _("Two or three turns of phrase make them recognisable."),
    "catchphrases_unused": _("“%(phrase)s” is never said in greetings or examples. Show how."),
    "forbidden_said": _("“%(word)s” is forbidden, yet a greeting or an example says it."),
    "style_missing": _("Describe in one sentence how they speak."),
    "reflexes_missing": _("Reflex lines let them answer within a second when somebody is hurt."),
    "outage_missing": _("Give them their own “I am here” for the hour when no model answers."),
    "greeting_missing": _("They have to speak first: write a greeting."),
    "greeting_long": _("The greeting is longer than %(limit)s tokens; most readers leave before the end."),
    "assistant_voice": _(
        "A greeting or example sounds like an assistant (“how can I help you”). Let them be themselves."
    ),
    "examples_few": _("Show at least %(wanted)s examples of how they talk: models learn most from those."),
    "examples_unnamed": _("Some example lines do not say who speaks. Begin them with {{user}}: or {{char}}:."),
    "lorebook_empty": _("One lorebook entry lets them know something only when it matters."),
    "entry_without_keys": _("The lorebook entry “%(name)s” has no keys, so nothing wakes it."),
    "entry_key_short": _("A one-letter key in “%(name)s” wakes it all the time."),
    "storyline_incomplete": _("“%(title)s” needs its knowledge and at least one scene before it can be sold."),
    "lock_in_public": _("“%(name)s” is locked, yet the same words stand elsewhere in the card. Remove them there."),
    "lock_broken": _("A lock here cannot be understood, so it opens to nobody. Set its level or price again."),
    "first_greeting_locked": _("The first greeting cannot be locked: they always speak first. Its lock has no effect."),
    "macro_unknown": _("Nobody here knows the macro “{{%(macro)s}}”; it stays in the text as it is."),
    "key_pattern_off": _("A pattern among the keys of “%(name)s” cannot be used, so it wakes nothing."),
    "decorator_unknown": _("“%(name)s” begins with @@%(decorator)s, which nobody here knows; it has no effect."),
    "asset_dangling": _("The file behind the asset “%(name)s” did not come with the card."),
    "secret_in_public": _("“%(title)s” is given away: the same words stand in the public card. Remove them there."),
}


def refusal(error: CardRefused) -> str:
    """Return the sentence for a refused file, without the path."""
    return str(REFUSALS[error.reason]) % _printable(error.values)


def note(line: Line) -> str:
    """Return the words for one line of an import report."""
    words = str(NOTES[line.note])
    return f"{words} ({line.value})" if line.value else words


def finding(found: Finding) -> str:
    """Return the sentence for one finding of the card doctor."""
    return str(FINDINGS[found.code]) % dict(found.values)


def _printable(values: Mapping[str, str | int]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items()}
