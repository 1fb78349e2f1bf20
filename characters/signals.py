"""Facts this app announces, on commit. Documented in docs/reference/events.md."""

from __future__ import annotations

from django.dispatch import Signal

character_submitted = Signal()  # sender: Character; character
character_published = Signal()  # sender: Character; character, version
