"""Words for what detectors say: the stable `reason` codes of findings, for moderators and creators."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from moderation.findings import Category

CATEGORIES: dict[str, str | Promise] = {
    Category.SELF_HARM: _("Self-harm"),
    Category.SEXUAL: _("Sexual content"),
    Category.MINORS: _("Minors"),
    Category.VIOLENCE: _("Violence"),
    Category.ILLEGAL: _("Illegal instruction"),
    Category.HATE: _("Hate"),
    Category.HARASSMENT: _("Harassment"),
    Category.PRIVACY: _("Private data"),
    Category.CONTACT: _("Contact outside the park"),
    Category.GAMBLING: _("Gambling"),
    Category.INJECTION: _("Prompt trick"),
    Category.OOC: _("Out of character"),
    Category.QUALITY: _("Quality"),
}

REASONS: dict[str, str | Promise] = {
    "advice": _("gives advice nobody asked for"),
    "age_claim": _("somebody says they are a minor"),
    "ai_disclosure": _("speaks as an AI"),
    "anachronism": _("a word of another world"),
    "assistant_speak": _("speaks like an assistant"),
    "contempt": _("contempt"),
    "crushing": _("words that crush a person"),
    "customer_service": _("customer-service voice"),
    "distress": _("great distress"),
    "document_format": _("written like a document"),
    "doxxing": _("reveals who somebody is"),
    "explicit": _("explicit words"),
    "extraction": _("asks for the hidden instructions"),
    "farewell": _("words of farewell"),
    "generality": _("comforts with a generality"),
    "gore": _("cruelty in detail"),
    "hurt": _("speaks of hurting oneself"),
    "instruction": _("an instruction to do harm"),
    "insult": _("insult"),
    "intent": _("says they intend it"),
    "invitation": _("invites to another platform"),
    "jailbreak": _("asks to leave all rules behind"),
    "judge": _("talks to the reviewer"),
    "language_mismatch": _("another language than the character's"),
    "lecture": _("lectures"),
    "mail": _("an e-mail address"),
    "means": _("names a means"),
    "messenger": _("an account elsewhere"),
    "method": _("names a method"),
    "minor_marker": _("a sign of a minor"),
    "minor_romance": _("romance with a minor"),
    "minor_sexual": _("sexual content with a minor"),
    "override": _("asks to ignore the instructions"),
    "phone": _("a phone number"),
    "refusal": _("refuses like a machine"),
    "role_tokens": _("forged role marks"),
    "romance_marker": _("romance"),
    "slur": _("slur"),
    "suggestive": _("suggestive words"),
    "threat": _("threat"),
    "too_long": _("far longer than it usually speaks"),
    "tout": _("advertises a game for money"),
    "trade": _("offers forbidden goods"),
    "urging": _("urges somebody to hurt themselves"),
    "url": _("a web address"),
    "wish": _("wishes not to live"),
    "world_break": _("breaks the world of the story"),
}


def category(value: str) -> str:
    return str(CATEGORIES.get(value, value))


def reason(code: str) -> str:
    """Return the words of a reason code, the code itself where there are none yet."""
    return str(REASONS.get(code, code.replace("_", " ")))
