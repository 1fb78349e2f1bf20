"""The lorebook step: entries as quick rows of keys and content, a page of them at a time, found by their ref."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from characters import entries
from characters.cards import fields, limits
from characters.cards.limits import Json, JsonObject
from characters.entries import Placed
from characters.forms.base import Changes, StepForm
from characters.forms.entry import loosen
from characters.forms.rows import bound_or_fresh
from characters.forms.slots import shown

PAGE = 50
_NEW_IDS = 2**31
_KEYS_CHARS = 4000


@dataclass(frozen=True, slots=True)
class LoreEdits:
    """What the rows ask for. `changed` and `removed` by ref, the last entry first; `added` are whole entries."""

    changed: list[tuple[str, JsonObject]] = field(default_factory=list)
    added: list[JsonObject] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def apply(self, book: JsonObject) -> tuple[JsonObject, None]:
        """Return the book with these edits; raise `EntryUnknown` where an entry is gone, `CardRefused`."""
        for ref, changes in self.changed:
            book = entries.change(book, ref, changes)[0]
        for ref in self.removed:
            book = entries.remove(book, ref)
        for entry in self.added:
            book = entries.add(book, entry)[0]
        return book, None


class LoreRow(forms.Form):
    use_required_attribute = False
    ref = forms.CharField(max_length=60, required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Entry"), max_length=200, required=False)
    keys = forms.CharField(
        label=_("Wakes when somebody says"),
        max_length=_KEYS_CHARS,
        required=False,
        help_text=_("Words divided by commas."),
    )
    content = forms.CharField(
        label=_("Then they know"),
        max_length=limits.TEXT_CHARS,
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    constant = forms.BooleanField(label=_("Always awake"), required=False)
    enabled = forms.BooleanField(label=_("In use"), required=False, initial=True)

    @property
    def is_blank(self) -> bool:
        clean = self.cleaned_data
        return not any(clean.get(name, "").strip() for name in ("name", "keys", "content"))

    def edited(self, before: JsonObject) -> JsonObject:
        """Return what the row changes of its entry, `{}` for nothing."""
        clean, was = self.cleaned_data, row_of(before)
        out: JsonObject = {name: clean[name] for name in ("constant", "enabled") if clean[name] != was[name]}
        content = clean["content"].replace("\r\n", "\n").replace("\r", "\n")
        if content.strip() != str(was["content"]).replace("\r\n", "\n").replace("\r", "\n").strip():
            out["content"] = content
        if was["keys"] is not None and _split(clean["keys"]) != _split(str(was["keys"])):
            out["keys"] = _split(clean["keys"])
        if clean["name"].strip() != str(was["name"]).strip():
            out["name"] = clean["name"].strip()
            if fields.text(before, "comment") == was["name"]:
                out["comment"] = clean["name"].strip()
        return out


LoreRows = forms.formset_factory(
    LoreRow, extra=1, max_num=PAGE * 2, absolute_max=PAGE * 4, can_delete=True, can_delete_extra=False
)


class LorebookForm(StepForm):
    """One page of the lorebook as rows. Entries that are not on the page, and keys we do not know, stay as they are."""

    # Numbers the rows added on this page, so that an autosave that repeats itself adds each of them once.
    first_id = forms.IntegerField(min_value=0, max_value=2 * _NEW_IDS, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, card: Any, entries_shown: Sequence[Placed] | None = None, **kwargs: Any) -> None:
        book = fields.mapping(card.data, "character_book")
        self.known = {placed.ref: placed for placed in entries.listed(book)}
        shown_here = list(self.known.values())[:PAGE] if entries_shown is None else entries_shown
        super().__init__(*args, card=card, **kwargs)
        self.initial["first_id"] = max(entries.free_id(book), secrets.randbelow(_NEW_IDS))
        self.rows = bound_or_fresh(
            LoreRows, self, "lore", [row_of(placed.raw) | {"ref": placed.ref} for placed in shown_here]
        )
        for number, row in enumerate(self.rows):
            row.placed = self._placed(row["ref"].value() or "", number)
            if row.placed is not None:
                _fit(row, row_of(row.placed.raw))

    def is_valid(self) -> bool:
        rows_are_valid = self.rows.is_valid()
        return super().is_valid() and rows_are_valid and self._has_keys()

    def _placed(self, ref: str, number: int) -> Placed | None:
        """Return the entry of a row: by its ref, or by the id an earlier save from this page gave it."""
        return self.known.get(ref) or self.known.get(str(self._id(number)))

    def _id(self, number: int) -> int | None:
        first = str(self.data.get("first_id", ""))[:12] if self.is_bound else ""
        return int(first) + number if first.isascii() and first.isdigit() else None

    def edits(self, *, keep_removed: bool = False) -> LoreEdits:
        """Return what the valid rows change. `keep_removed`: an autosave takes nothing out."""
        out = LoreEdits()
        for number, row in reversed(list(enumerate(self.rows.forms))):
            clean, placed = row.cleaned_data, row.placed
            if placed is None and clean.get("ref"):
                # It is gone: refused as a whole, for nobody should think it was kept.
                out.changed.append((clean["ref"], {}))
            elif placed is None and not row.is_blank:
                fresh: JsonObject = {"insertion_order": 100, **row.edited({}), "enabled": clean["enabled"]}
                out.added.insert(0, fresh | self._own_id(number))
            elif placed is not None and clean.get("DELETE") and not keep_removed:
                out.removed.append(placed.ref)
            elif placed is not None and (changes := row.edited(placed.raw)):
                is_nameless = placed.ref.startswith("c")
                out.changed.append((placed.ref, changes | (self._own_id(number) if is_nameless else {})))
        return out

    def _own_id(self, number: int) -> JsonObject:
        found = self._id(number)
        return {"id": found} if found is not None else {}

    def changes(self) -> Changes:
        """Return the whole list of entries; raise what `LoreEdits.apply` raises."""
        book = self.edits().apply(fields.mapping(self.card.data, "character_book"))[0]
        return Changes(entries=list(fields.objects(book, "entries")))

    def _has_keys(self) -> bool:
        """Say at a row that has lost its last key, or never had one, that nothing wakes it."""
        for row in self.rows.forms:
            clean = row.cleaned_data
            is_kept = not clean.get("DELETE") and not row.is_blank and not row.fields["keys"].disabled
            was_keyless = row.placed is not None and not (row_of(row.placed.raw)["keys"] or "").strip()
            if is_kept and not (clean.get("keys", "").strip() or clean.get("constant") or was_keyless):
                row.add_error(
                    "keys", _("Without a key nothing wakes this entry. Write a word, or let it always be awake.")
                )
        return not any(row.errors for row in self.rows.forms)


def _fit(row: Any, stored: dict[str, Any]) -> None:
    """Let a row show what its entry holds, be it longer than a row would take or not to be divided by commas."""
    for name, value in stored.items():
        loosen(row.fields[name], value)
    if stored["keys"] is None:
        row.fields["keys"].disabled = True
        row.fields["keys"].help_text = _("These keys hold commas: change them on the entry's own page.")


def row_of(entry: JsonObject) -> dict[str, Any]:
    """Return what a row shows of an entry; `keys` is None where commas could not divide them again."""
    full = shown(entry)
    keys = list(fields.texts(entry, "keys"))
    joined = ", ".join(keys)
    return {
        "name": full["name"] or full["comment"],
        "keys": joined if _split(joined) == [key.strip() for key in keys if key.strip()] else None,
        "content": full["content"],
        "constant": full["constant"],
        "enabled": full["enabled"],
    }


def _split(keys: str) -> list[Json]:
    return [key.strip() for key in keys.replace("，", ",").replace("\n", ",").split(",") if key.strip()]
