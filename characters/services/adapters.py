"""Giving a character its own voice: the LoRA adapter that a model server keeps for it. For operators."""

from __future__ import annotations

from characters.models import Character


def give_adapter(character: Character, *, name: str) -> Character:
    """Name the adapter that speaks for a character, "" for none; the next reply uses it."""
    character.adapter = name.strip()
    character.save(update_fields=["adapter", "updated_at"])
    return character
