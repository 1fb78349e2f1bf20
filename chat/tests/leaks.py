"""A character full of secrets, each marked, and every address of the project to look for them.

A mark is a word `zq<group><place>`; the group says which keys open it. Nothing but a secret ever holds one, so a
mark in an answer is a leak wherever it comes from.
"""

from __future__ import annotations

import base64
import html
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from asgiref.sync import async_to_sync
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from billing.models import Offer
from billing.tests.factories import entitle
from characters import keys, services
from characters.cards.schema import CharacterCard
from characters.locks import Kind, Target
from characters.models import Character
from characters.services.books import create_book
from characters.services.locks import set_lock
from characters.tests.factories import complete_card
from chat import services as chat
from chat.models import Conversation, Memory
from chat.tests.factories import talk

# What opens a group: coins, a level in the chat, or both. A draft and a book are their owner's alone.
GROUPS = ("both", "offer", "level", "story", "draft", "book")
PRICED = {"both": (30, 3), "offer": (20, 0), "level": (0, 3)}
MARK = re.compile(rf"zq({'|'.join(GROUPS)})\w*")
_TURNS_TO_LEVEL = 40  # level 4
WAKES = "Tell me about the lantern."


def mark(group: str, place: str) -> str:
    return f"zq{group}{place}"


def entry(group: str) -> dict:
    return {
        "id": GROUPS.index(group),
        "keys": ["lantern", mark(group, "key")],
        "secondary_keys": [mark(group, "secondary")],
        "selective": False,
        "name": mark(group, "name"),
        "comment": mark(group, "comment"),
        "content": f"@@exclude_keys {mark(group, 'decorator')}\nThe {mark(group, 'content')} burns.",
        "enabled": True,
        "insertion_order": 10,
        "use_regex": False,
        "extensions": {"theirs": mark(group, "extension"), "vectorized": True},
    }


def secret_card() -> CharacterCard:
    card = complete_card(voice={"preset": mark("both", "preset"), "title": mark("both", "voice"), "price_coins": 40})
    greetings = ["The kettle is on.", *(f"*whispers* {mark(group, 'greeting')}" for group in PRICED)]
    return card.with_changes(alternate_greetings=greetings).with_book_entries([entry(group) for group in PRICED])


@dataclass
class World:
    """The character, who may know what of it, and each fan's own conversation."""

    character: Character
    people: dict[str, object] = field(default_factory=dict)
    chats: dict[str, Conversation] = field(default_factory=dict)

    def offers(self) -> list[Offer]:
        return [*keys.lock_offers(self.character.owner_id, self.character.published.view).values()]


def secret_character(creator) -> Character:
    """Return a live character with all three kinds of locks and a hidden storyline."""
    character = services.create_character(creator, card=secret_card())
    for number, (price, level) in enumerate(PRICED.values()):
        set_lock(character, Target(Kind.ENTRY, number), price_coins=price, affinity=level, title="A memory")
        set_lock(character, Target(Kind.GREETING, 2 + number), price_coins=price, affinity=level)
    set_lock(character, Target(Kind.VOICE), price_coins=25, affinity=3, title="A lower voice")
    services.add_storyline(character, title="The eleventh lamp", price_coins=60, affinity=3, **_story("story"))
    services.publish(character)
    return character


def revise(world: World) -> None:
    """Publish a second version with more secrets and one open change, and write a draft that says more still."""
    character = world.character
    entries = [dict(one) for one in character.card["character_book"]["entries"]]
    entries[0]["content"] += f" And the {mark('both', 'second')}."
    services.update_card(character, data={"description": "Keeper of the first lighthouse now."}, entries=entries)
    services.publish(character)
    services.add_storyline(character, title="Not yet", price_coins=60, **_story("draft"))
    hidden = {"description": f"Soon: {mark('draft', 'description')}."}
    services.update_card(character, data=hidden, entries=[*entries, entry("draft")])
    create_book(character.owner, name=mark("book", "title"), data={"entries": [entry("book")], "extensions": {}})


def _story(group: str) -> dict:
    scene = {name: mark(group, name) for name in ("setup", "opening", "goal")}
    branches = [{"when": mark(group, "when"), "to": mark(group, "scene")}]
    endings = [{"title": mark(group, "endingtitle"), "text": mark(group, "ending")}]
    return {
        "teaser": "Who lit it?",
        "knowledge": f"The keeper knows {mark(group, 'knowledge')}.",
        "scenes": [{"title": mark(group, "scene"), **scene, "branches": branches, "endings": endings}],
        "lorebook": {"entries": [entry(group)], "extensions": {}},
    }


