"""What the money pages send back. Hidden fields, all of them checked like any other input."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from billing import keys
from billing.gateways.fake import Mischief
from billing.gateways.fake_till import Card
from billing.models.offers import HIGHEST_PRICE_COINS

LONGEST_NEXT = 500


class IntentForm(forms.Form):
    """One intent to spend: its key, and where to go on afterwards."""

    key = forms.RegexField(keys.PATTERN, widget=forms.HiddenInput)
    next = forms.CharField(required=False, max_length=LONGEST_NEXT, widget=forms.HiddenInput)


class PurchaseForm(IntentForm):
    expected_price = forms.IntegerField(min_value=0, max_value=HIGHEST_PRICE_COINS, widget=forms.HiddenInput)


class CheckoutForm(IntentForm):
    pack = forms.SlugField(max_length=40, widget=forms.HiddenInput)


class FakePaymentForm(forms.Form):
    card = forms.ChoiceField(
        label=_("Test card"),
        initial=Card.SUCCESS,
        widget=forms.RadioSelect,
        choices=[
            (Card.SUCCESS, _("Pays at once")),
            (Card.SECURE, _("Asks your bank first (3-D Secure)")),
            (Card.DECLINED, _("Is declined")),
            (Card.NO_FUNDS, _("Has too little on it")),
            (Card.BANK_DEBIT, _("Bank debit, paid after 20 seconds")),
            (Card.BANK_REFUSED, _("Bank debit, refused after 20 seconds")),
        ],
    )
    mischief = forms.MultipleChoiceField(
        label=_("Misbehave"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            (Mischief.DUPLICATE, _("Send every event three times")),
            (Mischief.REORDER, _("Send the last event first")),
            (Mischief.DELAY, _("Send events half a minute late")),
            (Mischief.DROP, _("Send no event at all")),
            (Mischief.ERROR, _("Answer the next two questions with an error")),
        ],
    )
