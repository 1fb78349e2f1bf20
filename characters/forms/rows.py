"""What the steps made of rows share."""

from __future__ import annotations

from typing import Any

from django import forms

ROWS = 100
SHOWN = 2 * ROWS - 1


def bound_or_fresh(rows: Any, form: forms.BaseForm, prefix: str, initial: list[dict[str, Any]]) -> Any:
    """Return the formset beside `form`. Bound, it gets no initial rows: one equal to what is stored is not blank."""
    return rows(form.data, prefix=prefix) if form.is_bound else rows(prefix=prefix, initial=initial)
