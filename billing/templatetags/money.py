"""Amounts of money as the reader's language writes them."""

from __future__ import annotations

from decimal import Decimal

from babel.core import Locale
from babel.numbers import format_currency, get_currency_precision
from django import template
from django.utils.translation import get_language, to_locale

register = template.Library()


@register.filter
def money(amount_minor: int, currency: str) -> str:
    """Return minor units of an ISO 4217 currency in words of the reader's language: 600, "cny" → ¥6.00."""
    code = currency.upper()
    amount = Decimal(amount_minor).scaleb(-get_currency_precision(code))
    locale = Locale.parse(to_locale(get_language() or "en"), sep="_")
    return format_currency(amount, code, locale=locale)
