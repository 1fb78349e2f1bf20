"""Ways out of the park: phone numbers, messengers, mail and web addresses; and gambling touts."""

from __future__ import annotations

import re

from moderation.findings import Category, Finding, Severity
from moderation.lexicon import Lexicon
from moderation.reading import Reading, View, read

VERSION = "contact@2026-11-1"
MESSENGERS = (
    r"qq|扣扣|企鹅号|微信|薇信|威信|v信|vx|wx"
    r"|wechat|whatsapp|telegram|tg|line|discord|snapchat|insta(?:gram)?|kik|skype"
)
_GAP = r"[\s\-_.·]{0,2}"
_PATTERNS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("contact.phone.cn", re.compile(rf"(?<![\d.])(?:\+?86{_GAP})?1[3-9](?:{_GAP}\d){{9}}(?!\d)"), "phone"),
    ("contact.phone.intl", re.compile(r"(?<!\w)\+\d{1,3}[\s\-.]?\(?\d{1,4}\)?(?:[\s\-.]?\d{2,4}){2,4}(?!\d)"), "phone"),
    ("contact.phone.us", re.compile(r"(?<![\w.])\(?\d{3}\)?[\s\-.]\d{3}[\s\-.]\d{4}(?!\d)"), "phone"),
    ("contact.mail", re.compile(r"[a-z0-9._%+\-]{1,64}@[a-z0-9\-]{1,63}(?:\.[a-z0-9\-]{1,63}){1,4}"), "mail"),
    ("contact.url", re.compile(r"(?:https?://|www\.)[^\s\u3000-\u9fff\"'<>]{3,200}"), "url"),
    (
        "contact.domain",
        re.compile(r"(?<![\w@.])[a-z0-9\-]{2,40}\.(?:com|cn|net|org|io|me|top|xyz|cc|vip|shop|app|co|tv|info)(?![\w])"),
        "url",
    ),
    (
        "contact.messenger",
        re.compile(
            rf"(?<![a-z])(?:{MESSENGERS})"
            r"\s*(?:号|id|群|number|is|:|=|是|为|加|@|me)?\s*(?:号|id|is|:|=|是|为|@)?\s*"
            r"(?=[a-z0-9_\-.]{0,30}\d)[a-z0-9][a-z0-9_\-.]{4,30}"
        ),
        "messenger",
    ),
)  # fmt: skip


def detect(text: str | Reading, lexicon: Lexicon) -> list[Finding]:
    """Return contact data, invitations to leave the site and gambling advertisements in `text`."""
    reading = read(text)
    found = [
        Finding(Category.CONTACT, Severity.MEDIUM, span, rule, VERSION, 0.85, reason)
        for view in reading.views
        if not view.is_squeezed
        for rule, span, reason in _addresses(view)
    ]
    found += [
        hit.finding() for hit in lexicon.scan(reading) if hit.rule.category in {Category.CONTACT, Category.GAMBLING}
    ]
    return found


def is_likely(reading: Reading) -> bool:
    """Say whether an address stands anywhere in the text."""
    return any(pattern.search(reading.views[0].text) for _, pattern, _ in _PATTERNS)


def _addresses(view: View) -> list[tuple[str, tuple[int, int], str]]:
    return [
        (rule, view.span(match.start(), match.end()), reason)
        for rule, pattern, reason in _PATTERNS
        for match in pattern.finditer(view.text)
    ]
