"""The refusals of moderation."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from companion_site.core.exceptions import DomainError, Forbidden, Invalid, NotFound


class MessageBlocked(DomainError):
    """A message crossed a red line; nothing was stored or charged. `policy_code` is in `extra`."""

    code = "message_blocked"
    status = 422
    title = _("This message was not sent.")
    hint = _("It crosses a line that holds for everyone in the park. Say it another way, and nothing is charged.")


class CaseDecided(DomainError):
    """Somebody else decided first; the case now shows their decision."""

    code = "case_decided"
    status = 409
    title = _("This case has already been decided.")
    hint = _("Another moderator was faster. Read their decision, or open the next case.")


class OwnContent(Forbidden):
    """Nobody decides on what they made, saw or reported themselves."""

    code = "own_content"
    title = _("This one is yours.")
    hint = _("You are part of this case, so another moderator decides it.")


class InvalidDecision(Invalid):
    """The policy does not allow this outcome, or the reason is missing."""

    code = "invalid_decision"
    title = _("This decision is not complete.")
    hint = _("Choose a policy, an outcome that the policy allows, and write one sentence of reason.")


class SubjectUnknown(NotFound):
    """No such kind of content, or the content is gone."""

    code = "subject_unknown"
    title = _("This content no longer exists.")
    hint = _("It may have been deleted in the meantime. There is nothing to report.")
