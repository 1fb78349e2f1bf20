"""The policies of the house: code, wording, gravity, time allowed, what may be decided under each.

Data of `fixtures/policies.yaml`, loaded once. A decision stores code and version, so that what it meant
at the time can always be read in the file's history.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from django.conf import settings
from django.utils.translation import get_language

from moderation.findings import Category, Finding, worst
from moderation.models import Family, Outcome, Source
from moderation.policy import CRISIS_CODE, POLICY_CODES

REVIEW_CODE = "REVIEW-01"
OTHER_CODE = "OTHER-01"


@dataclass(frozen=True, slots=True)
class Policy:
    """One rule of the house. `titles` and `texts` are keyed by `zh-hans` and `en`."""

    code: str
    family: Family
    titles: Mapping[str, str]
    texts: Mapping[str, str]
    severity: int
    sla_minutes: int
    outcomes: tuple[Outcome, ...]
    is_reportable: bool
    version: str

    @property
    def title(self) -> str:
        """The title in the reader's language."""
        return self.title_in(get_language() or "en")

    @property
    def text(self) -> str:
        """What the policy asks, in the reader's language."""
        return self.text_in(get_language() or "en")

    def title_in(self, language: str) -> str:
        return self.titles.get(language.lower(), self.titles["en"])

    def text_in(self, language: str) -> str:
        return self.texts.get(language.lower(), self.texts["en"])


@cache
def all_policies() -> dict[str, Policy]:
    """Return the policies by code, in the order of the file (the order of the desk)."""
    data = yaml.safe_load((Path(settings.FIXTURES_DIR) / "policies.yaml").read_text(encoding="utf-8"))
    return {
        row["code"]: Policy(
            code=row["code"],
            family=Family(row["family"]),
            titles={language.lower(): title for language, title in row["title"].items()},
            texts={language.lower(): text.strip() for language, text in row["text"].items()},
            severity=row["severity"],
            sla_minutes=row["sla_minutes"],
            outcomes=tuple(Outcome(outcome) for outcome in row["outcomes"]),
            is_reportable=row.get("reportable", True),
            version=str(data["version"]),
        )
        for row in data["policies"]
    }


def get(code: str) -> Policy | None:
    """Return the policy of a code, None for an unknown one."""
    return all_policies().get(code)


def reportable() -> list[Policy]:
    """Return the policies a reader may name in a report."""
    return [policy for policy in all_policies().values() if policy.is_reportable]


def policy_for(findings: list[Finding], source: str, hint: str = "") -> Policy:
    """Return the policy a case belongs to: the review's or crisis's own, the gravest finding's, or the reporter's."""
    known = all_policies()
    if source == Source.REVIEW:
        return known[REVIEW_CODE]
    if source == Source.CRISIS:
        return known[CRISIS_CODE]
    gravest = worst(findings)
    if gravest is not None:
        return known[POLICY_CODES[gravest.category]]
    return known.get(hint, known[OTHER_CODE])


def is_about_character(finding: Finding) -> bool:
    """Say whether a finding is about voice and quality rather than safety."""
    return finding.category in {Category.OOC, Category.QUALITY}
