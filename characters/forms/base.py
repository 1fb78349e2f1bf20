"""What every step of the builder has in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from characters.cards.schema import CharacterCard
from characters.locks import Wish

LONG = 20_000
LINE_ITEMS = 40


@dataclass(frozen=True, slots=True)
class Changes:
    """Fields to change: of the card's `data`, of our extension, the lorebook's entries, and what is locked."""

    data: Mapping[str, Any] = field(default_factory=dict)
    cardia: Mapping[str, Any] = field(default_factory=dict)
    entries: list[Any] | None = None
    wishes: tuple[Wish, ...] = ()


class StepForm(forms.Form):
    """One step of the builder. A draft may always be saved half done."""

    # Names of form fields that are fields of the card's data, or of our extension, under the same name.
    data_fields: ClassVar[tuple[str, ...]] = ()
    cardia_fields: ClassVar[tuple[str, ...]] = ()
    # What the card doctor insists on: shown as required, yet a half-done draft is saved without it.
    wanted_fields: ClassVar[tuple[str, ...]] = ()
    use_required_attribute = False

    def __init__(self, *args: Any, card: CharacterCard, **kwargs: Any) -> None:
        self.card = card
        kwargs["initial"] = {**self.read(card), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            for name in self.wanted_fields:
                self.fields[name].required = True

    def _clean_fields(self) -> None:
        """Clean the fields, then give those that came back as they were shown exactly the value they had.

        A card from elsewhere may hold what no form of ours would write: other line ends, spaces at the end,
        twelve tags. What its creator did not touch is neither tidied nor refused.
        """
        super()._clean_fields()  # type: ignore[misc]
        for name in self.fields:
            value = self.cleaned_data.get(name)
            if name not in self.touched:
                self.errors.pop(name, None)
                self.cleaned_data[name] = self[name].initial
            elif isinstance(value, str):
                self.cleaned_data[name] = _newlines(value)

    @cached_property
    def touched(self) -> frozenset[str]:
        """Names of the fields that somebody changed since the form was shown."""
        return frozenset(name for name in self.fields if self._is_touched(name))

    def _is_touched(self, name: str) -> bool:
        bound = self[name]
        widget = bound.field.widget
        sent = widget.value_from_datadict(self.data, self.files, bound.html_name)
        shown = widget.format_value(bound.field.prepare_value(bound.initial))
        if isinstance(shown, list):
            shown = shown[0] if shown else ""
        before, after = _newlines(str(shown or "")), _newlines(str(sent or ""))
        if not isinstance(widget, forms.Textarea):  # browsers take line ends out of what is one line
            before, after = before.replace("\n", ""), after.replace("\n", "")
        return before != after

    def keeps(self, name: str, holder: Mapping[str, Any]) -> bool:
        """Whether a field has nothing to change in `holder`: untouched, and what it shows is no mere default."""
        return name not in self.touched and (name in holder or not self.cleaned_data.get(name))

    def read(self, card: CharacterCard) -> dict[str, Any]:
        """Return the initial values."""
        found = {name: card.data.get(name, "") for name in self.data_fields}
        found |= {name: card.extension.get(name, "") for name in self.cardia_fields}
        return {name: value if isinstance(value, str | int | float) else "" for name, value in found.items()}

    def changes(self) -> Changes:
        """Return what the valid fields change."""
        clean, data, ours = self.cleaned_data, self.card.data, self.card.extension
        return Changes(
            {name: clean[name] for name in self.data_fields if name in clean and not self.keeps(name, data)},
            {name: clean[name] for name in self.cardia_fields if name in clean and not self.keeps(name, ours)},
        )


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def long_text(label: Any, *, rows: int = 6, help_text: Any = "", limit: int = LONG, placeholder: Any = "") -> Any:
    """Return an optional text field of several lines."""
    widget = forms.Textarea(attrs={"rows": rows, "placeholder": placeholder} if placeholder else {"rows": rows})
    return forms.CharField(
        label=label, required=False, max_length=limit, strip=True, widget=widget, help_text=help_text
    )


class LinesField(forms.CharField):
    """A list of short texts, one a line."""

    def __init__(self, *, item_chars: int = 200, rows: int = 4, **kwargs: Any) -> None:
        self.item_chars = item_chars
        kwargs.setdefault("required", False)
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": rows}))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list | tuple) else value

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        items = list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
        if len(items) > LINE_ITEMS:
            raise forms.ValidationError(
                _("At most %(limit)s lines, please."), code="too_many", params={"limit": LINE_ITEMS}
            )
        if any(len(item) > self.item_chars for item in items):
            raise forms.ValidationError(
                _("One line is longer than %(limit)s characters. Shorten it."),
                code="too_long",
                params={"limit": self.item_chars},
            )
        return items
