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


class StaleEdit(DomainError):
    """The message was changed or deleted since the editor was opened; nothing was overwritten."""

    code = "stale_edit"
    status = 409
    title = _("These words have changed meanwhile.")
    hint = _("They were edited or deleted, perhaps in another tab. Look again, then edit what stands there now.")


class ConversationMoved(DomainError):
    """The place a message was to follow is not the end of the conversation any more."""

    code = "conversation_moved"
    status = 409
    title = _("The conversation has moved on.")
    hint = _("It went to another place meanwhile, perhaps in another tab. Nothing was sent; look, and send it again.")


class MessageDeleted(DomainError):
    """The same message was sent before, and deleted since; `message` names it."""

    code = "message_deleted"
    status = 409
    title = _("You said this before and deleted it.")
    hint = _("It was not sent again. Bring it back under “Branches and places”, or write it anew.")


class BranchGone(DomainError):
    """What a deleted message hangs on is deleted too, so it has no place to come back to."""

    code = "branch_gone"
    status = 409
    title = _("There is no place for this to come back to.")
    hint = _("What it followed was deleted as well. Bring that back first.")


class PlaceNameTaken(DomainError):
    """Another place of the conversation has this name; `message` says where."""

    code = "place_name_taken"
    status = 409
    title = _("Another place has this name.")
    hint = _("Choose another name, or take it away from the other place first.")


class TooManyPlaces(DomainError):
    """The conversation holds as many named places as one may have; `limit` is in `extra`."""

    code = "too_many_places"
    status = 409
    title = _("This chat has very many named places.")
    hint = _("Take the name from some of them first.")


class ParkIsFull(DomainError):
    """Too many replies are being written by this process."""

    code = "park_is_full"
    status = 503
    title = _("The park is full at the moment.")
    hint = _("Nothing was sent. Try again in a few seconds.")


class BudgetSpent(DomainError):
    """The character, or everybody together, has used up what the operator lets the model cost."""

    code = "budget_spent"
    status = 503
    title = _("The park has spoken enough for now.")
    hint = _("Nothing was sent. The operator limits what replies may cost; try again later.")


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


class DraftBlocked(DomainError):
    """What the model suggested for the fan did not pass the check for fans' words, twice."""

    code = "draft_blocked"
    status = 422
    title = _("No line could be suggested here.")
    hint = _("What came to mind did not pass the safety check. Write your own words.")


class DraftUnavailable(DomainError):
    """No model answered in time, or none found words for the fan."""

    code = "draft_unavailable"
    status = 503
    title = _("No line came to mind.")
    hint = _("Write your own words, or ask once more in a moment.")


class ChatFileRefused(DomainError):
    """A file is no chat we can take; nothing was stored. `reason` and `path` are in `extra`, the path is the field."""

    code = "chat_file_refused"
    status = 422
    title = _("This chat could not be taken in.")
    hint = _("Choose a chat exported here, or a JSONL file of SillyTavern.")


class CharacterUnknown(DomainError):
    """Nobody, or more than one, goes by the name in the file."""

    code = "character_unknown"
    status = 422
    title = _("Whom is this chat with?")
    hint = _("The file names nobody you can meet here, or more than one. Choose the character, then send it again.")


class ModelNotFound(DomainError):
    """A program asked for a model that is no character it may speak with, or asked for nothing at all."""

    code = "model_not_found"
    status = 404
    title = _("There is no such model.")
    hint = _("A model is a character: list them, or use the last part of the address of its page.")


class MethodNotAllowed(DomainError):
    """A known address of the OpenAI face, asked in the wrong way."""

    code = "method_not_allowed"
    status = 405
    title = _("This address is not asked like that.")
    hint = _("Models are read with GET, completions asked for with POST.")
