"""Refusals of the account pages."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from companion_site.core.exceptions import DomainError


class BirthDateFixed(DomainError):
    code = "birth_date_fixed"
    status = 409
    title = _("Your date of birth is already written down.")
    hint = _("It can be changed once by our support, with a reason. Write to us.")


class BirthDateImplausible(DomainError):
    code = "birth_date_implausible"
    status = 422
    title = _("That date of birth cannot be right.")
    hint = _("Enter the day you were born: year, month, day.")


class AgeUnknown(DomainError):
    code = "age_unknown"
    status = 403
    title = _("We do not know your age yet.")
    hint = _("Tell us your date of birth on the site once; then everything opens.")


class TooYoung(DomainError):
    code = "too_young"
    status = 403
    title = _("You cannot have an account yet.")
    hint = _("Cardia is for people of 14 and older. Come back when you are.")


class LastPersona(DomainError):
    code = "last_persona"
    status = 409
    title = _("This is your only persona.")
    hint = _("Make another one first, then delete this one.")


class AdultsOnly(DomainError):
    code = "adults_only"
    status = 403
    title = _("This is for adults.")
    hint = _("It opens once your account shows that you are 18 or older.")


class InvalidKey(DomainError):
    """No key, or one that opens nothing: unknown, revoked, expired, or of a closed account."""

    code = "invalid_api_key"
    status = 401
    title = _("This key opens nothing.")
    hint = _("Send a key from your settings as “Authorization: Bearer cardia_…”.")


class KeyScopeMissing(DomainError):
    """The key is good, but not for this; `scope` in `extra` is what it would need."""

    code = "key_scope_missing"
    status = 403
    title = _("This key is not made for that.")
    hint = _("Make a key that may do it, in your settings.")


class TooManyKeys(DomainError):
    """The account holds as many live keys as one may have; `limit` is in `extra`."""

    code = "too_many_keys"
    status = 409
    title = _("You have enough keys.")
    hint = _("Revoke one you no longer need, then make a new one.")
