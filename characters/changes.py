"""Differences in words: what `diff` found, as a person reads it in their language."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from characters.cards.limits import Json
from characters.diff import Change, Kind
from characters.wordwise import Mark, Piece, pieces

Words = str | Promise

SHOWN = 200
# Of a text that stayed, this much is left standing beside what changed.
_AROUND = 90
_VALUE_CHARS = 2000
_SECTIONS = 4
# Keys that only hold others: they are no word of a label.
_SILENT = {"data", "entries", "extensions", "cardia"}
_LABELS: dict[str, Words] = {
    "name": gettext_lazy("Name"),
    "nickname": gettext_lazy("Nickname"),
    "tagline": gettext_lazy("Tagline"),
    "description": gettext_lazy("Description"),
    "personality": gettext_lazy("Personality"),
    "scenario": gettext_lazy("Scenario"),
    "first_mes": gettext_lazy("First greeting"),
    "alternate_greetings": gettext_lazy("Other greetings"),
    "group_only_greetings": gettext_lazy("Greetings in groups"),
    "greetings": gettext_lazy("Greetings"),
    "mes_example": gettext_lazy("Example dialogues"),
    "creator_notes": gettext_lazy("From the creator"),
    "system_prompt": gettext_lazy("System prompt"),
    "post_history_instructions": gettext_lazy("Last instructions"),
    "tags": gettext_lazy("Tags"),
    "character_version": gettext_lazy("The card's own version"),
    "assets": gettext_lazy("Assets"),
    "character_book": gettext_lazy("Lorebook"),
    "lorebook": gettext_lazy("Lorebook"),
    "keys": gettext_lazy("Keys"),
    "secondary_keys": gettext_lazy("Second keys"),
    "content": gettext_lazy("Text"),
    "constant": gettext_lazy("Always awake"),
    "enabled": gettext_lazy("In use"),
    "worldview": gettext_lazy("World"),
    "backstory": gettext_lazy("Past"),
    "catchphrases": gettext_lazy("Turns of phrase"),
    "style": gettext_lazy("Way of speaking"),
    "reflexes": gettext_lazy("Reflexes"),
    "outage": gettext_lazy("When no model answers"),
    "pace": gettext_lazy("Pace of replies"),
    "age": gettext_lazy("Age"),
    "rating": gettext_lazy("For whom"),
    "look": gettext_lazy("Look"),
    "face": gettext_lazy("Face"),
    "expressions": gettext_lazy("Expressions"),
    "garment": gettext_lazy("Clothes"),
    "accent": gettext_lazy("Colour"),
    "wardrobe": gettext_lazy("Wardrobe"),
    "voice": gettext_lazy("Voice"),
    "lock": gettext_lazy("Lock"),
    "greeting_locks": gettext_lazy("Locks of greetings"),
    "storylines": gettext_lazy("Hidden stories"),
    "title": gettext_lazy("Title"),
    "teaser": gettext_lazy("Teaser"),
    "knowledge": gettext_lazy("What it knows"),
    "scenes": gettext_lazy("Scenes"),
    "scenes_count": gettext_lazy("Number of scenes"),
    "setup": gettext_lazy("What happens"),
    "opening": gettext_lazy("First words"),
    "goal": gettext_lazy("Where it should lead"),
    "branches": gettext_lazy("Ways on"),
    "endings": gettext_lazy("Endings"),
    "affinity": gettext_lazy("Opens at level"),
    "prerequisite": gettext_lazy("Opens after"),
    "after": gettext_lazy("Opens after"),
    "free_first_scene": gettext_lazy("First scene free"),
    "art": gettext_lazy("Picture"),
    "files": gettext_lazy("Files"),
    "envelope": gettext_lazy("Around the card"),
}
_KINDS: dict[Kind, Words] = {
    Kind.ADDED: gettext_lazy("new"),
    Kind.REMOVED: gettext_lazy("gone"),
    Kind.CHANGED: gettext_lazy("changed"),
    Kind.MOVED: gettext_lazy("moved"),
}
# Lists of single words, where a place among the others says nothing.
_UNNUMBERED = {"tags", "keys", "secondary_keys", "catchphrases"}
# Names of stored files and digests of looks say nothing to a reader.
_UNSPOKEN = {"art", "look"}


@dataclass(frozen=True, slots=True)
class Told:
    """One difference in words. `pieces` is empty where there is nothing to read but the fact."""

    label: str
    path: str
    kind: str
    kind_words: str
    pieces: tuple[Piece, ...]


def tell(change: Change) -> Told:
    """Return a difference as a reader sees it."""
    return Told(label_of(change), change.path, change.kind.value, str(_KINDS[change.kind]), _pieces(change))


def tell_all(changes: Sequence[Change]) -> list[Told]:
    """Return the first `SHOWN` differences in words, what only moved behind the rest."""
    first = sorted(changes, key=lambda change: change.kind is Kind.MOVED)
    return [tell(change) for change in first[:SHOWN]]


def label_of(change: Change) -> str:
    """Return where a difference is, in words: "Lorebook · Old lamp · Text"."""
    return " · ".join(_steps(change)) or change.path


def summary(changes: Iterable[Change]) -> str:
    """Return in one line what differs: "Description, Lorebook (3), Tags"."""
    items: dict[str, set[str]] = {}
    for change in changes:
        steps = _steps(change)
        items.setdefault(steps[0] if steps else change.path, set()).add(steps[1] if len(steps) > 1 else "")
    if not items:
        return _("Nothing differs.")
    told = [f"{section} ({len(names)})" if len(names) > 1 else section for section, names in items.items()]
    more = len(told) - _SECTIONS
    if more <= 0:
        return ", ".join(told)
    words = ngettext("and %(more)s other place", "and %(more)s other places", more) % {"more": more}
    return f"{', '.join(told[:_SECTIONS])} {words}"


def count(changes: Iterable[Change]) -> dict[str, int]:
    """Return how many list items came, went or changed at the top of the compared lists: {kind: items}."""
    items = {change.place[:2]: change.kind if len(change.place) == 2 else Kind.CHANGED for change in changes}
    return {kind.value: number for kind, number in Counter(items.values()).items()}


def _steps(change: Change) -> list[str]:
    steps = []
    listed: str | int = ""
    for step, name in zip(change.place, change.names, strict=True):
        if isinstance(step, int):
            if listed not in _UNNUMBERED:
                steps.append(name)
        elif step not in _SILENT:
            steps.append(str(_LABELS.get(step, step)))
        listed = step
    return steps


def _pieces(change: Change) -> tuple[Piece, ...]:
    if change.kind is Kind.MOVED or str(change.place[0]) in _UNSPOKEN:
        return ()
    before, after = _spoken(change.before), _spoken(change.after)
    if change.kind is Kind.ADDED:
        return tuple(Piece(Mark.NEW, text) for text in (after,) if text)
    if change.kind is Kind.REMOVED:
        return tuple(Piece(Mark.GONE, text) for text in (before,) if text)
    if isinstance(change.before, str) and isinstance(change.after, str):
        return tuple(_shortened(pieces(change.before, change.after)))
    return Piece(Mark.GONE, before or "–"), Piece(Mark.SAME, " → "), Piece(Mark.NEW, after or "–")


def _spoken(value: Json) -> str:
    """Return a value as text: fields of an object by their labels, one a line; those without a label are left out."""
    text = "\n".join(_lines(value))
    return _cut(text)


def _cut(text: str) -> str:
    return text if len(text) <= _VALUE_CHARS else f"{text[:_VALUE_CHARS]}…"


def _lines(value: Json, label: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in _SILENT:
                yield from _lines(inner, label)
            elif key in _LABELS and inner is not False:
                yield from _lines(inner, str(_LABELS[key]))
    elif isinstance(value, list):
        held = [item for item in value if isinstance(item, dict | list)]
        yield from _lines(", ".join(str(item) for item in value if item not in held), label)
        yield from (line for item in held for line in _lines(item, label))
    elif value not in (None, ""):
        yield f"{label}: {_word(value)}" if label else _word(value)


def _word(value: Json) -> str:
    return (_("yes") if value else _("no")) if isinstance(value, bool) else str(value)


def _shortened(found: Sequence[Piece]) -> Iterator[Piece]:
    last = len(found) - 1
    for number, piece in enumerate(found):
        if piece.mark is not Mark.SAME or len(piece.text) <= 2 * _AROUND + 10:
            yield Piece(piece.mark, _cut(piece.text))
            continue
        head = "" if number == 0 else piece.text[:_AROUND]
        tail = "" if number == last else piece.text[-_AROUND:]
        yield Piece(Mark.SAME, f"{head}…{tail}")
