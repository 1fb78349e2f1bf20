"""What a scan is asked: the messages, the settings, who speaks with whom, and what was before. Plain values only."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TypeAlias

from characters.lorebook.timed import TimedState

# (text, place) → text with its macros filled in; `place` is `lore:<id>` or `key:<id>:<n>`.
Filler: TypeAlias = Callable[[str, str], str]

STRATEGY_EVENLY, STRATEGY_CHARACTER_FIRST, STRATEGY_WORLD_FIRST = 0, 1, 2


def as_is(text: str, _place: str) -> str:
    """Fill nothing in."""
    return text


@dataclass(frozen=True, slots=True)
class ScanMessage:
    """One message. `name` is the speaker's, `role` one of user, assistant, system."""

    text: str
    name: str = ""
    role: str = "user"


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """SillyTavern's settings by its names without `world_info_`, with its defaults.

    `depth` counts messages; `budget` is a percentage of the context, `budget_cap` tokens (0 = none);
    `max_recursion_steps`, `min_activations` and `min_activations_depth_max` are off at 0. An entry marked
    `vectorized` wakes when its similarity is at least `similarity_threshold`, the best `similarity_entries` only.
    """

    depth: int = 2
    budget: float = 25
    budget_cap: int = 0
    recursive: bool = False
    max_recursion_steps: int = 0
    min_activations: int = 0
    min_activations_depth_max: int = 0
    case_sensitive: bool = False
    match_whole_words: bool = False
    include_names: bool = True
    use_group_scoring: bool = False
    overflow_alert: bool = False
    character_strategy: int = STRATEGY_CHARACTER_FIRST
    similarity_threshold: float = 0.25
    similarity_entries: int = 5

    @classmethod
    def of(cls, raw: Mapping[str, object]) -> ScanSettings:
        """Read settings, with or without `world_info_` before their names; others and odd values are left out."""
        known = {item.name: item.default for item in fields(cls)}
        said: dict[str, object] = {}
        for key, value in raw.items():
            name = key.removeprefix("world_info_")
            default = known.get(name)
            if isinstance(default, bool):
                said[name] = bool(value)
            elif isinstance(default, int) and isinstance(value, int | float):
                said[name] = value if name == "budget" else int(value)
            elif isinstance(default, float) and isinstance(value, int | float):
                said[name] = float(value)
        return cls(**said)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Sources:
    """Texts besides the messages that some entries may be woken by."""

    persona_description: str = ""
    character_description: str = ""
    character_personality: str = ""
    character_depth_prompt: str = ""
    scenario: str = ""
    creator_notes: str = ""


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """One scan.

    `messages` are oldest first, newest last; `count` gives tokens of a text, `max_context` is in tokens.
    `fill` fills macros in keys and content for the prompt, `scanned` in content for recursion (hidden keys count).
    `seed` draws every roll. `state` is the timed state before this scan, `chat_length` the number of messages on
    this branch (default: of `messages`), `assistant_count` those of the assistant among them. `greeting` is the
    index of the active greeting. `names` are what the character is called, `tags` its tags (None = unknown).
    `similarity` and `external` are keyed by entry id (`<book key>.<uid>`), `injections` are other prompt texts
    that are scanned too. `takes_prefill` and `is_instruct` say what the model is. A `dry_run` leaves the timed
    state alone. `roll` overrides the draws: name of the draw → [0, 1).
    """

    messages: Sequence[ScanMessage]
    count: Callable[[str], int]
    max_context: int = 8192
    settings: ScanSettings = field(default_factory=ScanSettings)
    fill: Filler = as_is
    scanned: Filler | None = None
    seed: str = ""
    state: TimedState = field(default_factory=TimedState)
    chat_length: int | None = None
    assistant_count: int | None = None
    greeting: int = 0
    trigger: str = "normal"
    names: frozenset[str] = frozenset()
    tags: frozenset[str] | None = None
    sources: Sources = field(default_factory=Sources)
    injections: tuple[str, ...] = ()
    similarity: Mapping[str, float] = field(default_factory=dict)
    external: frozenset[str] = frozenset()
    user_icon: str = ""
    takes_prefill: bool = False
    is_instruct: bool = False
    dry_run: bool = False
    roll: Callable[[str], float] | None = None
