"""Plays, moments and a card with everything a prompt can carry, for the tests of prompts. No database."""

from __future__ import annotations

from datetime import UTC, datetime

from characters.cards.schema import CharacterCard, blank
from chat import sheets
from chat.given import Cast, Line, Moment, Past, Play
from chat.prompts.assemble import Assembled, assemble
from chat.prompts.limits import PRESETS
from chat.prompts.prompt import Limits, Prompt

NOW = datetime(2026, 11, 20, 21, 30, tzinfo=UTC)
MOMENT = Moment(NOW, seed=7, chat_seed=11, model="fake/echo")


def entry(*keys: str, content: str, **fields) -> dict:
    """Return a lorebook entry; `extensions` are SillyTavern's fields."""
    return {
        "keys": list(keys),
        "content": content,
        "extensions": fields.pop("extensions", {}),
        "enabled": True,
        "insertion_order": fields.pop("order", 100),
        "use_regex": False,
        "constant": not keys,
        **fields,
    }


def at(position: int, **more) -> dict:
    return {"position": position, **more}


BOOK = {
    "extensions": {},
    "entries": [
        entry("harbour", content="BEFORE The harbour froze in winter.", extensions=at(0), name="Harbour"),
        entry(content="AFTER Every lamp of the quay has a name.", extensions=at(1), name="Lamps"),
        entry("harbour", content="NOTE TOP The tide is out.", extensions=at(2), name="Tide"),
        entry("harbour", content="NOTE BOTTOM Gulls are asleep.", extensions=at(3), name="Gulls"),
        entry("harbour", content="DEPTH 2 A bell rings twice.", extensions=at(4, depth=2, role=0), name="Bell"),
        entry(
            "harbour",
            content="<START>\n{{user}}: Who lights them?\n{{char}}: *shrugs* Whoever is late.",
            extensions=at(5),
            name="Example",
        ),
        entry("harbour", content="OUTLET salt", extensions=at(7, outlet_name="smell"), name="Smell"),
        entry("harbour", content="@@position after_desc\nDESC She is left-handed.", name="Hand"),
        entry("never said", content="ASLEEP nobody hears this.", extensions=at(0), name="Asleep"),
    ],
}


EXAMPLES = """<START>
{{user}}: Hi.
{{char}}: *nods* You're late.
<START>
{{user}}: Cold.
{{char}}: Tea, then."""


def full_card(**changes) -> CharacterCard:
    """Return a card that uses every field of a prompt."""
    return (
        blank("Mira")
        .with_changes(
            description="{{char}} keeps the lamps of the quay. It smells of {{outlet::smell}}.",
            personality="Dry, exact, kind when nobody looks.",
            scenario="{{user}} comes in from the rain.",
            system_prompt="Write as {{char}} would speak. {{original}}",
            post_history_instructions="Answer {{user}} in two sentences.",
            mes_example=EXAMPLES,
            tags=["harbour"],
            character_book=BOOK,
            extensions={"depth_prompt": {"prompt": "{{char}} never leaves the quay.", "depth": 3, "role": "system"}},
        )
        .with_changes(**changes)
    )


def cast_of(card: CharacterCard) -> Cast:
    return Cast(sheets.sheet_of(card, key=""), "Sam", "A night nurse.")


def chat(count: int) -> tuple[Line, ...]:
    """Return a chat of `count` messages, the greeting first."""
    return tuple(
        Line("character" if n % 2 == 0 else "fan", f"{'Reply' if n % 2 == 0 else 'Word'} {n}.", depth=n)
        for n in range(count)
    )


def play_of(card: CharacterCard, *, messages: int = 5, message: str = "How is the harbour?", **more) -> Play:
    """Return a play of the card in which its whole book is open."""
    cast = cast_of(card)
    books = (cast.sheet.book,) if cast.sheet.book is not None else ()
    past = more.pop("past", Past(length=messages + 1, replies=(messages + 1) // 2))
    return Play(cast, message, chat(messages), books=books, past=past, **more)


def made(play: Play, limits: Limits | str = "default", moment: Moment = MOMENT) -> Assembled:
    return assemble(play, moment, PRESETS[limits] if isinstance(limits, str) else limits)


def text_of(prompt: Prompt) -> str:
    return "\n".join(message.content for message in prompt.messages)


def as_text(prompt: Prompt) -> str:
    """Return a prompt as a golden file shows it."""
    parts = [f"--- {message.role}\n{message.content}" for message in prompt.messages]
    counts = ", ".join(f"{name} {tokens}" for name, tokens in prompt.counts().items())
    return "\n".join([*parts, f"--- stop\n{prompt.stop!r}", f"--- tokens\n{prompt.tokens}: {counts}\n"])
