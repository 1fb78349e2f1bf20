"""What readers type to find or bring a character."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from characters.cards import limits
from characters.models.character import Language, Scene
from companion_site.core.exceptions import DomainError

# What a file chooser offers; what a file is, its content says.
ACCEPTED = ",".join(
    (".png", ".apng", ".webp", ".charx", ".json", ".yaml", ".yml", ".jpg", ".jpeg", ".zip", "image/png", "image/webp")
)


class Order(models.TextChoices):
    BEST = "", _("Best match")
    POPULAR = "popular", _("Most loved")
    NEWEST = "newest", _("Newest")


class DiscoverForm(forms.Form):
    """The discover page's filters; every one is optional and what is wrong is simply left out."""

    use_required_attribute = False
    q = forms.CharField(label=_("Search"), max_length=100, required=False, strip=True)
    tag = forms.CharField(max_length=40, required=False)
    language = forms.ChoiceField(
        label=_("Speaks"), choices=[("", _("Any language")), *Language.choices], required=False
    )
    scene = forms.ChoiceField(label=_("What for?"), choices=[("", _("Anything")), *Scene.choices], required=False)
    order = forms.ChoiceField(label=_("Sort by"), choices=Order.choices, required=False)

    def wanted(self) -> dict[str, str]:
        """Return the valid filters that say something."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class NewCharacterForm(forms.Form):
    name = forms.CharField(label=_("What are they called?"), max_length=80)


class ImportForm(forms.Form):
    file = forms.FileField(
        label=_("Card file"),
        help_text=_(
            "PNG, APNG, WebP, CHARX, JSON or YAML: cards of version 1, 2 and 3, lorebooks, LobeChat, RealChar."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED}),
    )

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > limits.ARCHIVE_BYTES:
            raise forms.ValidationError(_("The file is larger than 50 MB. A card never is."), code="too_large")
        return upload

    def refuse(self, error: DomainError) -> None:
        """Put a refused file's place and reason at the field."""
        place = f"{error.extra['path']}: " if error.extra.get("path") else ""
        self.add_error("file", f"{place}{error.detail}")
