"""Words to the people a case concerns, each in their own language. Written once, never reworded."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from moderation.findings import Finding, worst
from moderation.models import Case, Decision, Notice, Outcome, Source
from moderation.policies import Policy
from moderation.subjects import Subject

Role = Notice.Role
QUOTE_SIZE = 120
# Who hears of what. A groundless report is told to the reporter only; the accused need not worry about it.
_TOLD: dict[str, set[str]] = {
    Outcome.TAKE_DOWN: {Role.OWNER, Role.AUDIENCE, Role.REPORTER},
    Outcome.REJECT: {Role.OWNER, Role.REPORTER},
    Outcome.APPROVE: {Role.OWNER, Role.REPORTER},
    Outcome.NO_ACTION: {Role.REPORTER},
    Outcome.ACKNOWLEDGE_CRISIS: {Role.OWNER},
}


def send_receipt(case: Case, reporter: User) -> None:
    """Tell a reporter that the report has arrived."""
    with override(reporter.language):
        Notice.objects.get_or_create(
            user=reporter,
            case=case,
            kind=Notice.Kind.RECEIPT,
            defaults={
                "role": Role.REPORTER,
                "title": _("We have your report"),
                "body": _(
                    "A moderator will read it and tell you here what was decided. Thank you for looking after the park."
                ),
            },
        )


def send_decision(decision: Decision, policy: Policy, subject: Subject | None) -> None:
    """Tell everybody concerned, once each, what was decided and why; a link only to what they may open."""
    case = decision.case
    for user, role in _recipients(case):
        if role not in _TOLD[decision.outcome]:
            continue
        with override(user.language):
            Notice.objects.get_or_create(
                user=user,
                decision=decision,
                defaults={
                    "case": case,
                    "kind": Notice.Kind.DECISION,
                    "role": role,
                    "policy_code": policy.code,
                    "title": _title(decision, role),
                    "body": _body(decision, policy, role),
                    "url": subject.url() if subject and subject.is_visible_to(user) else "",
                },
            )


def _recipients(case: Case) -> list[tuple[User, Role]]:
    """Return each person once, in the nearest of their roles."""
    people: dict[int, tuple[User, Role]] = {}
    for user in case.audience.all():
        people[user.pk] = (user, Role.AUDIENCE)
    for report in case.reports.select_related("reporter"):
        people[report.reporter_id] = (report.reporter, Role.REPORTER)
    if case.owner is not None:
        people[case.owner.pk] = (case.owner, Role.OWNER)
    return list(people.values())


def _title(decision: Decision, role: Role) -> str:
    name = {"title": decision.case.title}
    if role is Role.REPORTER:
        return _("Your report about “%(title)s” was decided") % name
    match decision.outcome:
        case Outcome.APPROVE:
            return _("“%(title)s” is in the park") % name
        case Outcome.REJECT:
            return _("“%(title)s” needs another hand") % name
        case Outcome.ACKNOWLEDGE_CRISIS:
            return _("Somebody has read what you wrote")
        case _ if role is Role.AUDIENCE:
            return _("A line in your chat was withdrawn: “%(title)s”") % name
    return _("“%(title)s” was taken down") % name


def _body(decision: Decision, policy: Policy, role: Role) -> str:
    if decision.outcome == Outcome.ACKNOWLEDGE_CRISIS:
        return _(
            "A person, not a machine, has read your message. Nothing is held against you. "
            "If the night gets heavy again, the help card in the chat has the numbers of people who listen."
        )
    lines = [_what_happened(decision, role)]
    if decision.outcome != Outcome.APPROVE:
        lines.append(f"{policy.title}\n{policy.text}")
        quote = _quote(decision.case) if role is Role.OWNER else ""
        lines += [_("The passage: “%(quote)s”") % {"quote": quote}] if quote else []
    lines.append(_("The moderator writes: %(reason)s") % {"reason": decision.reason})
    lines.append(_how(decision.case))
    return "\n\n".join(lines)


def _quote(case: Case) -> str:
    """Return the words of the gravest finding as they were frozen, empty where a person saw it and no rule did.

    The creator of a character cannot open a fan's chat; these words are all they learn of it.
    """
    gravest = worst([Finding.from_dict(row) for row in case.findings])
    first = case.snapshots.order_by("taken_at").first()
    if gravest is None or first is None:
        return ""
    parts = first.evidence["parts"]
    text = str(parts.get(gravest.part) or next(iter(parts.values()), ""))
    return text[slice(*gravest.span)][:QUOTE_SIZE]


def _what_happened(decision: Decision, role: Role) -> str:
    match decision.outcome:
        case Outcome.APPROVE:
            return _("The review is done. Everybody whom its rating suits can meet it now.")
        case Outcome.REJECT:
            return _("It is not public. Change what the reason names, then submit it again. Nothing is lost.")
        case Outcome.NO_ACTION:
            return _("We read it and found that it keeps the rules of the house. It stays.")
        case _ if role is Role.AUDIENCE:
            return _("The line did not keep the rules of the house and is no longer part of your chat.")
    return _("It did not keep the rules of the house and can no longer be seen.")


def _how(case: Case) -> str:
    """Say by which means it came up, and that a person decided (DSA art. 17 (3) c)."""
    match case.source:
        case Source.REPORT:
            return _("It came up through a report and was decided by a person.")
        case Source.REVIEW:
            return _("It was read by a person, with automatic checks beside it.")
    return _("It came up in an automatic check and was decided by a person.")
