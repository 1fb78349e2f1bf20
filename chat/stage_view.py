"""What a conversation page shows, gathered in a fixed number of queries, whatever the length of the chat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from accounts.models import User
from characters.cards.cardia import Outfit, Voice
from characters.keys import Secrets, secrets_of
from characters.models import CharacterVersion
from characters.storylines import Teaser, teasers
from chat import affinity, paces, scenes, sheets
from chat.models import Checkpoint, Conversation, Memory, Message
from chat.pacing import NATURAL, Manner, Pace
from chat.scene import Scene
from chat.services.conversations import fan_name
from chat.services.versions import newer_version, offered_version

PAGE = 60


@dataclass(slots=True)
class Shown:
    """One message with what stands around it. `swipes` are all its siblings, itself among them, in order."""

    message: Message
    swipes: list[Message] = field(default_factory=list)
    cards: list[Message] = field(default_factory=list)
    is_last: bool = False
    # How many messages follow the one the fan has gone back to, and the name it has as a place.
    ahead: int = 0
    place_name: str = ""
    manner: Manner = NATURAL

    @property
    def place(self) -> int:
        """Its place among the swipes, from 1."""
        return next((i for i, m in enumerate(self.swipes, 1) if m.pk == self.message.pk), 1)

    @property
    def previous(self) -> Message | None:
        return self.swipes[self.place - 2] if self.place > 1 else None

    @property
    def following(self) -> Message | None:
        return self.swipes[self.place] if self.place < len(self.swipes) else None

    @property
    def hint(self) -> str:
        return str(self.message.mood.get("hint", ""))

    @property
    def reflex(self) -> str:
        return str(self.message.mood.get("reflex", ""))

    @property
    def pace(self) -> Pace:
        """How this message is cut into bubbles, and how fast they come while it is new."""
        return paces.pace_of(self.message.scene, self.manner)


def shown_messages(conversation: Conversation, *, head_id: int | None = None, limit: int = PAGE) -> list[Shown]:
    """Return the branch on show (or the one that ends at `head_id`), its last `limit` messages, oldest first."""
    end = head_id or conversation.head_id
    if end is None:
        return []
    path = Message.objects.path_to(end, limit=limit)
    around = _around(conversation, path)
    shown = [
        Shown(
            message,
            [m for m in around[message.parent_id] if m.role == message.role],
            [m for m in around[message.pk] if m.role == Message.Role.PLATFORM],
        )
        for message in path
    ]
    names = dict(Checkpoint.objects.filter(message__in=[m.pk for m in path]).values_list("message_id", "name"))
    for row in shown:
        row.place_name = names.get(row.message.pk, "")
    if shown and end == conversation.head_id:
        shown[-1].is_last = True
        shown[-1].ahead = _ahead(shown[-1].message, around[end])
    return shown


def _ahead(head: Message, children: Sequence[Message]) -> int:
    """Return how many messages follow the head on its newest branch; most often none, and nothing is asked."""
    if all(child.role == Message.Role.PLATFORM for child in children):
        return 0
    end = Message.objects.newest_below(head.pk)
    return int(Message.objects.values_list("depth", flat=True).get(pk=end)) - head.depth


def fresh(message: Message, reply: Message) -> list[Shown]:
    """Return a message just accepted and its reply, without asking the database what it has just written."""
    cards = []
    if message.mood.get("crisis"):
        cards = list(message.children.filter(role=Message.Role.PLATFORM))
    told = Shown(message, [message], cards)
    return [told, Shown(reply, [reply], is_last=True)]


def shown_message(message: Message) -> Shown:
    """Return one message as the log shows it."""
    shown = shown_messages(message.conversation, head_id=message.pk, limit=1)[0]
    shown.is_last = message.conversation.head_id == message.pk
    return shown


def _around(conversation: Conversation, path: Sequence[Message]) -> dict[int | None, list[Message]]:
    """Return the children of every message of the path, and of its first one's parent."""
    parents = {message.pk for message in path} | {message.parent_id for message in path}
    living = Message.objects.living().filter(conversation=conversation)
    rows = living.filter(parent__in=[p for p in parents if p is not None])
    if None in parents:
        rows = rows | living.filter(parent=None)
    found: dict[int | None, list[Message]] = defaultdict(list)
    for row in rows.only("pk", "public_id", "parent_id", "role", "position", "trace").order_by("position", "pk"):
        found[row.parent_id].append(row)
    return found


@dataclass(frozen=True, slots=True)
class Room:
    """The character's side of the page: how close one is, what may be unlocked, what is remembered."""

    tagline: dict[str, str]
    storylines: list[Teaser]
    secrets: list[Secrets]
    affinity: affinity.Affinity
    memories_count: int
    expression: str
    language: str
    catchphrase: str
    fan_name: str
    scene: Scene
    scenes: dict[str, Scene]
    wardrobe: tuple[Outfit, ...]
    voice: Voice
    newer: CharacterVersion | None
    is_offered: bool


def room_of(conversation: Conversation, fan: User) -> Room:
    """Return the character's room for this fan."""
    version, sheet = sheets.of_conversation(conversation)
    head = conversation.head
    close = affinity.of(conversation.turns_count)
    newer = newer_version(conversation)
    return Room(
        tagline=sheet.ours.tagline,
        storylines=teasers(version, fan, affinity=close.level),
        secrets=_shut(version, fan, close.level),
        affinity=close,
        memories_count=Memory.objects.owned_by(fan).filter(character=conversation.character_id).count(),
        expression=str(head.mood.get("expression") or "neutral") if head is not None else "neutral",
        language=sheet.language,
        catchphrase=next(iter(sheet.ours.catchphrases), ""),
        fan_name=fan_name(conversation),
        scene=scenes.preset(conversation.scene),
        scenes=scenes.presets(),
        wardrobe=sheet.ours.wardrobe,
        voice=sheet.ours.voice,
        newer=newer,
        is_offered=newer is not None and offered_version(conversation) is not None,
    )


def _shut(version: CharacterVersion, fan: User, level: int) -> list[Secrets]:
    """Return what is still locked to the fan at this level; nothing is to a character's own creator."""
    if version.character.owner_id == fan.pk:
        return []
    return [found for found in secrets_of(version, fan) if not found.is_open_at(level)]


def listed(fan: User, *, limit: int = 50) -> list[Conversation]:
    """Return the fan's conversations, newest first, each with its character and last message."""
    rows = Conversation.objects.owned_by(fan).filter(archived_at=None)
    rows = rows.select_related("character", "head", "api_key").defer(
        "character__card", "character__envelope", "head__trace"
    )
    return list(rows.order_by("-last_message_at")[:limit])
