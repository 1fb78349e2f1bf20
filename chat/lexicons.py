"""Reads the chat's word lists once a process; the detectors behind them are pure and take them as arguments."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from django.conf import settings

from chat import colloquial as colloquially
from chat.detectors.lexicon import Lexicon, parse
from chat.memory.extract import Rules
from chat.memory.extract import parse as parse_facts


@cache
def emotions() -> Lexicon:
    """Return the Chinese and English emotion word lists as one lexicon."""
    folder = Path(settings.FIXTURES_DIR) / "lexicons"
    return parse((folder / f"emotion_{language}.txt").read_text(encoding="utf-8") for language in ("zh", "en"))


@cache
def facts() -> Rules:
    """Return the rules of what is remembered."""
    source = Path(settings.FIXTURES_DIR) / "lexicons" / "facts.yaml"
    return parse_facts(yaml.safe_load(source.read_text(encoding="utf-8")))


@cache
def colloquial(*, is_chinese: bool) -> tuple[colloquially.Table, colloquially.Signs]:
    """Return the rules of how people say it in a language, and the signs of how they do not."""
    source = Path(settings.FIXTURES_DIR) / "lexicons" / f"colloquial.{'zh' if is_chinese else 'en'}.yaml"
    data = yaml.safe_load(source.read_text(encoding="utf-8"))
    rules = colloquially.parse(data, is_chinese=is_chinese)
    return rules, colloquially.Signs(colloquially.parse(data, is_chinese=is_chinese, section="signs"))
