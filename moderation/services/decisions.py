"""Deciding a case: one moderator, one policy, one reason; the effect, the row and the notices in one transaction."""

from __future__ import annotations

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import is_moderator
from companion_site.core.exceptions import NotFound
from moderation import policies, subjects
from moderation.exceptions import CaseDecided, InvalidDecision, OwnContent, SubjectUnknown
from moderation.models import Case, Decision, Family, Outcome, Snapshot
from moderation.notices import send_decision
from moderation.policies import Policy
from moderation.services.cases import freeze
from moderation.signals import case_resolved
from moderation.subjects import Subject

_BY_FAMILY = {
    Family.REVIEW: {Outcome.APPROVE, Outcome.REJECT},
    Family.CRISIS: {Outcome.ACKNOWLEDGE_CRISIS, Outcome.NO_ACTION},
}
_OTHERWISE = {Outcome.TAKE_DOWN, Outcome.NO_ACTION}


def outcomes_for(case: Case, policy: Policy) -> list[Outcome]:
    """Return what may be decided about this case under this policy, possibly nothing."""
    allowed = _BY_FAMILY.get(Family(case.family), _OTHERWISE)
    return [outcome for outcome in policy.outcomes if outcome in allowed]


def decide_case(
    moderator: User, case: Case, *, outcome: str, policy_code: str, reason: str, fence: int | None = None
) -> Decision:
    """Decide an open case and let the decision take effect.

    Atomic: decision, effect on the subject and notices stand or fall together. `fence` is the state of the
    case that the moderator saw. Raises `CaseDecided` (409) when another decision or state came first,
    `OwnContent`, `InvalidDecision`.
    """
    if not is_moderator(moderator):
        raise NotFound
    policy = _check(case, outcome, policy_code, reason)
    with transaction.atomic():
        _refuse_own(moderator, case)
        state = case.fence if fence is None else fence
        _take(case, state)
        subject = _subject_of(case)
        snapshot = freeze(case, subject) if subject else _last_snapshot(case)
        decision = Decision.objects.create(
            case=case,
            moderator=moderator,
            outcome=outcome,
            policy_code=policy.code,
            policy_version=policy.version,
            reason=reason.strip(),
            snapshot=snapshot,
            fence=state,
        )
        if subject is not None:
            _apply(subject, case, decision)
        send_decision(decision, policy, subject)
        transaction.on_commit(lambda: case_resolved.send_robust(Case, case=case, decision=decision) and None)
    case.refresh_from_db()
    return decision


def _check(case: Case, outcome: str, policy_code: str, reason: str) -> Policy:
    policy = policies.get(policy_code)
    if policy is None:
        raise InvalidDecision(_("Choose the policy this is about."), field="policy_code")
    if outcome not in outcomes_for(case, policy):
        raise InvalidDecision(_("This policy does not allow that outcome here. Choose another one."), field="outcome")
    if not reason.strip():
        raise InvalidDecision(_("Write one sentence of reason: the people concerned will read it."), field="reason")
    return policy


def _refuse_own(moderator: User, case: Case) -> None:
    is_mine = case.owner_id == moderator.pk
    if is_mine or case.audience.filter(pk=moderator.pk).exists() or case.reports.filter(reporter=moderator).exists():
        raise OwnContent


def _take(case: Case, state: int) -> None:
    """Move the case from open to decided, or lose to whoever did it first."""
    won = Case.objects.open().filter(pk=case.pk, fence=state).update(status=Case.Status.DECIDED, fence=F("fence") + 1)
    if won:
        return
    winner = Decision.objects.filter(case=case).order_by("-fence").first()
    if winner is None:
        raise CaseDecided(_("The case has changed since you opened it. Read it again, then decide."))
    raise CaseDecided(outcome=winner.outcome, policy_code=winner.policy_code)


def _subject_of(case: Case) -> Subject | None:
    try:
        return subjects.load(case.subject_kind, case.subject_id)
    except SubjectUnknown:  # gone in the meantime: the evidence is still here
        return None


def _last_snapshot(case: Case) -> Snapshot:
    return Snapshot.objects.filter(case=case).latest("taken_at")


def _apply(subject: Subject, case: Case, decision: Decision) -> None:
    match decision.outcome:
        case Outcome.TAKE_DOWN:
            subject.take_down()
        case Outcome.APPROVE:
            subject.approve()
        case Outcome.REJECT:
            subject.reject(decision.reason)
        case Outcome.NO_ACTION if not _is_down_for_another_reason(case, decision):
            subject.restore()


def _is_down_for_another_reason(case: Case, decision: Decision) -> bool:
    """Say whether an earlier decision keeps the subject down."""
    return (
        Decision.objects.filter(case__subject_kind=case.subject_kind, case__subject_id=case.subject_id)
        .exclude(pk=decision.pk)
        .filter(outcome__in=[Outcome.TAKE_DOWN, Outcome.REJECT])
        .exists()
    )
