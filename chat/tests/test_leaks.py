"""What is locked, hidden or unpublished is in no answer of any address, whoever asks and however."""

from __future__ import annotations

import json
import logging

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from billing.models import Offer
from characters import steps
from characters.models import SearchDocument, WorldBook
from chat.models import Memory, Message
from chat.tests import leaks
from chat.tests.leaks import World
from companion_site.providers import chat_models, embedders
from conftest import _client, _user
from moderation.models import Case
from moderation.services import attach_report

# Addresses that never speak of a character: one person asks them with GET, and nothing is sent to them.
QUIET = ("account_", "mfa_", "usersessions_", "billing:fake", "billing:webhook", "accounts:age", "accounts:consent")
QUIET += ("accounts:theme", "accounts:language", "accounts:delete", "about-ai", "safety", "healthz", "readyz")
# Sent to nobody: it would undo what the others look at. Their refusals are asked with GET all the same.
DESTRUCTIVE = {
    "chat:archive",
    "chat:memory-forget",
    "chat:message-delete",
    "chat:message-jump",
    "chat:checkpoint-remove",
}
# Who writes, too; the creator would succeed, and the others meet the refusals of these.
WRITERS = {"anonymous", "fan", "payer", "friend", "keyholder"}
# Written by the admin for itself.
ADMIN = "operator/"
# What a fan who may know a group hears of it outside of the chat: levels are unknown there.
ROLES = {
    "anonymous": frozenset(),
    "stranger": frozenset(),
    "fan": frozenset(),
    "payer": frozenset({"offer"}),
    "friend": frozenset(),
    "keyholder": frozenset({"offer"}),
    "moderator": frozenset(),
    "trainer": frozenset(),
    "creator": frozenset(leaks.GROUPS),
}
IN_CHAT = {
    "payer": frozenset({"offer"}),
    "friend": frozenset({"level"}),
    "keyholder": frozenset({"both", "offer", "level", "story"}),
    "creator": frozenset(leaks.GROUPS),
}


@pytest.fixture
def world(creator, fan, stranger, moderator, trainer):
    world = World(leaks.secret_character(creator), {"creator": creator, "moderator": moderator, "trainer": trainer})
    world.people["stranger"] = stranger
    leaks.meet(world, "fan", fan)
    leaks.meet(world, "payer", _user("payer"), pays=True)
    leaks.meet(world, "friend", _user("friend"), stays=True)
    leaks.meet(world, "keyholder", _user("keyholder"), pays=True, stays=True)
    leaks.revise(world)
    attach_report(stranger, "character", world.character.public_id, policy_hint="OTHER-01", text="Look.")
    return world


def values_for(world: World, role: str) -> dict[str, list[str]]:
    """Return what stands in for each argument: one's own rows first, then those of who knows most."""
    chats = [world.chats.get(role, world.chats["fan"]), world.chats["keyholder"]]
    replies = [str(Message.objects.filter(conversation=one, role="character").last().public_id) for one in chats]
    firsts = [str(one.messages.exclude(parent=None).order_by("pk").last().parent.public_id) for one in chats]
    swipes = [str(one.messages.filter(parent=None).order_by("pk").last().public_id) for one in chats]
    memories = [str(Memory.objects.filter(fan=one.fan).first().public_id) for one in chats]
    storylines = [str(pk) for pk in world.character.storylines.values_list("public_id", flat=True)]
    own = str(world.character.public_id)
    return {
        "chat": [str(one.public_id) for one in chats],
        "conversations": [str(one.public_id) for one in chats],
        "messages": [firsts[0], *swipes],
        "replies": replies,
        "checkpoints": [str(one.checkpoints.get().public_id) for one in chats],
        "memories": memories,
        "personas": [str(one.persona.public_id) for one in chats],
        "offers": [str(pk) for pk in Offer.objects.values_list("public_id", flat=True)][:2],
        "desk": [str(Case.objects.get().public_id)],
        "checkouts": [own],
        "keys": [own],
        "models": [world.character.slug],
        "rest": ["assistants"],
        "studio": [own],
        "characters": [own],
        "storylines": storylines if role == "creator" else storylines[:1],
        "books": [str(WorldBook.objects.get().public_id)],
        "ref": ["0"],
        "versions": ["1", "2"],
        "slug": [world.character.slug],
        "characters:step:slug": list(steps.BY_SLUG) if role == "creator" else ["greeting", "storyline"],
        "characters:autosave:slug": ["greeting"],
        "characters:book-export:file_format": ["lorebook_v3", "sillytavern"],
        # Every format is made of the same opened card; drawing its picture takes the time.
        "file_format": ["v2-png", "v3-png", "json", "charx"] if role in {"payer", "creator"} else ["json", "v3-png"],
        "chat_format": ["json", "jsonl", "zip"],
        "expression": ["joy"],
        "name": ["hair"],
        "variant": ["variant01"],
    }


