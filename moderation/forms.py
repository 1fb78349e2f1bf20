"""What the desk sends back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from moderation import policies
from moderation.models import Case, Outcome, Source
from moderation.services import outcomes_for


class QueueForm(forms.Form):
    """Filters of the queue; anything odd is left out."""

    source = forms.ChoiceField(
        choices=[("", _("Every source")), *Source.choices],
        required=False,
        widget=forms.Select(attrs={"class": "input"}),
    )
    severity = forms.TypedChoiceField(
        choices=[("", _("Every severity")), *((str(n), str(n)) for n in range(5, 0, -1))],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.Select(attrs={"class": "input"}),
    )


class DecisionForm(forms.Form):
    """One decision. Which outcomes a policy allows is checked by the service; the page only helps."""

    policy_code = forms.ChoiceField(label=_("Policy"))
    outcome = forms.ChoiceField(label=_("Outcome"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One sentence. The people concerned read it."),
    )
    fence = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, case: Case, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fitting = [policy for policy in policies.all_policies().values() if outcomes_for(case, policy)]
        possible = {outcome for policy in fitting for outcome in outcomes_for(case, policy)}
        self.fields["policy_code"].choices = [(p.code, f"{p.code} · {p.title}") for p in fitting]  # type: ignore[attr-defined]
        self.fields["policy_code"].initial = case.policy_hint
        self.fields["outcome"].choices = [(o.value, o.label) for o in Outcome if o in possible]  # type: ignore[attr-defined]
        self.fields["fence"].initial = case.fence