def meet(world: World, name: str, user, *, pays: bool = False, stays: bool = False) -> Conversation:
    """Let a fan in: with the coins paid, after many turns, both or neither; and have one reply written."""
    world.people[name] = user
    if pays:
        storyline = world.character.storylines.get(title="The eleventh lamp")
        for offer in [*world.offers(), storyline.offer]:
            entitle(user, offer)
    conversation = chat.start_conversation(user, Character.objects.get(pk=world.character.pk))
    if stays:
        Conversation.objects.filter(pk=conversation.pk).update(turns_count=_TURNS_TO_LEVEL)
    reply = talk(conversation, WAKES, client_id=f"client-{name}")
    chat.name_checkpoint(user, reply.parent, name="The lantern")
    Memory.objects.create(
        fan=user,
        character=world.character,
        message=reply.parent,
        kind="event",
        text="A lantern.",
        told_at=timezone.now(),
    )
    conversation.refresh_from_db()
    world.chats[name] = conversation
    return conversation


def routes() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield (name with namespaces, path as written, arguments) of every address of the project."""
    yield from _walk(get_resolver(), "", ())


def _walk(resolver: URLResolver, path: str, spaces: tuple[str, ...]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for found in resolver.url_patterns:
        here = path + str(found.pattern)
        if isinstance(found, URLPattern):
            yield ":".join((*spaces, found.name or here)), here, tuple(found.pattern.regex.groupindex)
        else:
            yield from _walk(found, here, (*spaces, found.namespace) if found.namespace else spaces)


def filled(name: str, path: str, values: dict[str, list[str]]) -> list[str]:
    """Return the addresses of a route with its arguments filled in from `values`.

    An argument is looked up by the segment before it, by `app:route:argument`, then by its own name. A route with an
    argument nobody thought of fails: say in `values` what stands there.
    """
    choices: dict[str, list[str]] = {}
    for segment, argument in re.findall(r"(?:(\w+)/)?<\w+:(\w+)>", path):
        known = next(
            (values[key] for key in (segment, f"{name.removeprefix('v1:')}:{argument}", argument) if key in values),
            None,
        )
        assert known, f"{name}: what stands for <{argument}> in {path}?"
        choices[argument] = known
    longest = max((len(choice) for choice in choices.values()), default=1)
    return [
        reverse(name, kwargs={argument: choice[i % len(choice)] for argument, choice in choices.items()})
        for i in range(longest)
    ]


def leaks(text: str, allowed: frozenset[str] | set[str]) -> set[str]:
    """Return the marks in `text` that `allowed` groups do not cover."""
    return {found.group() for found in MARK.finditer(text.casefold()) if found.group(1) not in allowed}


def readable(answer) -> str:
    """Return everything an answer says, with pictures, archives, base64 and escapes unpacked."""
    return _unpacked(body_of(answer)) + unquote(str(answer.headers)) + str(answer.cookies)


def body_of(answer) -> bytes:
    if not answer.streaming:
        return answer.content
    return async_to_sync(_drain)(answer.streaming_content) if answer.is_async else b"".join(answer)


async def _drain(parts) -> bytes:
    return b"".join([part async for part in parts])


def _unpacked(content: bytes, depth: int = 0) -> str:
    text = content.decode("utf-8", "replace")
    if depth < 2:
        if b"PK\x03\x04" in content and zipfile.is_zipfile(io.BytesIO(content)):
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                text += "".join(_unpacked(archive.read(name), depth + 1) + name for name in archive.namelist())
        for packed in re.findall(rb"[A-Za-z0-9+/]{40,}", content):
            text += _unpacked(base64.b64decode(packed[: len(packed) // 4 * 4]), depth + 1)
        for packed in re.findall(rb"zTXt.*?\0\0(.*?)(?=....IDAT)", content, re.DOTALL):
            text += _unpacked(zlib.decompressobj().decompress(packed), depth + 1)
    if "\\u" in text:
        text += re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m.group(1), 16)), text)
    return html.unescape(unquote(text)) if depth == 0 else text


def dumped(rows) -> str:
    """Return database rows as text."""
    return json.dumps([list(row) for row in rows], default=str)
