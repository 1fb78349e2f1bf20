"""Reporting a character."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from moderation import policies


class ReportForm(forms.Form):
    policy_hint = forms.ChoiceField(label=_("What is wrong?"), widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("What should we look at?"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One sentence helps. The creator never learns who reported."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(p.code, p.title) for p in policies.all_policies().values() if p.is_reportable]
        self.fields["policy_hint"].choices = choices  # type: ignore[attr-defined]

    def report(self) -> dict[str, str]:
        """Return the keyword arguments of `attach_report`."""
        return {"policy_hint": self.cleaned_data["policy_hint"], "text": self.cleaned_data["text"]}
