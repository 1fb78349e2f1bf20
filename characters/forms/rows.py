"""The steps made of rows: greetings with examples, the lorebook, and the scenes of a storyline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.forms.formsets import BaseFormSet
from django.utils.translation import gettext_lazy as _

from billing.models.offers import HIGHEST_PRICE_COINS
from characters.cards import examples, fields
from characters.cards.examples import Exchange
from characters.cards.schema import CharacterCard
from characters.forms.base import Changes, StepForm, long_text
from characters.models import Storyline

ROWS = 100
SHOWN = 2 * ROWS - 1


def bound_or_fresh(rows: Any, form: forms.BaseForm, prefix: str, initial: list[dict[str, Any]]) -> Any:
    """Return the formset beside `form`. Bound, it gets no initial rows: one equal to what is stored is not blank."""
    return rows(form.data, prefix=prefix) if form.is_bound else rows(prefix=prefix, initial=initial)


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
    """Greetings, and the example dialogues as rows, or as one text where rows would lose something."""

    rows: BaseFormSet[ExampleRow] | None = None

    def __init__(self, *args: Any, card: CharacterCard, **kwargs: Any) -> None:
        super().__init__(*args, card=card, **kwargs)
        for number in range(max(3, len(_greetings(card)))):
            label = _("Greeting") if number == 0 else _("Another greeting")
            self.fields[f"greeting_{number}"] = long_text(label, rows=4 if number == 0 else 3, limit=10_000)
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

    def is_valid(self) -> bool:
        rows_are_valid = self.rows is None or self.rows.is_valid()
        return super().is_valid() and rows_are_valid

    def changes(self) -> Changes:
        clean = self.cleaned_data
        spoken = [clean[name].strip() for name in clean if name.startswith("greeting_")]
        data: dict[str, Any] = {
            "first_mes": spoken[0] if spoken else "",
            "alternate_greetings": [text for text in spoken[1:] if text],
        }
        if self.rows is None:
            data["mes_example"] = clean.get("mes_example", "")
        elif self.rows.is_valid():
            pairs = [Exchange(row.get("fan", ""), row.get("character", "")) for row in self.rows.cleaned_data]
            data["mes_example"] = examples.render(pair for pair in pairs if pair.fan or pair.character)
        return Changes(data)


def _greetings(card: CharacterCard) -> list[str]:
    return [card.first_mes, *card.alternate_greetings]


class LoreRow(forms.Form):
    use_required_attribute = False
    name = forms.CharField(label=_("Entry"), max_length=80, required=False)
    keys = forms.CharField(
        label=_("Wakes when somebody says"),
        max_length=400,
        required=False,
        help_text=_("Words divided by commas."),
    )
    content = long_text(_("Then they know"), rows=3)
    constant = forms.BooleanField(label=_("Always awake"), required=False)
    enabled = forms.BooleanField(label=_("In use"), required=False, initial=True)

    @property
    def is_blank(self) -> bool:
        clean = self.cleaned_data
        return not any(clean.get(name, "").strip() for name in ("name", "keys", "content"))

    def clean(self) -> dict[str, Any]:
        clean = super().clean() or self.cleaned_data
        if not self.is_blank and not clean.get("constant") and not clean.get("keys", "").strip():
            self.add_error(
                "keys", _("Without a key nothing wakes this entry. Write a word, or let it always be awake.")
            )
        return clean

    def merged(self, before: dict[str, Any]) -> dict[str, Any]:
        """Return the entry with what this row says; everything else of it stays."""
        clean = self.cleaned_data
        keys = [key.strip() for key in clean.get("keys", "").replace("，", ",").split(",") if key.strip()]
        return {
            "extensions": {},
            "insertion_order": 100,
            "use_regex": False,
            **before,
            "name": clean.get("name", ""),
            "keys": keys,
            "content": clean.get("content", ""),
            "constant": clean.get("constant", False),
            "enabled": clean.get("enabled", False),
        }


LoreRows = forms.formset_factory(
    LoreRow, extra=1, max_num=ROWS * 2, absolute_max=ROWS * 2, can_delete=True, can_delete_extra=False
)


class LorebookForm(StepForm):
    """The lorebook as rows. Entries beyond the rows, and keys we do not know, stay as they are."""

    def __init__(self, *args: Any, card: CharacterCard, **kwargs: Any) -> None:
        super().__init__(*args, card=card, **kwargs)
        self.entries = [dict(entry) for entry in fields.objects(fields.mapping(card.data, "character_book"), "entries")]
        self.rows = bound_or_fresh(LoreRows, self, "lore", [_lore_initial(entry) for entry in self.entries[:SHOWN]])

    def is_valid(self) -> bool:
        rows_are_valid = self.rows.is_valid()
        return super().is_valid() and rows_are_valid

    def changes(self, *, keep_removed: bool = False) -> Changes:
        """Return the new list of entries. `keep_removed`: an autosave leaves them, so that row numbers stay true."""
        known = min(self.rows.initial_form_count(), len(self.entries))
        forms_ = self.rows.forms
        kept = [
            row.merged(self.entries[number])
            for number, row in enumerate(forms_[:known])
            if keep_removed or not row.cleaned_data.get("DELETE")
        ]
        fresh = [row.merged({}) for row in forms_[known:] if not row.is_blank]
        unseen = self.entries[SHOWN:]
        # With entries out of sight a row saved twice could not be told from them: it waits for the real save.
        return Changes(entries=[*kept, *unseen, *([] if unseen and keep_removed else fresh)])


def _lore_initial(entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": fields.text(entry, "name") or fields.text(entry, "comment"),
        "keys": ", ".join(fields.texts(entry, "keys")),
        "content": fields.text(entry, "content"),
        "constant": fields.flag(entry, "constant"),
        "enabled": fields.flag(entry, "enabled", default=True),
    }


class SceneRow(forms.Form):
    use_required_attribute = False
    title = forms.CharField(label=_("Scene"), max_length=80, required=False)
    setup = long_text(_("What happens"), rows=3, limit=2000)
    opening = long_text(_("First words"), rows=3, limit=2000)
    goal = long_text(_("Where it should lead"), rows=2, limit=1000)


SceneRows = forms.formset_factory(SceneRow, extra=1, min_num=1, max_num=20, absolute_max=20)


class StorylineForm(forms.Form):
    """A hidden storyline with its scenes. A half-written one may be saved; the card doctor minds it later."""

    use_required_attribute = False
    title = forms.CharField(label=_("Title"), max_length=120, help_text=_("Public."))
    teaser = forms.CharField(
        label=_("Teaser"), max_length=300, required=False, help_text=_("Public. Make curious, give nothing away.")
    )
    price_coins = forms.IntegerField(
        label=_("Price in coins"),
        min_value=0,
        max_value=HIGHEST_PRICE_COINS,
        help_text=_("0 is a gift. A new price holds from this moment on."),
    )
    free_first_scene = forms.BooleanField(label=_("The first scene is free to read"), required=False)
    knowledge = long_text(
        _("What they may speak of once unlocked"),
        rows=8,
        limit=12_000,
        help_text=_("Hidden from everybody who has not unlocked it: in chats, search, exports, everywhere."),
    )

    def __init__(self, *args: Any, storyline: Storyline, **kwargs: Any) -> None:
        names = ("title", "teaser", "knowledge", "free_first_scene")
        kwargs["initial"] = {name: getattr(storyline, name) for name in names}
        kwargs["initial"]["price_coins"] = storyline.offer.price_coins
        super().__init__(*args, **kwargs)
        self.rows = bound_or_fresh(SceneRows, self, "scenes", list(storyline.scenes))

    def is_valid(self) -> bool:
        rows_are_valid = self.rows.is_valid()
        return super().is_valid() and rows_are_valid

    def texts(self) -> dict[str, Any]:
        """Return the keyword arguments of `services.update_storyline`."""
        scenes: Sequence[dict[str, Any]] = [row for row in self.rows.cleaned_data if any(row.values())]
        return {**self.cleaned_data, "scenes": scenes}