def addresses(world: World, role: str, area: str) -> list[tuple[str, str]]:
    """Return (route, address) of everything in an area of the project: `api` or `site`."""
    values = values_for(world, role)
    found = []
    for name, path, arguments in leaks.routes():
        is_quiet = name.startswith(QUIET)
        if path.startswith(ADMIN) or (is_quiet and (arguments or role != "fan")):
            continue
        if ("api/" in path) == (area == "api"):
            found += [(name, address) for address in leaks.filled(name, path, values)]
    asked = [("q", "burns"), ("q", "lantern"), ("page", "x"), ("cursor", "x")]
    where = {"site": "/discover/", "api": "/api/v1/characters/"}[area]
    return [*found, *(("search", f"{where}?{key}={value}") for key, value in asked)]


def answers(client: Client, route: str, address: str, *, reads_only: bool):
    """Yield (method, answer) of every harmless way to ask: reading, and writing what is refused or undone."""
    yield "get", client.get(address, headers={"Accept": "*/*"})
    if reads_only or route in DESTRUCTIVE or route.startswith(QUIET):
        return
    if address.startswith("/api/"):
        wrong = {"text": 5, "data": "lantern", "cardia": [], "file": 1}
        yield "post", client.post(address, json.dumps(wrong), content_type="application/json")
        yield "patch", client.patch(address, json.dumps({"data": {"name": 5}}), content_type="application/json")
        yield "put", client.put(address, "{", content_type="application/json")
        yield "upload", client.post(address, {"file": SimpleUploadedFile("mira.json", b'{"name": "Mira", "data": 5}')})
    else:
        wrong = {"text": "", "art": "x", "name": "", "price_coins": "x", "position": "x"}
        upload = SimpleUploadedFile("mira.png", b"\x89PNG\r\n\x1a\n no")
        yield "post", client.post(address, {**wrong, "file": upload})


@pytest.mark.parametrize("area", ["site", "api"])
def test_no_address_tells_a_secret_to_who_lacks_its_keys(world, area, caplog):
    caplog.set_level(logging.DEBUG)
    told = []

    for role, allowed in ROLES.items():
        client = _client(world.people[role]) if role in world.people else Client()
        caplog.clear()
        mail.outbox.clear()
        chat_models["default"].calls.clear()
        embedders["default"].calls.clear()
        for route, address in addresses(world, role, area):
            known = IN_CHAT.get(role, allowed) if "chat:" in route else allowed
            known = frozenset(leaks.GROUPS) if role == "moderator" and "moderation:" in route else known
            for method, answer in answers(client, route, address, reads_only=role not in WRITERS):
                found = leaks.leaks(leaks.readable(answer), known)
                assert answer.status_code < 500, (role, method, address)
                told += [f"{role} {method} {route} {address}: {' '.join(sorted(found))}"] if found else []
        prompts = repr([call.messages for call in chat_models["default"].calls])
        embedded = repr(embedders["default"].calls)
        sent = "".join(f"{one.subject}{one.body}" for one in mail.outbox)
        for place, text in (("log", caplog.text), ("mail", sent), ("prompt", prompts), ("embedding", embedded)):
            found = leaks.leaks(text, frozenset() if place in {"log", "mail"} else IN_CHAT.get(role, allowed))
            told += [f"{role} {place}: {' '.join(sorted(found))}"] if found else []

    assert not told, "\n".join(told)


def test_no_index_knows_a_secret(world):
    rows = leaks.dumped(SearchDocument.objects.values_list())

    assert leaks.leaks(rows, frozenset()) == set()


def test_searching_for_a_secret_finds_nobody(world):
    places = ("name", "content", "key", "greeting", "voice", "knowledge", "description")
    words = [leaks.mark(group, place) for group in leaks.GROUPS for place in places]

    found = [Client().get("/api/v1/characters/", {"q": word}).json()["results"] for word in words]

    assert found == [[]] * len(words)


def test_what_is_left_out_exists_and_the_operator_s_rooms_are_shut(fan, moderator, creator):
    names = [name for name, _path, _arguments in leaks.routes()]
    rooms = [name for name, path, arguments in leaks.routes() if path.startswith(ADMIN) and not arguments]
    open_rooms = {"admin:login", "admin:logout", "admin:jsi18n"}

    assert set(names) >= DESTRUCTIVE
    assert all(any(name.startswith(quiet) for name in names) for quiet in QUIET)
    for user in (fan, moderator, creator):
        client = _client(user)
        assert {client.get(reverse(room)).status_code for room in rooms if room not in open_rooms} <= {302, 404}
