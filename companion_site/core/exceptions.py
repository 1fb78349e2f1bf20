"""The one base of every refusal a person may meet; it knows nothing of how it is rendered."""

from __future__ import annotations

from typing import ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class DomainError(Exception):
    """A refusal that names the fact: what happened (`title`) and what to do about it (`detail`).

    `code` is stable and documented in `docs/reference/problems.md`; `status` is the HTTP status;
    `field` names the input at fault, if one is; `extra` are further JSON members of the problem.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    title: ClassVar[Text] = _("That did not work.")
    hint: ClassVar[Text] = _("Please try again.")

    def __init__(self, detail: Text | None = None, *, field: str = "", **extra: object) -> None:
        self.detail: Text = detail if detail is not None else self.hint
        self.field = field
        self.extra = extra
        super().__init__(self.code)


class NotFound(DomainError):
    """The thing does not exist, or one may not know of it."""

    code = "not_found"
    status = 404
    title = _("There is nothing behind this door.")
    hint = _("The link may be old. Go back to the park and look around.")


class Forbidden(DomainError):
    """A known thing, refused to this person."""

    code = "forbidden"
    status = 403
    title = _("This room is not open to you.")
    hint = _("Sign in with an account that may enter it.")


class Invalid(DomainError):
    """An input is wrong; `field` says which."""

    code = "invalid"
    status = 422
    title = _("Something in the form needs another look.")
    hint = _("Correct the marked field and send it again.")


class TooManyRequests(DomainError):
    """A rate limit was reached; `retry_after_seconds` is in `extra`."""

    code = "too_many_requests"
    status = 429
    title = _("A little too fast.")
    hint = _("Take a breath and try again in a moment.")


class LimitsUnknown(DomainError):
    """The place where limits are counted does not answer; what costs money is refused rather than given away."""

    code = "limits_unknown"
    status = 503
    title = _("This cannot be counted at the moment.")
    hint = _("Nothing was sent. Reading goes on; try again in a few seconds.")
