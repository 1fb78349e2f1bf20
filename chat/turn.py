"""One turn: what a reply starts from, what each stage found, and the events it sends. Pure; no Django, no clock."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from chat.detectors.emotion import Feeling
from chat.given import Cast, Fragment, Line, Play
from chat.prompts.prompt import Prompt
from chat.route import Route
from chat.scene import Scene
from chat.usage import Tally, Usage
from chat.wish import Wish

Ending = Literal["complete", "blocked", "interrupted", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Token:
    """Text to append to the reply on show; `at_once` where no pace may hold it back."""

    text: str
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class MoodChanged:
    """The face the character now makes, and the fan's feeling that caused it."""

    emotion: str
    score: float
    expression: str


@dataclass(frozen=True, slots=True)
class MemoryRecalled:
    """Something the character remembered, as a short hint for the fan."""

    hint: str


@dataclass(frozen=True, slots=True)
class Replaced:
    """The whole reply on show is exchanged for `text`."""

    text: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The turn ended early; `problem` are the members of the problem (RFC 9457)."""

    problem: Mapping[str, object]


Event = Token | MoodChanged | MemoryRecalled | Replaced | Refused
Stage = Callable[["Turn"], AsyncGenerator[Event, None]]


@dataclass(slots=True)
class Turn:
    """A turn. The first group is given and never changed; stages fill the rest; `close_turn` stores it."""

    reply_id: int
    character_id: int
    public_id: str
    attempt: int
    play: Play
    now: datetime
    seed: int
    memories: tuple[Fragment, ...] = ()
    stories: tuple[str, ...] = ()
    chat_seed: int = 0
    trigger: str = "normal"
    idle: timedelta | None = None
    so_far: str = ""
    in_crisis: bool = False
    ui_language: str = "en"
    # Whose turn it is, for the queue; 0 is nobody's.
    fan_id: int = 0
    route: Route = field(default_factory=Route)
    # False where what was said cannot be exchanged any more: only safety may then replace it.
    takes_back: bool = True
    # What a program asked for beyond its words.
    wish: Wish = field(default_factory=Wish)

    feeling: Feeling = field(default_factory=Feeling)
    subtext: float = 0.0
    expression: str = "neutral"
    reflex: str = ""
    opening: str = ""
    recalled: tuple[Fragment, ...] = ()
    hint: str = ""
    scene: Scene | None = None
    strategy: str = ""
    prompt: Prompt | None = None
    state: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    ending: Ending | None = None
    error: str = ""
    finish_reason: str = ""
    model: str = ""
    ooc_score: float | None = None
    trace: dict[str, Any] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    tally: Tally = field(default_factory=Tally)
    # Set by the stage that makes the prompt: makes it anew where another model needs another one.
    recast: Callable[[Turn, str], None] | None = None

    def __post_init__(self) -> None:
        self.text = self.so_far

    @property
    def cast(self) -> Cast:
        return self.play.cast

    @property
    def message(self) -> str:
        """The fan's words this turn answers."""
        return self.play.message

    @property
    def history(self) -> tuple[Line, ...]:
        """The messages before it, oldest first."""
        return self.play.history

    @property
    def usage(self) -> Usage:
        """What all tries of this turn have used so far, second tries among them."""
        return self.tally.usage

    @property
    def prefill(self) -> str:
        """What the model goes on from: the text to continue, the reflex line, or the character's opening mark."""
        return self.so_far or self.reflex or self.opening

    def say(self, text: str, *, at_once: bool = False) -> Token:
        """Append to the reply on show."""
        self.text += text
        return Token(text, at_once)

    def replace(self, text: str) -> Replaced:
        """Exchange the reply on show."""
        self.text = text
        return Replaced(text)

    def end(self, ending: Ending, error: str = "") -> None:
        """Decide how the reply ends; the first decision stands."""
        if self.ending is None:
            self.ending, self.error = ending, error

    @property
    def is_over(self) -> bool:
        """Whether the reply has been ended before its last stage, so that the rest has nothing to do."""
        return self.ending is not None
