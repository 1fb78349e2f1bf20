"""Forms of sign-up, settings and personas."""

from __future__ import annotations

import zoneinfo
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import services
from accounts.models import ApiKey, Consent, Pace, Persona, Theme, User

REGIONS = [
    ("CN", _("Mainland China")),
    ("HK", _("Hong Kong")),
    ("TW", _("Taiwan")),
    ("SG", _("Singapore")),
    ("JP", _("Japan")),
    ("US", _("United States")),
    ("CA", _("Canada")),
    ("GB", _("United Kingdom")),
    ("AU", _("Australia")),
    ("EU", _("European Union")),
    ("ZZ", _("Elsewhere")),
]
TIME_ZONES = [(name, name.replace("_", " ")) for name in sorted(zoneinfo.available_timezones()) if "/" in name]


class BirthDateField(forms.DateField):
    """A date of birth typed or picked; never in the future."""

    widget = forms.DateInput(attrs={"type": "date", "autocomplete": "bday"}, format="%Y-%m-%d")

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {**super().widget_attrs(widget), "max": timezone.localdate().isoformat()}


class SignupForm(forms.Form):
    """Extra fields of the sign-up page; allauth calls `signup` with the new user."""

    display_name = forms.CharField(
        label=_("What shall they call you?"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}),
        help_text=_("Characters and creators see this name. You can change it later."),
    )

    def signup(self, request: Any, user: User) -> None:
        """Keep the name and the language the visitor read the page in."""
        services.update_profile(
            user, display_name=self.cleaned_data["display_name"], language=get_language() or settings.LANGUAGE_CODE
        )


class AgeForm(forms.Form):
    """The door into the park: age and what must be agreed to."""

    birth_on = BirthDateField(
        label=_("Date of birth"), help_text=_("Only used to keep the park right for your age. It is never shown.")
    )
    ai_notice = forms.BooleanField(
        label=_("I understand that every character here is an AI, not a person."),
        error_messages={"required": _("Please confirm that you know this before you enter.")},
    )
    terms = forms.BooleanField(
        label=_("I agree to the terms of the park and its privacy notice."),
        error_messages={"required": _("Please agree to the terms, or leave the park by signing out.")},
    )


class ProfileForm(forms.ModelForm[User]):
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=TIME_ZONES)
    region = forms.ChoiceField(
        label=_("Region"), choices=REGIONS, help_text=_("Decides which help lines and prices you are shown.")
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    theme = forms.ChoiceField(label=_("Theme"), choices=Theme.choices)
    pace = forms.ChoiceField(
        label=_("How replies appear"),
        choices=Pace.choices,
        help_text=_("Bubble by bubble, each after a moment, or as fast as the words come."),
    )

    class Meta:
        model = User
        fields = ["display_name", "language", "theme", "pace", "time_zone", "region"]


class PersonaForm(forms.ModelForm[Persona]):
    class Meta:
        model = Persona
        fields = ["name", "description"]
        widgets = {"description": forms.Textarea(attrs={"rows": 4})}
        help_texts = {
            "name": _("How characters call you in a story."),
            "description": _("What a character may know of you: looks, work, mood. Leave out real secrets."),
        }


class DeleteAccountForm(forms.Form):
    """The last door asks for the word, not for a reason."""

    email = forms.EmailField(label=_("Type your e-mail address to confirm"))

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        self.user = user
        super().__init__(*args, **kwargs)

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if email != self.user.email:
            raise forms.ValidationError(_("That is not the address of this account."))
        return email


CONSENT_HELP = {
    Consent.Kind.TERMS: _("Needed to use the park."),
    Consent.Kind.AI_NOTICE: _("Needed to use the park."),
    Consent.Kind.AUDIT: _("People may read a small, nameless sample of your chats to catch replies out of character."),
    Consent.Kind.TRAINING: _("Your chats may teach characters to speak better. Off unless you turn it on."),
}


class KeyForm(forms.Form):
    """A new key for a program. `ticket` tells a form sent twice from two forms."""

    name = forms.CharField(
        label=_("Name"),
        max_length=60,
        help_text=_("For you, to tell your keys apart: the program it is for, or the machine."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=ApiKey.Scope.choices,
        initial=ApiKey.Scope.values,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Nothing else: a key opens no page, no wallet and no settings."),
        error_messages={"required": _("A key that may do nothing is no key.")},
    )
    days = forms.TypedChoiceField(
        label=_("Ends"),
        choices=[(30, _("In 30 days")), (90, _("In 90 days")), (365, _("In a year")), (0, _("Never"))],
        coerce=int,
        initial=90,
    )
    ticket = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def fields_of_key(self) -> dict[str, Any]:
        """Return what `accounts.keys.create_key` takes."""
        given, days = self.cleaned_data, self.cleaned_data["days"]
        return {
            "name": given["name"],
            "scopes": given["scopes"],
            "expires_at": timezone.now() + timedelta(days=days) if days else None,
            "ticket": given["ticket"],
        }
