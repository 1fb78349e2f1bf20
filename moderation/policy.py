"""What follows from findings: allow, warn or block, on which side of the chat, under which policy. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from moderation.findings import Category, Finding, Severity, worst

Side = Literal["fan", "character", "card"]


class Action(StrEnum):
    ALLOW = "allow"
    WARN = "warn"
    BLOCK = "block"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision on one text. `crisis` asks for the crisis card; it never blocks what a fan says."""

    action: Action = Action.ALLOW
    findings: tuple[Finding, ...] = ()
    policy_code: str = ""
    crisis: bool = False
    crisis_severity: Severity = Severity.NOTE

    @property
    def is_blocked(self) -> bool:
        return self.action is Action.BLOCK


# From which severity on a category blocks, by side; missing: never. A fan in despair is never blocked,
# a fan's own phone number is theirs to tell, and a character out of character is rewritten, not blocked.
BLOCK_AT: dict[str, dict[Category, Severity]] = {
    "fan": {
        Category.SEXUAL: Severity.HIGH,
        Category.MINORS: Severity.MEDIUM,
        Category.VIOLENCE: Severity.HIGH,
        Category.ILLEGAL: Severity.HIGH,
        Category.HATE: Severity.HIGH,
        Category.GAMBLING: Severity.MEDIUM,
    },
    "character": {
        Category.SELF_HARM: Severity.HIGH,
        Category.SEXUAL: Severity.HIGH,
        Category.MINORS: Severity.MEDIUM,
        Category.VIOLENCE: Severity.HIGH,
        Category.ILLEGAL: Severity.HIGH,
        Category.HATE: Severity.HIGH,
        Category.HARASSMENT: Severity.HIGH,
        Category.CONTACT: Severity.MEDIUM,
        Category.GAMBLING: Severity.MEDIUM,
        Category.PRIVACY: Severity.HIGH,
    },
    "card": {
        Category.SELF_HARM: Severity.CRITICAL,
        Category.SEXUAL: Severity.HIGH,
        Category.MINORS: Severity.MEDIUM,
        Category.VIOLENCE: Severity.HIGH,
        Category.ILLEGAL: Severity.HIGH,
        Category.HATE: Severity.HIGH,
        Category.CONTACT: Severity.MEDIUM,
        Category.GAMBLING: Severity.MEDIUM,
        Category.PRIVACY: Severity.HIGH,
        Category.INJECTION: Severity.HIGH,
    },
}
# Below this a finding is only noted, not warned about.
WARN_AT = Severity.MEDIUM
CRISIS_AT = Severity.HIGH

POLICY_CODES: dict[Category, str] = {
    Category.SELF_HARM: "SELF-HARM-01",
    Category.SEXUAL: "SEX-01",
    Category.MINORS: "SEX-MINOR-01",
    Category.VIOLENCE: "VIOLENCE-01",
    Category.ILLEGAL: "ILLEGAL-01",
    Category.HATE: "HATE-01",
    Category.HARASSMENT: "HARASS-01",
    Category.PRIVACY: "PRIVACY-01",
    Category.CONTACT: "CONTACT-01",
    Category.GAMBLING: "GAMBLING-01",
    Category.INJECTION: "INJECT-01",
    Category.OOC: "OOC-01",
    Category.QUALITY: "QUALITY-01",
}
CRISIS_CODE = "CRISIS-01"


def blocks(finding: Finding, side: Side) -> bool:
    """Say whether this finding alone blocks a text on this side."""
    at = BLOCK_AT[side].get(finding.category)
    return at is not None and finding.severity >= at


def judge(findings: Sequence[Finding], *, side: Side) -> Verdict:
    """Return the verdict on a text of `side` with these findings; the gravest one names the policy."""
    despair = [f.severity for f in findings if f.category is Category.SELF_HARM and side == "fan"]
    crisis_severity = max(despair, default=Severity.NOTE)
    is_crisis = crisis_severity >= CRISIS_AT
    blocking = [f for f in findings if blocks(f, side)]
    warning = [f for f in findings if f.severity >= WARN_AT]
    action = Action.BLOCK if blocking else Action.WARN if warning else Action.ALLOW
    gravest = worst(blocking or warning)
    code = POLICY_CODES[gravest.category] if gravest else ""
    if is_crisis and not blocking:
        code = CRISIS_CODE
    return Verdict(action, tuple(findings), code, is_crisis, crisis_severity)
