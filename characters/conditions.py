"""What a hidden storyline needs besides its price, for the counter that sells it."""

from __future__ import annotations

from django.utils.translation import gettext as _

from billing.models import Offer
from characters.models import Storyline
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
            told.append(
                _("It opens at affinity level %(level)s, which only shared turns bring.") % {"level": teaser.affinity}
            )
        if teaser.after:
            told.append(_("It opens after “%(title)s”.") % {"title": teaser.after})
    return told
