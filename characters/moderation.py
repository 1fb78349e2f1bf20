"""A character as moderation sees it. Moderation knows none of this; it knows the protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.urls import reverse

from accounts.models import User
from characters import changes, plot, services
from characters.cards.schema import CharacterCard
from characters.changes import Told
from characters.models import Character
from characters.profiles import profile_of_card
from characters.services.versions import diff_versions, draft_of
from moderation.exceptions import SubjectUnknown
from moderation.policy import Side
from moderation.profiles import CharacterProfile
from moderation.subjects import ContextLine


class CharacterSubject:
    """The text of a card and its hidden storylines: the draft while it waits for review, else what is shown."""

    kind: ClassVar[str] = "character"
    side: ClassVar[Side] = "card"
    template_name: ClassVar[str] = "characters/_case_character.html"

    def __init__(self, character: Character) -> None:
        self.character = character
        self.is_draft = character.status == Character.Status.IN_REVIEW or character.published is None
        self.card = character.draft if self.is_draft else character.shown_card

    @classmethod
    def load(cls, public_id: str) -> CharacterSubject:
        try:
            found = Character.objects.with_cards().get(public_id=public_id)
        except (Character.DoesNotExist, ValidationError) as exc:
            raise SubjectUnknown from exc
        return cls(found)

    @property
    def id(self) -> str:
        return str(self.character.public_id)

    def title(self) -> str:
        return self.card.name or self.character.name

    def excerpt(self) -> str:
        return "\n".join(part for part in (self.card.description, self.card.first_mes) if part)[:600]

    def parts(self) -> Mapping[str, str]:
        parts = _texts(self.card)
        parts |= self._storylines()
        if self.is_draft and self.character.published is not None:
            live = _texts(self.character.published.view)
            parts |= {f"live.{name}": text for name, text in live.items() if text != parts.get(name)}
        return {name: text for name, text in parts.items() if text.strip()}

    def _storylines(self) -> dict[str, str]:
        if self.is_draft:
            rows = list(self.character.storylines.values("slug", "title", "teaser", "knowledge", "scenes", "lorebook"))
        else:
            rows = self.character.published.storylines if self.character.published is not None else []
        found = {}
        for row in rows:
            hidden = (*plot.texts(row["scenes"]), *plot.lore_texts(row.get("lorebook") or {}))
            found[f"storyline.{row['slug']}"] = "\n".join((row["title"], row["teaser"], row["knowledge"], *hidden))
        return found

    def changes(self) -> Sequence[Told]:
        """Return what the draft under review would change of what is in the park."""
        if not self.is_draft or self.character.published is None:
            return ()
        return changes.tell_all(diff_versions(self.character.published, draft_of(self.character)))

    def profile(self) -> CharacterProfile | None:
        return profile_of_card(self.card)

    def context(self) -> Sequence[ContextLine]:
        return ()

    def owner(self) -> User | None:
        return self.character.owner

    def audience(self) -> Sequence[User]:
        return ()

    def reach(self) -> int:
        return self.character.likes_count + self.character.messages_count // 10 if self.character.is_live else 0

    def is_visible_to(self, user: User) -> bool:
        return Character.objects.visible_to(user).filter(pk=self.character.pk).exists()

    def awaits_review(self) -> bool:
        return self.character.status == Character.Status.IN_REVIEW

    def take_down(self) -> None:
        services.take_down(self.character)

    def restore(self) -> None:
        services.restore(self.character)

    def approve(self) -> None:
        if self.awaits_review():
            services.publish(self.character)

    def reject(self, reason: str) -> None:
        services.reject(self.character, reason)

    def url(self) -> str:
        return reverse("characters:detail", args=[self.character.slug])


def _texts(card: CharacterCard) -> dict[str, str]:
    ours = card.cardia
    parts = {
        "name": "\n".join((card.name, card.nickname, *ours.tagline.values())),
        "tags": "\n".join(card.tags),
        "creator_notes": card.creator_notes,
        "description": card.description,
        "worldview": ours.worldview,
        "personality": "\n".join((card.personality, *ours.catchphrases)),
        "backstory": ours.backstory,
        "style": ours.style.summary,
        "scenario": card.scenario,
        "instructions": "\n".join((card.system_prompt, card.post_history_instructions)),
        "examples": card.mes_example,
        "reflexes": "\n".join((*(line for lines in ours.reflexes.values() for line in lines), ours.outage)),
        "wardrobe": "\n".join(text for item in ours.wardrobe for text in (*item.title.values(), *item.note.values())),
        "voice": ours.voice.title,
    }
    parts |= {f"greeting.{number}": text for number, text in enumerate(card.greetings, start=1)}
    parts |= {
        f"lorebook.{entry.index + 1}": "\n".join((entry.name, *entry.keys, entry.content))
        for entry in card.book.entries
    }
    return parts
