"""What macros may know: names, the card's texts, facts of the chat, time, seeds and variables. Pure; no clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from characters.macros.variables import Variables


@dataclass(frozen=True, slots=True)
class CardTexts:
    """The card's own texts as written, for `{{description}}` and its like; macros in them are filled on use.

    `system` and `instruction` are the card's `system_prompt` and `post_history_instructions`. No macro says the
    `creator_notes` (V2: never in a prompt); lorebook entries may ask to scan them. Build it once a version and
    keep it.
    """

    description: str = ""
    personality: str = ""
    scenario: str = ""
    examples: str = ""
    first_message: str = ""
    system: str = ""
    instruction: str = ""
    depth_prompt: str = ""
    version: str = ""
    creator_notes: str = ""


@dataclass(frozen=True, slots=True)
class ChatFacts:
    """What a macro may ask of the chat; message texts go in as they are and are never expanded.

    Ids count messages from 0 at the greeting, -1 where there is none; swipes count from 1, 0 where there is
    none. `trigger` is the generation type: normal, continue, regenerate, swipe, impersonate, quiet.
    """

    last_message: str = ""
    last_user_message: str = ""
    last_char_message: str = ""
    last_message_id: int = -1
    first_included_id: int = -1
    current_swipe: int = 0
    last_swipe: int = 0
    input: str = ""
    model: str = ""
    max_prompt: int = 0
    trigger: str = "normal"


@dataclass(frozen=True, slots=True)
class MacroContext:
    """Everything a fill depends on: equal contexts and places give equal texts.

    `char` is the nickname, or the name; `persona` the fan's description of themselves. `now` is aware and in
    the fan's time zone, `idle` the time since the fan's last message; without them dates are empty. `language`
    (a tag like zh-Hans or en) words dates and spans. `{{random}}` and `{{roll}}` draw from `turn_seed`,
    `{{pick}}` from `chat_seed`. `outlets` are the filled texts of lorebook outlets by name. `variables` is the
    one thing that changes: `{{setvar}}` writes into it.
    """

    char: str
    user: str
    persona: str = ""
    others: tuple[str, ...] = ()
    card: CardTexts = CardTexts()
    chat: ChatFacts = ChatFacts()
    now: datetime | None = None
    idle: timedelta | None = None
    language: str = "en"
    turn_seed: int = 0
    chat_seed: int = 0
    outlets: Mapping[str, str] = field(default_factory=dict)
    variables: Variables = field(default_factory=Variables)
