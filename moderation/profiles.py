"""What a detector needs to know of a character, as plain data: it knows no card and no database."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CharacterProfile:
    """Voice and world of a character.

    `language` is `zh-Hans` or `en`; `era` says in words what the character can know; `forbidden` are words
    of another world; `sentence_length` is short, medium or long; `reply_length` the usual range of a reply
    in Han characters (zh) or words (en), (0, 0) for unknown; `catchphrase_rate` the share of replies with one.
    `is_artificial` is true where the card itself says the character is a machine, so that it may say so.
    """

    name: str = ""
    language: str = "zh-Hans"
    era: str = ""
    forbidden: tuple[str, ...] = ()
    catchphrases: tuple[str, ...] = ()
    sentence_length: str = ""
    formality: str = ""
    reply_length: tuple[int, int] = (0, 0)
    catchphrase_rate: float = 0.0
    is_artificial: bool = False
