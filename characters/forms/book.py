"""Forms around a lorebook: making one, what it says of itself, where it is read, its file, trying it out."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Persona, User
from characters import trial
from characters.booksettings import HIGHEST as HIGHEST_SETTING
from characters.cards import fields, limits
from characters.cards.limits import JsonObject
from characters.forms.entry import loosen
from characters.forms.locks import level_field, price_field
from characters.models import WorldBook
from characters.services.books import NAME_CHARS


class NewBookForm(forms.Form):
    name = forms.CharField(label=_("What is it called?"), max_length=NAME_CHARS)


class BookFileForm(forms.Form):
    file = forms.FileField(
        label=_("Lorebook file"),
        help_text=_("A lorebook of version 3, a SillyTavern world info file, or a card that has a lorebook."),
        widget=forms.ClearableFileInput(
            attrs={"accept": ".json,.png,.charx,application/json,image/png,application/zip"}
        ),
    )

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        if upload.size > limits.FILE_BYTES:
            raise forms.ValidationError(_("The file is larger than 16 MB. A lorebook never is."), code="too_large")
        return upload


class BookForm(forms.Form):
    """What a book says of itself. Only what was changed is written."""

    use_required_attribute = False
    name = forms.CharField(label=_("Name"), max_length=NAME_CHARS, required=False)
    description = forms.CharField(
        label=_("What is in it"),
        max_length=limits.TEXT_CHARS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("For you and those who get the file; never in a prompt."),
    )
    scan_depth = forms.IntegerField(
        label=_("Messages to read"),
        min_value=0,
        max_value=1000,
        required=False,
        help_text=_("Empty: as usual."),
    )
    token_budget = forms.IntegerField(
        label=_("Most tokens in a prompt"),
        min_value=0,
        max_value=HIGHEST_SETTING,
        required=False,
        help_text=_("Empty: a quarter of the context."),
    )
    recursive_scanning = forms.TypedChoiceField(
        label=_("Entries wake other entries"),
        choices=[("", _("as usual")), ("true", _("yes")), ("false", _("no"))],
        required=False,
        coerce=lambda value: value == "true",
        empty_value=None,
    )

    def __init__(self, *args: Any, book: JsonObject, name: str = "", **kwargs: Any) -> None:
        recursive = book.get("recursive_scanning")
        self.stored: dict[str, Any] = {
            "name": name or fields.text(book, "name"),
            "description": fields.text(book, "description"),
            "scan_depth": fields.whole(book, "scan_depth"),
            "token_budget": fields.whole(book, "token_budget"),
            "recursive_scanning": recursive if isinstance(recursive, bool) else None,
        }
        shown = {True: "true", False: "false", None: ""}[self.stored["recursive_scanning"]]
        kwargs["initial"] = self.stored | {"recursive_scanning": shown}
        super().__init__(*args, **kwargs)
        for field, value in self.stored.items():
            loosen(self.fields[field], value)

    def settings(self) -> dict[str, Any]:
        """Return the settings to change; None takes one away."""
        clean = dict(self.cleaned_data)
        clean["description"] = clean["description"].replace("\r\n", "\n")
        changed = {name: value for name, value in clean.items() if name in self.stored and value != self.stored[name]}
        return {name: value if value != "" else None for name, value in changed.items()}


class WorldBookForm(BookForm):
    """A book of one's own: besides, where it is read."""

    is_everywhere = forms.BooleanField(
        label=_("In every chat of mine"), required=False, help_text=_("Whoever you speak with knows it.")
    )
    personas = forms.ModelMultipleChoiceField(
        label=_("Goes along with"),
        queryset=Persona.objects.none(),
        to_field_name="public_id",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Chats in which you are one of these read it."),
    )

    def __init__(self, *args: Any, holder: WorldBook, user: User, **kwargs: Any) -> None:
        super().__init__(*args, book=holder.data, name=holder.name, **kwargs)
        personas: Any = self.fields["personas"]
        personas.queryset = user.personas.order_by("name", "pk")
        self.initial = {
            **self.initial,
            "is_everywhere": holder.is_everywhere,
            "personas": [persona.public_id for persona in holder.personas.all()],
        }


class TrialForm(forms.Form):
    text = forms.CharField(
        label=_("Say something"),
        max_length=trial.CHARS,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("A message a line, the newest last. Lines that begin with > are the character's."),
    )


class LockForm(forms.Form):
    """What opens an entry of a character's own lorebook."""

    use_required_attribute = False
    price_coins = price_field()
    affinity = level_field()
    title = forms.CharField(
        label=_("What the lock is called"),
        max_length=120,
        required=False,
        help_text=_("Public. Give nothing away."),
    )

    def lock(self) -> dict[str, Any]:
        """Return the keyword arguments of `set_lock`."""
        clean = self.cleaned_data
        return {
            "price_coins": clean.get("price_coins") or 0,
            "affinity": clean.get("affinity") or 0,
            "title": clean.get("title", ""),
        }
