"""Reads the hand-written YAML of `fixtures/` and turns a character into Character Card V3 data."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

Source = dict[str, Any]

# Keys of a card file that live under `extensions.cardia` as they are.
_OURS = (
    "worldview",
    "backstory",
    "catchphrases",
    "style",
    "reflexes",
    "outage",
    "scene",
    "age",
    "tagline",
    "language",
    "rating",
    "accent",
    "expressions",
    "wardrobe",
    "voice",
    "pace",
)


def read_yaml(path: Path) -> Any:
    with path.open(encoding="utf-8") as stream:
        return yaml.safe_load(stream)


def read_characters(folder: Path) -> list[Source]:
    """Return every character of `fixtures/cards`, by file name."""
    return [read_yaml(path) for path in sorted(folder.glob("*.yaml"))]


def card_data(source: Source) -> Source:
    """Return the V3 `data` object of a hand-written character; hidden storylines are not part of it."""
    greetings = [text.strip() for text in source["greetings"]]
    ours = {key: source[key] for key in _OURS if key in source}
    face = dict(source["face"])
    return {
        "name": source["name"],
        "nickname": source.get("nickname", ""),
        "description": source["description"].strip(),
        "personality": source["personality"].strip(),
        "scenario": source.get("scenario", "").strip(),
        "first_mes": greetings[0],
        "alternate_greetings": greetings[1:],
        "mes_example": "\n".join(_example(pair) for pair in source["examples"]),
        "creator_notes": source.get("creator_notes", "").strip(),
        "system_prompt": "",
        "post_history_instructions": "",
        "group_only_greetings": [],
        "tags": source["tags"],
        "creator": "Cardia",
        "character_version": "1",
        "character_book": book_data(source.get("lorebook", [])),
        "extensions": {
            "cardia": {**ours, "garment": face.pop("garment", {}), "face": face},
        },
    }


def book_data(entries: list[Source]) -> Source:
    """Return hand-written lorebook entries as a V3 Book."""
    return {"extensions": {}, "entries": [_entry(entry) for entry in entries]}


def _example(pair: dict[str, str]) -> str:
    return f"<START>\n{{{{user}}}}: {pair['fan']}\n{{{{char}}}}: {pair['character']}"


def _entry(entry: Source) -> Source:
    keys = [str(key) for key in entry["keys"]]
    # Short words of languages with blanks hide in longer ones: rain in train.
    is_whole = all(key.isascii() for key in keys)
    return {
        "name": entry["name"],
        "keys": keys,
        "secondary_keys": [str(key) for key in entry.get("secondary_keys", [])],
        "selective": bool(entry.get("secondary_keys")),
        "content": entry["content"],
        "constant": bool(entry.get("constant")),
        "enabled": True,
        "insertion_order": entry.get("order", 100),
        "use_regex": False,
        "extensions": {"match_whole_words": True} if is_whole else {},
    }
