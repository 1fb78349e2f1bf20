"""The step of the first words: greetings with what opens them, and the example dialogues."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.formsets import BaseFormSet
from django.utils.translation import gettext_lazy as _

from characters.cards import examples
from characters.cards.examples import Exchange
from characters.cards.schema import CharacterCard
from characters.forms.base import Changes, StepForm, long_text
from characters.forms.locks import level_field, price_field, wish
from characters.forms.rows import ROWS, bound_or_fresh
from characters.locks import Kind, Target


class ExampleRow(forms.Form):
    use_required_attribute = False
    fan = forms.CharField(
        label=_("A fan says"), max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 1})
    )
    character = forms.CharField(
        label=_("They answer"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 1})
    )


ExampleRows = forms.formset_factory(ExampleRow, extra=1, min_num=3, max_num=ROWS, absolute_max=ROWS)


class GreetingForm(StepForm):
    """Greetings, and the example dialogues as rows, or as one text where rows would lose something.

    Every greeting but the first may ask for a level and a price.
    """

    rows: BaseFormSet[ExampleRow] | None = None

    def __init__(self, *args: Any, card: CharacterCard, **kwargs: Any) -> None:
        super().__init__(*args, card=card, **kwargs)
        self.numbers = range(max(3, len(_greetings(card))))
        for number in self.numbers:
            label = _("Greeting") if number == 0 else _("Another greeting")
            self.fields[f"greeting_{number}"] = long_text(label, rows=4 if number == 0 else 3, limit=10_000)
            if number:
                self.fields[f"level_{number}"] = level_field()
                self.fields[f"price_{number}"] = price_field()
        self.fields["greeting_0"].required = not self.is_bound
        self.fields["greeting_0"].help_text = _("They speak first. *Actions in asterisks*, speech plain.")
        if examples.is_plain(card.mes_example, name=card.name):
            initial = [{"fan": e.fan, "character": e.character} for e in card.examples]
            self.rows = bound_or_fresh(ExampleRows, self, "examples", initial)
        else:
            self.fields["mes_example"] = long_text(
                _("Example dialogues"),
                rows=10,
                limit=20_000,
                help_text=_("Begin each dialogue with <START> and each line with {{user}}: or {{char}}:."),
            )

    def read(self, card: CharacterCard) -> dict[str, Any]:
        found: dict[str, Any] = {f"greeting_{n}": text for n, text in enumerate(_greetings(card))}
        return found | {"mes_example": card.mes_example}

    @property
    def greetings(self) -> list[tuple[BoundField, BoundField | None, BoundField | None]]:
        """Each greeting with the level and the price of its lock; the first has none."""
        first, *others = self.numbers
        return [
            (self[f"greeting_{first}"], None, None),
            *((self[f"greeting_{n}"], self[f"level_{n}"], self[f"price_{n}"]) for n in others),
        ]

    def is_valid(self) -> bool:
        rows_are_valid = self.rows is None or self.rows.is_valid()
        return super().is_valid() and rows_are_valid

    def changes(self) -> Changes:
        clean = self.cleaned_data
        first, *others = self.numbers
        spoken = [(clean.get(f"greeting_{n}") or "", n) for n in others]
        # One that was empty when it came stays: the numbers of greetings mean something to other programs.
        kept = [(text, n) for text, n in spoken if text.strip() or self._came(n)]
        data: dict[str, Any] = {}
        if f"greeting_{first}" in self.touched:
            data["first_mes"] = clean.get(f"greeting_{first}") or ""
        if any(f"greeting_{n}" in self.touched for n in others):
            data["alternate_greetings"] = [text for text, _n in kept]
        data |= self._examples()
        wishes = [
            wish(Target(Kind.GREETING, place), clean.get(f"level_{n}"), clean.get(f"price_{n}"))
            for place, (_text, n) in enumerate(kept, start=1)
        ]
        return Changes(data, wishes=tuple(wishes))

    def _came(self, number: int) -> bool:
        return f"greeting_{number}" not in self.touched and number < len(_greetings(self.card))

    def _examples(self) -> dict[str, Any]:
        if self.rows is None:
            return {"mes_example": self.cleaned_data["mes_example"]} if "mes_example" in self.touched else {}
        pairs = [Exchange(row.get("fan", ""), row.get("character", "")) for row in self.rows.cleaned_data]
        said = tuple(pair for pair in pairs if pair.fan or pair.character)
        same = [_flat(pair) for pair in said] == [_flat(pair) for pair in self.card.examples]
        return {} if same else {"mes_example": examples.render(said)}


def _flat(pair: Exchange) -> tuple[list[str], list[str]]:
    return [line.rstrip() for line in pair.fan.splitlines()], [line.rstrip() for line in pair.character.splitlines()]


def _greetings(card: CharacterCard) -> list[str]:
    return [card.first_mes, *card.alternate_greetings]
