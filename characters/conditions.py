"""What a hidden storyline or a lock needs besides its price, for the counter that sells it."""

from __future__ import annotations

from django.db.models import TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from billing.models import Offer
from characters.locks import locks_of
from characters.models import Character, Storyline
from characters.storylines import teasers


def of_storyline(offer: Offer) -> list[str]:
    """Return the other locks of the storyline that this offer sells, as the park has it now."""
    if offer.kind != Offer.Kind.STORYLINE:
        return []
    story = Storyline.objects.filter(offer=offer).select_related("character__published__character").first()
    version = story.character.published if story is not None else None
    if story is None or version is None:
        return []
    told = []
    for teaser in teasers(version):
        if teaser.public_id != str(story.public_id):
            continue
        if teaser.affinity:
            told.append(_level(teaser.affinity))
        if teaser.after:
            told.append(_("It opens after “%(title)s”.") % {"title": teaser.after})
    return told


def of_lock(offer: Offer) -> list[str]:
    """Return the level that a lock asks for besides this offer, as the park has it now."""
    if offer.kind not in (Offer.Kind.SECRET, Offer.Kind.VOICE):
        return []
    sold = Character.objects.filter(owner_id=offer.seller_id, published__isnull=False)
    public_id = str(offer.public_id)
    # The one place that asks from an offer to its cards: the database looks for the id, not we through every card.
    naming = sold.annotate(text=Cast("published__card", TextField())).filter(text__contains=public_id)
    asked = {
        found.lock.affinity
        for character in naming.select_related("published")
        for found in locks_of(character.shown_card)
        if found.lock.offer == public_id
    }
    return [_level(level) for level in sorted(asked) if level]


def _level(level: int) -> str:
    return _("It opens at affinity level %(level)s, which only shared turns bring.") % {"level": level}
