"""What the steps made of rows share, and the scenes of a storyline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models.offers import HIGHEST_PRICE_COINS
from characters.forms.base import long_text
from characters.models import Storyline

ROWS = 100
SHOWN = 2 * ROWS - 1


def bound_or_fresh(rows: Any, form: forms.BaseForm, prefix: str, initial: list[dict[str, Any]]) -> Any:
    """Return the formset beside `form`. Bound, it gets no initial rows: one equal to what is stored is not blank."""
    return rows(form.data, prefix=prefix) if form.is_bound else rows(prefix=prefix, initial=initial)


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
