"""A hidden storyline as a form: its locks, and its scenes as rows with their ways on and endings as lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from billing.models.offers import HIGHEST_PRICE_COINS
from characters import plot
from characters.cards import fields
from characters.cards.limits import Json, JsonObject
from characters.forms.base import LONG, long_text
from characters.forms.rows import bound_or_fresh
from characters.models import Storyline
from characters.services.storylines import fault_words, refuse_circle
from characters.storylines import HIGHEST_AFFINITY
from companion_site.core.exceptions import Invalid

_ARROW = re.compile(r"→|->|=>")
# A line of an ending's own text that begins as a title would.
_HASH = re.compile(r"^#", re.MULTILINE)
_IN_PATH = re.compile(r"scenes\[(\d+)\](?:\.(branches|endings))?")


class SceneRow(forms.Form):
    use_required_attribute = False
    title = forms.CharField(label=_("Scene"), max_length=120, required=False)
    setup = long_text(_("What happens"), rows=3)
    opening = long_text(_("First words"), rows=3)
    goal = long_text(_("Where it should lead"), rows=2)
    branches = long_text(
        _("Ways on"),
        rows=2,
        help_text=_(
            "One a line: what the fan does → title of a scene or of an ending. Nothing before the arrow: always."
        ),
        placeholder=_("asks for her name → The eleventh lamp"),
    )
    endings = long_text(
        _("Endings"),
        rows=2,
        help_text=_("A line with # and a title begins each; below it, how it ends."),
        placeholder=_("# The door stays open"),
    )


SceneRows = forms.formset_factory(SceneRow, extra=1, min_num=1, max_num=plot.SCENES, absolute_max=plot.SCENES)


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
    affinity = forms.TypedChoiceField(
        label=_("Opens at affinity level"),
        coerce=int,
        required=False,
        empty_value="0",
        choices=[(0, _("Any level")), *((level, str(level)) for level in range(1, HIGHEST_AFFINITY + 1))],
        help_text=_("Public. Levels come from shared turns alone; they cannot be bought."),
    )
    prerequisite = forms.ModelChoiceField(
        label=_("Opens after"),
        queryset=Storyline.objects.none(),
        required=False,
        empty_label=_("No other story"),
        help_text=_("Public. That story must be open first."),
    )
    free_first_scene = forms.BooleanField(
        label=_("The first scene is free to read"),
        required=False,
        help_text=_("Without coins; the other locks hold for it too."),
    )
    knowledge = long_text(
        _("What they may speak of once unlocked"),
        rows=8,
        limit=LONG,
        help_text=_("Hidden from everybody who has not unlocked it: in chats, search, exports, everywhere."),
    )

    def __init__(self, *args: Any, storyline: Storyline, **kwargs: Any) -> None:
        self.storyline = storyline
        names = ("title", "teaser", "knowledge", "free_first_scene", "affinity")
        kwargs["initial"] = {name: getattr(storyline, name) for name in names}
        kwargs["initial"] |= {"price_coins": storyline.offer.price_coins, "prerequisite": storyline.prerequisite_id}
        super().__init__(*args, **kwargs)
        others = Storyline.objects.filter(character=storyline.character_id).exclude(pk=storyline.pk)
        self.fields["prerequisite"].queryset = others  # type: ignore[attr-defined]
        self.rows = bound_or_fresh(SceneRows, self, "scenes", [_as_lines(scene) for scene in storyline.scenes])

    def clean_prerequisite(self) -> Storyline | None:
        before: Storyline | None = self.cleaned_data["prerequisite"]
        try:
            refuse_circle(self.storyline, before)
        except Invalid as refused:
            raise forms.ValidationError(str(refused.detail)) from refused
        return before

    def is_valid(self) -> bool:
        if not (self.rows.is_valid() and super().is_valid()):
            return False
        written = self._written()
        for fault in plot.faults(plot.clean([scene for _row, scene in written])):
            place = _IN_PATH.match(fault.path)
            if place is None:
                self.add_error(None, fault_words(fault))
            else:
                written[int(place[1])][0].add_error(place[2] or "title", fault_words(fault))
        return not self.errors and all(not row.errors for row in self.rows)

    def texts(self) -> dict[str, Any]:
        """Return the keyword arguments of `services.update_storyline`."""
        clean = {**self.cleaned_data, "affinity": int(self.cleaned_data["affinity"])}
        clean["knowledge"] = _kept(clean["knowledge"], self.storyline.knowledge)
        return {**clean, "scenes": [scene for _row, scene in self._written()]}

    def _written(self) -> list[tuple[forms.Form, JsonObject]]:
        """Return each row that says something, with its scene."""
        rows = [row for row in self.rows.forms if any(row.cleaned_data.values())]
        return [(row, self._scene(row.cleaned_data, number)) for number, row in enumerate(rows)]

    def _scene(self, clean: dict[str, Any], number: int) -> JsonObject:
        stored: Sequence[JsonObject] = self.storyline.scenes
        same = (scene for scene in stored if scene.get("title") == clean.get("title"))
        before = next(same, stored[number] if number < len(stored) else {})
        words = {name: _kept(clean.get(name, ""), fields.text(before, name)) for name in plot.SCENE_FIELDS}
        return {
            **before,
            **words,
            "branches": _merged(_branches(clean.get("branches", "")), fields.objects(before, "branches"), "to"),
            "endings": _merged(_endings(clean.get("endings", "")), fields.objects(before, "endings"), "title"),
        }


def _as_lines(scene: JsonObject) -> dict[str, str]:
    read = plot.Scene.of(scene)
    return {
        **{name: getattr(read, name) for name in plot.SCENE_FIELDS},
        "branches": "\n".join(f"{branch.when} → {branch.to}".strip() for branch in read.branches),
        "endings": "\n".join(f"# {one.title}\n{_escaped(one.text)}".rstrip() for one in read.endings),
    }


def _kept(written: str, before: str) -> str:
    """Return the text as it was where it only went through a browser, which makes CRLF of every line's end."""
    text = _newlines(written)
    return before if text.strip() == _newlines(before).strip() else text


def _newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _escaped(text: str) -> str:
    return _HASH.sub("\\\\#", text)


def _branches(text: str) -> Iterator[JsonObject]:
    for line in _newlines(text).split("\n"):
        *when, to = (part.strip() for part in _ARROW.split(line))
        if when:
            yield {"when": " → ".join(when), "to": to}
        elif to:  # no arrow: what the fan does, and nowhere to go yet
            yield {"when": to, "to": ""}


def _endings(text: str) -> Iterator[JsonObject]:
    title, lines = "", list[str]()
    for line in [*_newlines(text).split("\n"), "#"]:
        if not line.startswith("#"):
            lines.append(line.removeprefix("\\") if line.startswith("\\#") else line)
            continue
        said = "\n".join(lines).strip()
        if title or said:
            yield {"title": title, "text": said}
        title, lines = line.lstrip("#").strip(), []


def _merged(written: Iterator[JsonObject], before: Sequence[JsonObject], key: str) -> list[Json]:
    """Return what was written, with the keys we do not know of the one that had the same `key` before."""
    known = {str(one.get(key)): one for one in before}
    return [{**known.get(str(one[key]), {}), **one} for one in written]
