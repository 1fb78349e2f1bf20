"""The trainer's form."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from training.models import Label


class LabelForm(forms.ModelForm[Label]):
    class Meta:
        model = Label
        fields = ["kind", "rewrite"]
        labels = {"kind": _("What is it?"), "rewrite": _("How would a person say it?")}
        widgets = {"rewrite": forms.Textarea(attrs={"rows": 2})}
