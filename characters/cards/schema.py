"""`CharacterCard`: an immutable, typed view over a V3 `data` object that keeps every key it does not know."""

from __future__ import annotations

from dataclasses import dataclass, field

from characters.cards import examples, fields, v2, v3
from characters.cards.book import LoreBook
from characters.cards.cardia import CardiaFields
from characters.cards.examples import Exchange
from characters.cards.limits import Json, JsonObject

EXTENSION = "cardia"


@dataclass(frozen=True, slots=True)
class CharacterCard:
    """A card. `data` is the V3 data object, `envelope` the root keys beside it (spec and unknown ones).

    Treat both as read-only: every change goes through `with_changes` and returns a new card.
    """

    data: JsonObject
    envelope: JsonObject = field(default_factory=dict)

    @property
    def name(self) -> str:
        return fields.text(self.data, "name")

    @property
    def nickname(self) -> str:
        return fields.text(self.data, "nickname")

    @property
    def char(self) -> str:
        """What `{{char}}` stands for: the nickname, or the name."""
        return self.nickname or self.name

    @property
    def description(self) -> str:
        return fields.text(self.data, "description")

    @property
    def personality(self) -> str:
        return fields.text(self.data, "personality")

    @property
    def scenario(self) -> str:
        return fields.text(self.data, "scenario")

    @property
    def creator_notes(self) -> str:
        """For readers of the card, never for a prompt."""
        return fields.text(self.data, "creator_notes")

    @property
    def system_prompt(self) -> str:
        return fields.text(self.data, "system_prompt")

    @property
    def post_history_instructions(self) -> str:
        return fields.text(self.data, "post_history_instructions")

    @property
    def first_mes(self) -> str:
        return fields.text(self.data, "first_mes")

    @property
    def alternate_greetings(self) -> tuple[str, ...]:
        return fields.texts(self.data, "alternate_greetings")

    @property
    def greetings(self) -> tuple[str, ...]:
        """The first message and its alternatives, empty ones left out."""
        return tuple(text for text in (self.first_mes, *self.alternate_greetings) if text.strip())

    @property
    def mes_example(self) -> str:
        return fields.text(self.data, "mes_example")

    @property
    def examples(self) -> tuple[Exchange, ...]:
        return examples.parse(self.mes_example, name=self.name)

    @property
    def tags(self) -> tuple[str, ...]:
        return fields.texts(self.data, "tags")

    @property
    def creator(self) -> str:
        return fields.text(self.data, "creator")

    @property
    def character_version(self) -> str:
        return fields.text(self.data, "character_version")

    @property
    def book(self) -> LoreBook:
        return LoreBook.of(fields.mapping(self.data, "character_book"))

    @property
    def cardia(self) -> CardiaFields:
        return CardiaFields.of(self.extension)

    @property
    def extension(self) -> JsonObject:
        """The raw object of our own fields."""
        return fields.mapping(fields.mapping(self.data, "extensions"), EXTENSION)

    def with_changes(self, **changes: Json) -> CharacterCard:
        """Return a card with these `data` fields replaced; everything else stays as it is, unknown keys too."""
        return CharacterCard({**self.data, **_cloned(changes)}, self.envelope)

    def with_cardia(self, **changes: Json) -> CharacterCard:
        """Return a card with these fields of `extensions.cardia` replaced; None removes one."""
        mine = {**self.extension, **_cloned(changes)}
        mine = {name: value for name, value in mine.items() if value is not None}
        extensions = {**fields.mapping(self.data, "extensions"), EXTENSION: mine}
        return CharacterCard({**self.data, "extensions": extensions}, self.envelope)

    def with_book_entries(self, entries: list[Json]) -> CharacterCard:
        """Return a card whose lorebook holds these entries; what else the book says stays."""
        book = fields.mapping(self.data, "character_book")
        if not book and not entries:
            return self
        return self.with_changes(character_book={"extensions": {}, **book, "entries": entries})

    def as_v3(self, *, created: int = 0, modified: int = 0) -> JsonObject:
        """Return the whole V3 card to write; `created` and `modified` in unix seconds."""
        return v3.write(self.data, self.envelope, created=created, modified=modified)

    def as_v2(self) -> JsonObject:
        """Return the V2 backfill of this card."""
        return v2.write(self.data)

    def as_v2_alone(self, *, created: int = 0, modified: int = 0) -> JsonObject:
        """Return this card as a V2 file of its own; what V2 cannot say is carried in one extension."""
        data = fields.mapping(self.as_v3(created=created, modified=modified), "data")
        return v2.write_alone(data, self.envelope)


def _cloned(changes: JsonObject) -> JsonObject:
    return {name: fields.clone(value) for name, value in changes.items()}


def blank(name: str = "") -> CharacterCard:
    """Return an empty card with every mandatory V3 field."""
    return CharacterCard(
        {
            "name": name,
            **dict.fromkeys(("description", "personality", "scenario", "first_mes", "mes_example"), ""),
            **dict.fromkeys(("creator_notes", "system_prompt", "post_history_instructions", "creator"), ""),
            "character_version": "",
            "alternate_greetings": [],
            "group_only_greetings": [],
            "tags": [],
            "extensions": {EXTENSION: {}},
        }
    )
