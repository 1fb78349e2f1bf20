"""The refusals of the chat."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from companion_site.core.exceptions import DomainError


class TurnInProgress(DomainError):
    """Another message of this conversation is being answered."""

    code = "turn_in_progress"
    status = 409
    title = _("One thing at a time.")
    hint = _("A reply is still being written, perhaps in another tab. Wait for it, or stop it, then send again.")


class MessageEmpty(DomainError):
    """Nothing readable was sent."""

    code = "message_empty"
    status = 422
    title = _("There is nothing in this message.")
    hint = _("Write a word or two, then send.")


class MessageTooLong(DomainError):
    """The message is longer than a message may be; `limit` is in `extra`."""

    code = "message_too_long"
    status = 422
    title = _("This message is too long.")
    hint = _("Split it into two or three messages.")


class MessageUnreadable(DomainError):
    """The message holds bytes that are not text."""

    code = "message_unreadable"
    status = 422
    title = _("This message holds characters that are not text.")
    hint = _("Remove the strange characters and send it again.")


class CharacterAway(DomainError):
    """The character may not be spoken to any more: taken down, sent back, or not for this reader."""

    code = "character_away"
    status = 403
    title = _("This character is not in the park at the moment.")
    hint = _("You can read and export what you said to each other. Sending is closed until it is back.")


class VersionSuperseded(DomainError):
    """The version the fan agreed to is not the newest any more; what changed should be read once more."""

    code = "version_superseded"
    status = 409
    title = _("It has changed once more.")
    hint = _("A still newer version has come while you were reading. Have a look at what is different now.")


class NotAReply(DomainError):
    """Only a character's answer to a message can be answered anew, continued or stopped."""

    code = "not_a_reply"
    status = 422
    title = _("This message cannot be answered again.")
    hint = _("Choose one of the character's replies.")


class EditRefused(DomainError):
    """The message cannot be edited in its present state."""

    code = "edit_refused"
    status = 409
    title = _("This message cannot be changed now.")
    hint = _("Wait until the reply has ended, then edit.")


class ParkIsFull(DomainError):
    """Too many replies are being written by this process."""

    code = "park_is_full"
    status = 503
    title = _("The park is full at the moment.")
    hint = _("Nothing was sent. Try again in a few seconds.")


class ModelUnavailable(DomainError):
    """No model answered; the turn can be tried again and cost nothing."""

    code = "model_unavailable"
    status = 503
    title = _("The language model does not answer.")
    hint = _("This line was the character's own, not a model's. Nothing was charged. Try again in a moment.")


class ReplyBlocked(DomainError):
    """The safety check ended a reply."""

    code = "reply_blocked"
    status = 422
    title = _("The rest of this reply was held back by the safety check.")
    hint = _("You can ask for another reply or write something else.")


class ReplyCutOff(DomainError):
    """The model stopped in the middle of a sentence."""

    code = "reply_cut_off"
    status = 503
    title = _("The reply was cut off.")
    hint = _("What was said is kept. Press “Continue”, or ask for another reply.")


class SignInFirst(DomainError):
    """A script asked without a session; a page would have been redirected."""

    code = "sign_in_first"
    status = 401
    title = _("You have been signed out.")
    hint = _("Sign in again, then send it once more. Your words are still in the field.")
