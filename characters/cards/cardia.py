"""Our own fields of a card, kept under `extensions.cardia`, as typed views. Wrong types read as empty."""

from __future__ import annotations

from dataclasses import dataclass, field

from characters.cards import fields
from characters.cards.limits import JsonObject

EMOTIONS = ("joy", "sadness", "anger", "fear", "surprise", "disgust")
SENTENCE_LENGTHS = ("short", "medium", "long")
SPEEDS = ("quick", "natural", "slow")
BUBBLES = ("split", "whole")
FORMALITIES = ("casual", "neutral", "formal", "literary")


@dataclass(frozen=True, slots=True)
class Style:
    """The measured way of speaking. `reply_length` in characters (zh) or words (en); rate 0.0 to 1.0."""

    summary: str = ""
    sentence_length: str = "medium"
    formality: str = "neutral"
    reply_length: tuple[int, int] = (10, 80)
    catchphrase_rate: float = 0.1
    era: str = ""
    forbidden: tuple[str, ...] = ()

    @classmethod
    def of(cls, raw: JsonObject) -> Style:
        length = raw.get("reply_length")
        low, high = 10, 80
        if isinstance(length, list) and len(length) == 2:
            low, high = (int(n) if isinstance(n, int | float) else 0 for n in length)
        return cls(
            summary=fields.text(raw, "summary"),
            sentence_length=fields.text(raw, "sentence_length", "medium"),
            formality=fields.text(raw, "formality", "neutral"),
            reply_length=(min(low, high), max(low, high)),
            catchphrase_rate=fields.number(raw, "catchphrase_rate", 0.1),
            era=fields.text(raw, "era"),
            forbidden=fields.texts(raw, "forbidden"),
        )


@dataclass(frozen=True, slots=True)
class Voice:
    preset: str = ""
    speed: float = 1.0
    pitch: float = 0.0
    title: str = ""
    price_coins: int = 0

    @classmethod
    def of(cls, raw: JsonObject) -> Voice:
        return cls(
            preset=fields.text(raw, "preset"),
            speed=fields.number(raw, "speed", 1.0),
            pitch=fields.number(raw, "pitch", 0.0),
            title=fields.text(raw, "title"),
            price_coins=max(0, fields.whole(raw, "price_coins") or 0),
        )


@dataclass(frozen=True, slots=True)
class Pace:
    """How it answers: how fast it reads and types, and whether it says a long thing in several bubbles."""

    speed: str = "natural"
    bubbles: str = "split"

    @classmethod
    def of(cls, raw: JsonObject) -> Pace:
        speed, bubbles = fields.text(raw, "speed"), fields.text(raw, "bubbles")
        return cls(speed if speed in SPEEDS else "natural", bubbles if bubbles in BUBBLES else "split")


@dataclass(frozen=True, slots=True)
class Outfit:
    """Something a fan can give it to wear."""

    slug: str
    title: dict[str, str]
    note: dict[str, str]
    price_coins: int
    garment: JsonObject

    @classmethod
    def of(cls, raw: JsonObject) -> Outfit:
        return cls(
            slug=fields.text(raw, "slug"),
            title=by_language(raw, "title"),
            note=by_language(raw, "note"),
            price_coins=max(0, fields.whole(raw, "price_coins") or 0),
            garment=fields.mapping(raw, "garment"),
        )


@dataclass(frozen=True, slots=True)
class CardiaFields:
    """Everything Cardia adds to a card."""

    worldview: str = ""
    backstory: str = ""
    catchphrases: tuple[str, ...] = ()
    style: Style = field(default_factory=Style)
    reflexes: dict[str, tuple[str, ...]] = field(default_factory=dict)
    outage: str = ""
    voice: Voice = field(default_factory=Voice)
    pace: Pace = field(default_factory=Pace)
    scene: str = "story"
    age: int | None = None
    tagline: dict[str, str] = field(default_factory=dict)
    language: str = ""
    rating: str = "general"
    accent: str = ""
    face: JsonObject = field(default_factory=dict)
    expressions: JsonObject = field(default_factory=dict)
    garment: JsonObject = field(default_factory=dict)
    wardrobe: tuple[Outfit, ...] = ()

    @classmethod
    def of(cls, raw: JsonObject) -> CardiaFields:
        reflexes = fields.mapping(raw, "reflexes")
        return cls(
            worldview=fields.text(raw, "worldview"),
            backstory=fields.text(raw, "backstory"),
            catchphrases=fields.texts(raw, "catchphrases"),
            style=Style.of(fields.mapping(raw, "style")),
            reflexes={emotion: fields.texts(reflexes, emotion) for emotion in EMOTIONS if emotion in reflexes},
            outage=fields.text(raw, "outage"),
            voice=Voice.of(fields.mapping(raw, "voice")),
            pace=Pace.of(fields.mapping(raw, "pace")),
            scene=fields.text(raw, "scene", "story"),
            age=fields.whole(raw, "age"),
            tagline=by_language(raw, "tagline"),
            language=fields.text(raw, "language"),
            rating=fields.text(raw, "rating", "general"),
            accent=fields.text(raw, "accent"),
            face=fields.mapping(raw, "face"),
            expressions=fields.mapping(raw, "expressions"),
            garment=fields.mapping(raw, "garment"),
            wardrobe=tuple(Outfit.of(item) for item in fields.objects(raw, "wardrobe")),
        )


def by_language(raw: JsonObject, name: str) -> dict[str, str]:
    """Return {language: text}; a plain string counts for every language."""
    value = raw.get(name)
    if isinstance(value, str):
        return {"": value} if value else {}
    return {key: text for key, text in fields.mapping(raw, name).items() if isinstance(text, str) and text}


def in_language(texts: dict[str, str], language: str) -> str:
    """Return the text for `language` (`zh…` or else), falling back to whatever there is."""
    wanted = "zh-Hans" if language.lower().startswith("zh") else "en"
    return texts.get(wanted) or texts.get("") or next(iter(texts.values()), "")
