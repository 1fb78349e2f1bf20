"""Macros that say who is here, what the card and the chat hold. Pure.

Names and messages go in as they are: a fan called `{{char}}` is called that. Texts of the card are filled.
"""

from __future__ import annotations

from collections.abc import Callable

from characters.macros.context import CardTexts, ChatFacts, MacroContext
from characters.macros.nodes import Call, Macro


def _known(value: Callable[[MacroContext], str]) -> Callable[[Call], str]:
    return lambda call: value(call.context)


def _text(place: str, value: Callable[[CardTexts], str]) -> Callable[[Call], str]:
    return lambda call: call.run.inner(place, value(call.context.card))


def _fact(value: Callable[[ChatFacts], str]) -> Callable[[Call], str]:
    return lambda call: value(call.context.chat)


def _number(value: int, *, none: int) -> str:
    return str(value) if value > none else ""


def _original(call: Call) -> str:
    return call.run.original()


def _persona(call: Call) -> str:
    return call.run.inner("persona", call.context.persona)


def _greeting(call: Call) -> str:
    is_first = not call.args or call.args[0] in {"", "0"}
    return call.run.inner("greeting:0", call.context.card.first_message) if is_first else ""


def _outlet(call: Call) -> str:
    return call.context.outlets.get(call.args[0], "")


MACROS = (
    Macro("char", _known(lambda known: known.char)),
    Macro("user", _known(lambda known: known.user)),
    Macro(
        "group",
        _known(lambda known: ", ".join((known.char, *known.others))),
        aliases=("charifnotgroup", "groupnotmuted"),
    ),
    Macro("notchar", _known(lambda known: ", ".join((*known.others, known.user)))),
    Macro("persona", _persona),
    Macro("original", _original),
    Macro("description", _text("description", lambda card: card.description), aliases=("chardescription",)),
    Macro("personality", _text("personality", lambda card: card.personality), aliases=("charpersonality",)),
    Macro("scenario", _text("scenario", lambda card: card.scenario), aliases=("charscenario",)),
    Macro("mesexamples", _text("examples", lambda card: card.examples), aliases=("mesexamplesraw",)),
    Macro("charprompt", _text("system", lambda card: card.system), aliases=("system",)),
    Macro("charinstruction", _text("instruction", lambda card: card.instruction), aliases=("charjailbreak",)),
    Macro("chardepthprompt", _text("depth_prompt", lambda card: card.depth_prompt)),
    Macro("charfirstmessage", _greeting, 0, 1, aliases=("greeting",)),
    Macro("charversion", _known(lambda known: known.card.version), aliases=("char_version", "version")),
    Macro("charcreatornotes", lambda call: "", aliases=("creatornotes",)),
    Macro("model", _fact(lambda chat: chat.model)),
    Macro("input", _fact(lambda chat: chat.input)),
    Macro("lastmessage", _fact(lambda chat: chat.last_message)),
    Macro("lastusermessage", _fact(lambda chat: chat.last_user_message)),
    Macro("lastcharmessage", _fact(lambda chat: chat.last_char_message)),
    Macro("lastmessageid", _fact(lambda chat: _number(chat.last_message_id, none=-1))),
    Macro("firstincludedmessageid", _fact(lambda chat: _number(chat.first_included_id, none=-1))),
    Macro("currentswipeid", _fact(lambda chat: _number(chat.current_swipe, none=0))),
    Macro("lastswipeid", _fact(lambda chat: _number(chat.last_swipe, none=0))),
    Macro("lastgenerationtype", _fact(lambda chat: chat.trigger)),
    Macro("maxprompt", _fact(lambda chat: _number(chat.max_prompt, none=0)), aliases=("maxprompttokens",)),
    Macro("ismobile", lambda call: "false"),
    Macro("outlet", _outlet, 1, 1),
)
