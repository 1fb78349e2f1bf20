"""What a program brings of its own copy of a chat: screened like a fan's words, and stored as a branch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from chat.aligning import Node, Said
from chat.models import Conversation, Message
from chat.services import sending
from chat.services.branches import next_position
from companion_site.core.exceptions import DomainError
from moderation import guard
from moderation.exceptions import MessageBlocked
from moderation.policy import Verdict

# How much of what a program brings is stored, the newest first: a prompt reads less.
BROUGHT_CHARS = 64_000

_KEPT = (
    *("role", "text", "status", "mood", "state", "version_id", "scene"),
    *("model", "preset", "ooc_score", "removed_at"),
)
_FAN, _CHARACTER = Message.Role.FAN, Message.Role.CHARACTER


@dataclass(frozen=True, slots=True)
class Brought:
    """What a program brings that is not stored yet, screened: lines before, and the one that is answered."""

    before: tuple[Message, ...]
    last: Said
    verdict: Verdict

    @classmethod
    def of(cls, lines: Sequence[Said], known: int) -> Brought:
        """Screen what comes after the first `known` lines; raise as `answer` does."""
        last = lines[-1]
        text = _cleaned(last) if last.role == _FAN else last.text
        # What the character has said in truth needs no second look.
        verdict = Verdict() if known == len(lines) else screened(last)
        chosen: list[Message] = []
        left = BROUGHT_CHARS
        for line in reversed(lines[known:-1]):
            left -= len(line.text)
            if left < 0:
                break
            found = screened(line)
            mood = {"crisis": True} if found.crisis and line.role == _FAN else {}
            chosen.append(Message(role=line.role, text=line.text, mood=mood, edited_at=timezone.now()))
        return cls(tuple(reversed(chosen)), Said(last.role, text, last.place), verdict)


def _cleaned(line: Said) -> str:
    """Return the fan's newest words as stored; raise as `sending.clean`, naming the line."""
    try:
        return sending.clean(line.text)
    except DomainError as error:
        error.field = f"messages[{line.place}].content"
        raise


def screened(line: Said, field: str = "") -> Verdict:
    """Return the verdict on a line a program brings; in the character's name, both sides' rules hold.

    Raises `MessageBlocked` naming the line, or the `field`.
    """
    verdict = guard.screen(line.text, side="fan")
    worst = verdict
    if line.role == _CHARACTER and not verdict.is_blocked:
        worst = guard.screen(line.text, side="character")
    if worst.is_blocked:
        raise MessageBlocked(field=field or f"messages[{line.place}]", policy_code=worst.policy_code)
    return verdict


def copies(path: Sequence[Node]) -> list[Message]:
    """Return the known messages as new rows: what was said, how it felt, where it left the lore."""
    rows = Message.objects.in_bulk([node.id for node in path])
    return [Message(**{name: getattr(rows[node.id], name) for name in _KEPT}) for node in path]


def chained(conversation: Conversation, parent: Message | None, rows: Sequence[Message]) -> Message | None:
    """Store rows one under the other, with one insert; return the last message of the branch."""
    if not rows:
        return parent
    depth = parent.depth + 1 if parent is not None else 0
    first = rows[0]
    first.position = next_position(conversation, parent.pk if parent is not None else None, first.role)
    if parent is None and first.role == _CHARACTER and not first.state:
        # A program's own greeting stands in the place of the card's.
        first.state = {"greeting": 0, "at": timezone.now().isoformat()}
    for place, row in enumerate(rows):
        row.conversation, row.fan_id, row.depth = conversation, conversation.fan_id, depth + place
    first.parent = parent
    made = Message.objects.bulk_create(rows)
    for above, row in zip(made, made[1:], strict=False):
        row.parent = above
    if len(made) > 1:
        Message.objects.bulk_update(made[1:], ["parent"])
    return made[-1]
