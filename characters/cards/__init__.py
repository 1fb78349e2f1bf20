"""Character cards: bytes in, `CharacterCard` out and back. Pure: no Django, no clock, no network."""
