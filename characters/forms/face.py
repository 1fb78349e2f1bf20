"""The face step: parts, colours, garment, accent, and what moves with the mood."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from characters.avatar.catalogue import (
    ACCESSORIES,
    COLOURS,
    DEFAULTS,
    EXPRESSIONS,
    GARMENTS,
    HEX,
    MOVING,
    PARTS,
    variants,
)
from characters.avatar.face import Face, Garment
from characters.cards.schema import CharacterCard
from characters.forms.base import Changes, StepForm

PART_LABELS: dict[str, Any] = {
    "hair": _("Hair"),
    "eyes": _("Eyes"),
    "eyebrows": _("Brows"),
    "mouth": _("Mouth"),
    "nose": _("Nose"),
    "head": _("Jaw"),
    "glasses": _("Glasses"),
    "earrings": _("Earrings"),
    "freckles": _("Freckles"),
    "hairAccessories": _("Flowers"),
    "beard": _("Beard"),
}
COLOUR_LABELS: dict[str, Any] = {
    "skin_color": _("Skin"),
    "hair_color": _("Hair colour"),
    "eye_color": _("Eye colour"),
    "lip_color": _("Lips"),
    "accessory_color": _("Glasses and jewellery"),
}
GARMENT_LABELS: dict[str, Any] = {
    "hanfu": _("Hanfu"),
    "cloak": _("Cloak"),
    "coat": _("Coat"),
    "cardigan": _("Cardigan"),
    "hoodie": _("Hoodie"),
    "sweater": _("Sweater"),
    "shirt": _("Shirt"),
    "dress": _("Dress"),
    "apron": _("Apron"),
    "scarf": _("Scarf"),
}
MOOD_LABELS: dict[str, Any] = {
    "neutral": _("Calm"),
    "joy": _("Joy"),
    "sadness": _("Sadness"),
    "anger": _("Anger"),
    "fear": _("Fear"),
    "surprise": _("Surprise"),
    "disgust": _("Disgust"),
}


def colour_field(label: Any) -> forms.CharField:
    return forms.RegexField(
        HEX.pattern + r"\Z",
        label=label,
        required=False,
        widget=forms.TextInput(attrs={"type": "color"}),
        error_messages={"invalid": _("Choose a colour of the form #rrggbb.")},
    )


def part_field(part: str, *, is_optional: bool = False) -> forms.ChoiceField:
    choices = [(variant, variant) for variant in variants(part)]
    return forms.ChoiceField(
        label=PART_LABELS[part],
        choices=[("", _("None")), *choices] if is_optional else choices,
        required=False,
        widget=forms.RadioSelect,
    )


class FaceForm(StepForm):
    accent = colour_field(_("Glow of the poster"))
    garment_kind = forms.ChoiceField(
        label=_("Clothes"), choices=GARMENT_LABELS.items(), required=False, widget=forms.RadioSelect
    )
    garment_color = colour_field(_("Cloth"))
    garment_trim = colour_field(_("Trim"))

    def __init__(self, *args: Any, card: CharacterCard, **kwargs: Any) -> None:
        super().__init__(*args, card=card, **kwargs)
        for part in PARTS:
            self.fields[part] = part_field(part)
        for part in ACCESSORIES:
            self.fields[part] = part_field(part, is_optional=True)
        for name in COLOURS:
            self.fields[name] = colour_field(COLOUR_LABELS[name])
        for mood in EXPRESSIONS:
            for part in MOVING:
                choices = [("", _("By itself")), *((variant, variant) for variant in variants(part))]
                self.fields[f"{mood}_{part}"] = forms.ChoiceField(
                    label=PART_LABELS[part], choices=choices, required=False
                )

    def read(self, card: CharacterCard) -> dict[str, Any]:
        ours = card.cardia
        face = Face.of(ours.face)
        garment = Garment.of(ours.garment or ours.face.get("garment"), accent=ours.accent or "#b48cff")
        found: dict[str, Any] = dict(face.parts) | dict(face.colours) | dict(face.accessories)
        found |= {
            "accent": ours.accent or "#b48cff",
            "garment_kind": garment.kind if garment else "sweater",
            "garment_color": garment.color if garment else "#232849",
            "garment_trim": garment.trim if garment else "#b48cff",
        }
        for mood in EXPRESSIONS:
            own = ours.expressions.get(mood)
            if isinstance(own, dict):
                found |= {f"{mood}_{part}": own.get(part, "") for part in MOVING}
        return found

    def face(self) -> dict[str, Any]:
        clean = self.cleaned_data
        face: dict[str, Any] = {name: clean.get(name) or DEFAULTS[name] for name in (*PARTS, *COLOURS)}
        return face | {"accessory": {name: clean[name] for name in ACCESSORIES if clean.get(name)}}

    def garment(self) -> dict[str, Any]:
        clean = self.cleaned_data
        return {
            "kind": clean.get("garment_kind") or GARMENTS[0],
            "color": clean.get("garment_color") or "#232849",
            "trim": clean.get("garment_trim") or "#b48cff",
        }

    def expressions(self) -> dict[str, Any]:
        clean = self.cleaned_data
        moods = {
            mood: {part: clean[f"{mood}_{part}"] for part in MOVING if clean.get(f"{mood}_{part}")}
            for mood in EXPRESSIONS
        }
        return {mood: parts for mood, parts in moods.items() if parts}

    def changes(self) -> Changes:
        if not self.touched and self.card.cardia.face:
            return Changes()
        return Changes(
            cardia={
                "face": self.face(),
                "garment": self.garment(),
                "expressions": self.expressions(),
                "accent": self.cleaned_data.get("accent") or "#b48cff",
            }
        )


class ArtForm(forms.Form):
    """A picture of one's own instead of the drawn face."""

    art = forms.FileField(
        label=_("Your own picture"),
        help_text=_("PNG, JPEG or WebP, upright, at most 8 MB. It is cut to 3:4, and what it knows of you is removed."),
        widget=forms.ClearableFileInput(attrs={"accept": "image/png,image/jpeg,image/webp"}),
    )

    def clean_art(self) -> Any:
        upload = self.cleaned_data["art"]
        if upload.size > 8 * 1024 * 1024:
            raise forms.ValidationError(_("The picture is larger than 8 MB. Save it smaller."), code="too_large")
        return upload
