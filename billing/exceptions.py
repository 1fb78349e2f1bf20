"""Refusals where coins or money are concerned. Every one of them leaves the ledger as it was."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from companion_site.core.exceptions import DomainError


class InsufficientCoins(DomainError):
    """`extra`: `shortfall`, the coins that were missing."""

    code = "insufficient_coins"
    status = 402
    title = _("Not enough coins.")
    hint = _("Top up your wallet, then come back: nothing was taken.")


class PriceChanged(DomainError):
    """`extra`: `price_coins`, the price that holds now."""

    code = "price_changed"
    status = 409
    title = _("The price has changed.")
    hint = _("Nothing was taken. Look at the new price and decide again.")


class NotEntitled(DomainError):
    """`extra`: `offer`, what would have to be unlocked."""

    code = "not_entitled"
    status = 402
    title = _("This is still locked.")
    hint = _("Unlock it first: the price is shown before anything is taken.")


class OfferUnavailable(DomainError):
    code = "offer_unavailable"
    status = 409
    title = _("This is not for sale any more.")
    hint = _("Nothing was taken. Its creator has put it away; have a look at what else there is.")


class OwnOffer(DomainError):
    code = "own_offer"
    status = 409
    title = _("This is yours already.")
    hint = _("You made it, so there is nothing to buy. Test it in your studio.")


class IdempotencyConflict(DomainError):
    code = "idempotency_conflict"
    status = 409
    title = _("This key was used for something else.")
    hint = _("Nothing was taken. Send the request again with a new Idempotency-Key.")


class IdempotencyKeyMissing(DomainError):
    code = "idempotency_key_missing"
    status = 400
    title = _("The Idempotency-Key header is missing or not usable.")
    hint = _("Send 8 to 64 letters, digits, hyphens or underscores, new for each intent and the same for each retry.")


class AlreadyPosted(DomainError):
    """The fact behind a posting is in the ledger under another key."""

    code = "already_posted"
    status = 409
    title = _("This has been booked already.")
    hint = _("Nothing was taken twice. Reload the page to see how it ended.")


class UnknownPack(DomainError):
    code = "unknown_pack"
    status = 422
    title = _("There is no such coin pack.")
    hint = _("Choose one of the packs shown in your wallet.")


class PaymentUnavailable(DomainError):
    code = "payment_unavailable"
    status = 503
    title = _("The payment service does not answer.")
    hint = _("Nothing was charged. Try again in a minute.")


class WebhookRefused(DomainError):
    code = "webhook_refused"
    status = 400
    title = _("This message is not signed as it should be.")
    hint = _("Check the signing secret and the clock of the sender.")
