"""What a turn starts from, as plain values: no row, no queries. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from characters.cards.cardia import CardiaFields
from characters.cards.examples import Exchange
from characters.cards.schema import CharacterCard
from characters.locks import NOBODY, Keys
from characters.lorebook import CompiledBook
from characters.macros import CardTexts
from moderation.profiles import CharacterProfile

ROLES = ("system", "user", "assistant")
_DEPTH = 4
_POSITIONS = ("before", "after", "in_chat")


@dataclass(frozen=True, slots=True)
class Line:
    """One past message. `role` is fan, character, or director: a stage direction, the fan's wish and nobody's words.

    `depth` is its place in the branch, 0 for the greeting.
    """

    role: str
    text: str
    mood: Mapping[str, Any] = field(default_factory=dict)
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Fragment:
    """One remembered fact. `vector` is a unit vector of its text, or empty."""

    id: int
    kind: str
    text: str
    keywords: tuple[str, ...]
    told_at: datetime
    language: str = "zh-Hans"
    due_on: date | None = None
    recalled_at: datetime | None = None
    vector: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """A hidden storyline this fan has unlocked: what the character may now speak of."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """A text put into the prompt by the card or the fan: the depth prompt, the author's note.

    `position`: before or after the main prompt, or in the chat, `depth` messages from its newest end.
    """

    text: str = ""
    position: str = "in_chat"
    depth: int = _DEPTH
    role: str = "system"

    @classmethod
    def of(cls, raw: Mapping[str, Any], *, text: str = "text") -> Note:
        """Read a note; whatever is missing or cannot be understood is the usual: in the chat, at depth 4, system."""
        said, depth = raw.get(text), raw.get("depth")
        position, role = raw.get("position"), raw.get("role")
        if isinstance(role, int) and not isinstance(role, bool) and 0 <= role < len(ROLES):
            role = ROLES[role]
        return cls(
            text=said.strip() if isinstance(said, str) else "",
            position=position if position in _POSITIONS else "in_chat",
            depth=max(0, int(depth)) if isinstance(depth, int | float) and depth == depth else _DEPTH,
            role=role if role in ROLES else "system",
        )


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A frozen card, read once and kept: every access to `CharacterCard` parses again. Compared by identity.

    It holds what its fan may know and nothing locked. `blocks` are the exchanges of each example block,
    `emotions` the feeling of each exchange's fan line, `book` the compiled lorebook, `texts` the card's texts as
    written, `depth_prompt` the card's note inside the chat; `key` names the version, `keys` are what opened it.
    """

    key: str
    card: CharacterCard
    ours: CardiaFields
    exchanges: tuple[Exchange, ...]
    emotions: tuple[str, ...]
    profile: CharacterProfile
    name: str
    char: str
    tags: tuple[str, ...] = ()
    texts: CardTexts = CardTexts()
    blocks: tuple[tuple[Exchange, ...] | str, ...] = ()
    depth_prompt: Note = field(default_factory=lambda: Note())
    book: CompiledBook | None = None
    keys: Keys = NOBODY

    @property
    def language(self) -> str:
        return self.profile.language

    @property
    def is_chinese(self) -> bool:
        return self.language.lower().startswith("zh")


@dataclass(frozen=True, slots=True)
class Cast:
    """Who speaks with whom, and in which scene."""

    sheet: Sheet
    fan_name: str
    fan_description: str = ""
    scene: str = "story"


@dataclass(frozen=True, slots=True)
class Past:
    """How a branch stands before a reply: what its nearest ancestor left, and how many messages came before.

    `lore` are the timed effects of the lorebook, `variables` those of macros, `greeting` the place of the greeting
    it began with; `length` counts all messages before the reply, `replies` those of the character.
    """

    lore: Mapping[str, Any] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    greeting: int = 0
    length: int = 0
    replies: int = 0


@dataclass(frozen=True, slots=True)
class Play:
    """Who plays what: everything of a prompt that outlives its turn. `books` in the order of their precedence."""

    cast: Cast
    message: str
    history: tuple[Line, ...] = ()
    books: tuple[CompiledBook, ...] = ()
    author_note: Note = field(default_factory=Note)
    knowledge: tuple[Knowledge, ...] = ()
    past: Past = field(default_factory=Past)


@dataclass(frozen=True, slots=True)
class Moment:
    """What one turn adds to its `Play`. Stored with the reply, so that its prompt can be made once more.

    `memories` are worded for the prompt, `strategy` and `scene` too; `emotion` chooses examples; `similar` is the
    similarity of lorebook entries in meaning, by uid. `prefill` is what the model goes on from, `is_continued`
    says that it is the reply so far.
    """

    now: datetime
    seed: int
    chat_seed: int
    model: str = ""
    trigger: str = "normal"
    idle: timedelta | None = None
    memories: tuple[str, ...] = ()
    strategy: str = ""
    scene: str = ""
    emotion: str = "neutral"
    similar: Mapping[str, float] = field(default_factory=dict)
    prefill: str = ""
    is_continued: bool = False

    def as_trace(self) -> dict[str, Any]:
        """Return the moment as JSON members."""
        return {
            "now": self.now.isoformat(),
            "seed": self.seed,
            "chat_seed": self.chat_seed,
            "model": self.model,
            "trigger": self.trigger,
            "idle": None if self.idle is None else self.idle.total_seconds(),
            "memories": list(self.memories),
            "strategy": self.strategy,
            "scene": self.scene,
            "emotion": self.emotion,
            "similar": dict(self.similar),
            "prefill": self.prefill,
            "is_continued": self.is_continued,
        }

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Moment:
        """Return the moment that `as_trace` wrote. Raises `KeyError` or `ValueError` for anything else."""
        idle = raw["idle"]
        return cls(
            now=datetime.fromisoformat(raw["now"]),
            seed=int(raw["seed"]),
            chat_seed=int(raw["chat_seed"]),
            model=str(raw["model"]),
            trigger=str(raw["trigger"]),
            idle=None if idle is None else timedelta(seconds=float(idle)),
            memories=tuple(raw["memories"]),
            strategy=str(raw["strategy"]),
            scene=str(raw["scene"]),
            emotion=str(raw["emotion"]),
            similar={str(uid): float(score) for uid, score in raw["similar"].items()},
            prefill=str(raw["prefill"]),
            is_continued=bool(raw["is_continued"]),
        )
