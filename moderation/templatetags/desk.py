"""Words and numbers of the desk."""

from __future__ import annotations

from django import template

from moderation import labels, policies
from moderation.findings import Finding

register = template.Library()


@register.filter
def category_words(finding: Finding) -> str:
    return labels.category(finding.category)


@register.filter
def reason_words(finding: Finding) -> str:
    return labels.reason(finding.reason)


@register.filter
def policy_title(code: str) -> str:
    """Return the policy's title in the reader's language, the code itself for an unknown one."""
    policy = policies.get(code)
    return policy.title if policy else code


@register.filter
def severity_tone(severity: int) -> str:
    """Return the tone of a badge: danger for 5 and 4, warn for 3, else info."""
    return "danger" if severity >= 4 else "warn" if severity == 3 else "info"
