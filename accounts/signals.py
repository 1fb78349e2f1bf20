"""What happened to accounts, announced after the commit."""

from __future__ import annotations

from django.dispatch import Signal

# user_id: int. Sent when an account was closed and its personal data erased here.
account_deleted = Signal()
