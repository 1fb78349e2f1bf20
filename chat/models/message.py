"""Messages form a tree: every reply has a parent, siblings of one role are swipes, a path ends at the head."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from characters.models import CharacterVersion
from chat.given import Line
from chat.models import tree
from chat.models.conversation import Conversation
from companion_site.core.models import Public
from companion_site.core.prepared import Prepared

_PATH = """
WITH RECURSIVE path(id, parent_id, hops) AS (
    SELECT id, parent_id, 0 FROM chat_message WHERE id = %s
    UNION ALL
    SELECT m.id, m.parent_id, path.hops + 1 FROM chat_message m JOIN path ON m.id = path.parent_id WHERE path.hops < %s
)
"""
_ROWS = "".join((_PATH, "SELECT m.* FROM chat_message m JOIN path ON m.id = path.id ORDER BY path.hops DESC"))
_LINES = "".join(
    (
        _PATH,
        "SELECT m.role, m.text, m.mood, m.depth ",
        "FROM chat_message m JOIN path ON m.id = path.id ",
        "WHERE m.status NOT IN ('failed', 'pending') AND m.removed_at IS NULL AND m.text <> '' ",
        "ORDER BY path.hops DESC",
    )
)
# Up from a message to the first that has a state, at last to the greeting.
_PAST = """
WITH RECURSIVE up(id, parent_id, state, status, position, hops) AS (
    SELECT id, parent_id, state, status, position, 0 FROM chat_message WHERE id = %s
    UNION ALL
    SELECT m.id, m.parent_id, m.state, m.status, m.position, up.hops + 1
    FROM chat_message m JOIN up ON m.id = up.parent_id
    WHERE up.state = '{}' OR up.status IN ('failed', 'pending')
)
SELECT state, status, position, parent_id FROM up ORDER BY hops DESC LIMIT 1
"""
_NEWEST_BELOW = """
WITH RECURSIVE below(id) AS (
    SELECT id FROM chat_message WHERE id = %s
    UNION ALL
    SELECT m.id FROM chat_message m JOIN below ON m.parent_id = below.id
    WHERE m.role <> 'platform' AND m.deleted_at IS NULL
)
SELECT max(id) FROM below
"""


_NO_MOOD: dict[str, object] = {}


def _mood(raw: str) -> dict[str, object]:
    # Most messages have none, and this runs for each line of each turn.
    return _NO_MOOD if raw == "{}" else json.loads(raw)


class MessageQuerySet(models.QuerySet["Message"]):
    def owned_by(self, user: User | AnonymousUser) -> MessageQuerySet:
        return self.filter(fan=user, deleted_at=None) if isinstance(user, User) else self.none()

    def visible_to(self, user: User | AnonymousUser) -> MessageQuerySet:
        return self.owned_by(user)

    def with_deleted_of(self, user: User | AnonymousUser) -> MessageQuerySet:
        """Return the user's messages, deleted ones too: only what deletes, restores and edits may see those."""
        return self.filter(fan=user) if isinstance(user, User) else self.none()

    def living(self) -> MessageQuerySet:
        """Return what is not deleted. Deleting a message marks all that hangs on it, so one column tells."""
        return self.filter(deleted_at=None)

    def ends(self) -> MessageQuerySet:
        """Return the last messages of all branches. Another greeting that nobody answered is no branch."""
        after = Message.objects.living().filter(parent=models.OuterRef("pk")).exclude(role=Message.Role.PLATFORM)
        rows = self.living().exclude(role=Message.Role.PLATFORM).filter(~models.Exists(after))
        return rows.exclude(parent=None, role=Message.Role.CHARACTER)

    def deleted_since(self, moment: datetime) -> MessageQuerySet:
        """Return the first message of every branch deleted since then that has a place to come back to."""
        rows = self.filter(deleted_at__gte=moment).exclude(role=Message.Role.PLATFORM)
        return rows.filter(models.Q(parent=None) | models.Q(parent__deleted_at=None))

    def followed_by(self, user: User | AnonymousUser, public_id: UUID) -> Message | None:
        """Return as much of one of the user's own messages as following it takes, None for anything else."""
        return _FOLLOWED.first(fan=user.pk, public_id=public_id) if isinstance(user, User) else None

    def running(self) -> MessageQuerySet:
        return self.filter(status__in=Message.RUNNING)

    def path_to(self, head_id: int, *, limit: int) -> list[Message]:
        """Return the last `limit` messages of the branch that ends at `head_id`, oldest first.

        Walks parent links by primary key, so message 100,000 costs what message 100 costs.
        """
        return list(self.raw(_ROWS, [head_id, limit - 1]))

    def lines_to(self, head_id: int, *, limit: int) -> list[Line]:
        """Return the branch's last messages as plain lines, oldest first, without what failed or was taken down."""
        with connection.cursor() as cursor:
            cursor.execute(_LINES, [head_id, limit - 1])
            return [
                Line(role, text, _NO_MOOD if mood == "{}" else json.loads(mood), depth)
                for role, text, mood, depth in cursor
            ]

    def past_of(self, message_id: int) -> dict[str, Any]:
        """Return the state as it stands after a message: its own, or that of its nearest ancestor that has one.

        What failed has none. Where nobody has one, the place of the greeting is all there is.
        """
        with connection.cursor() as cursor:
            cursor.execute(_PAST, [message_id])
            raw, status, position, parent_id = cursor.fetchone()
        state = (json.loads(raw) if isinstance(raw, str) else raw) if status not in ("failed", "pending") else {}
        return {"greeting": 0 if parent_id else position, **state}

    def newest_below(self, message_id: int) -> int:
        """Return the id of the newest message of the branch that starts at `message_id`; it is always a leaf."""
        with connection.cursor() as cursor:
            cursor.execute(_NEWEST_BELOW, [message_id])
            return int(cursor.fetchone()[0])

    def count_branch(self, message_id: int) -> int:
        """Return how many messages a deletion of `message_id` would take: itself and all that hangs on it."""
        with connection.cursor() as cursor:
            cursor.execute(tree.COUNT_BRANCH, [message_id])
            return int(cursor.fetchone()[0])

    def delete_branch(self, message_id: int, at: datetime) -> int:
        """Mark a message and all that hangs on it as deleted, in one statement; return how many rows."""
        return self._run(tree.DELETE_BRANCH, [connection.ops.adapt_datetimefield_value(at), message_id])

    def restore_branch(self, message_id: int) -> int:
        """Take back the deletion of `message_id` with all that went with it; return how many rows."""
        return self._run(tree.RESTORE_BRANCH, [message_id])

    def is_on_path(self, message: Message, head_id: int) -> bool:
        """Whether the branch that ends at `head_id` goes through `message`."""
        with connection.cursor() as cursor:
            cursor.execute(tree.IS_ON_PATH, [head_id, message.depth, message.pk])
            return cursor.fetchone() is not None

    def _run(self, statement: str, values: list[Any]) -> int:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return int(cursor.rowcount)


_FOLLOWED = Prepared(
    lambda fan, public_id: Message.objects.filter(fan=fan, public_id=public_id, deleted_at=None).only(
        "public_id", "text", "status", "attempt"
    ),
    public_id=models.UUIDField(),
)


class Message(Public):
    """One message. Text, status and trace of a reply are written by its turn, when it closes."""

    class Role(models.TextChoices):
        FAN = "fan", _("Fan")
        CHARACTER = "character", _("Character")
        # The fan's own stage direction: asks for something, is said by nobody in the story.
        DIRECTOR = "director", _("Director")
        PLATFORM = "platform", _("Platform")

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting")
        STREAMING = "streaming", _("Speaking")
        COMPLETE = "complete", _("Complete")
        BLOCKED = "blocked", _("Stopped by the safety check")
        INTERRUPTED = "interrupted", _("Interrupted")
        STOPPED = "stopped", _("Stopped by the fan")
        FAILED = "failed", _("Failed")

    RUNNING = (Status.PENDING, Status.STREAMING)

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    # On every row, so that the largest table can be partitioned by fan without a rewrite.
    fan = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="children")
    role = models.CharField(max_length=10, choices=Role.choices)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.COMPLETE)
    text = models.TextField(blank=True)
    depth = models.PositiveIntegerField(default=0)
    position = models.PositiveSmallIntegerField(default=0)
    client_id = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001 - null is "none", and unique
    attempt = models.PositiveSmallIntegerField(default=1)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    edited_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    # When the fan deleted it, or something it hangs on: a whole branch has one moment, which tells what belongs
    # together when it is brought back. Out of reach at once, erased later.
    deleted_at = models.DateTimeField(null=True, blank=True)

    version = models.ForeignKey(CharacterVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    scene = models.CharField(max_length=20, blank=True)
    model = models.CharField(max_length=120, blank=True)
    preset = models.CharField(max_length=40, blank=True)
    prompt_hash = models.CharField(max_length=64, blank=True)
    seed = models.BigIntegerField(null=True, blank=True)
    mood = models.JSONField(default=dict, blank=True)
    trace = models.JSONField(default=dict, blank=True)
    # Timed lorebook effects and macro variables as they stand after this message. The nearest ancestor that
    # has some counts, so that swipes, branches and edits each go on from their own past.
    state = models.JSONField(default=dict, blank=True)
    ooc_score = models.FloatField(null=True, blank=True)
    error = models.CharField(max_length=40, blank=True)
    rating = models.SmallIntegerField(default=0)
    # What the turn took of the model, all its tries together; cost in millionths of the operator's currency.
    prompt_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    cost_micros = models.PositiveBigIntegerField(default=0)

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "client_id"], name="client_id_once"),
            # Two tabs, two processes, one turn: the second insert loses.
            models.UniqueConstraint(
                fields=["conversation"],
                condition=models.Q(status__in=["pending", "streaming"]),
                name="one_turn_at_a_time",
            ),
            models.CheckConstraint(condition=models.Q(rating__in=[-1, 0, 1]), name="rating_is_a_thumb"),
        ]
        indexes = [
            models.Index(
                fields=["heartbeat_at"],
                condition=models.Q(status__in=["pending", "streaming"]),
                name="message_running",
            ),
            models.Index(fields=["deleted_at"], condition=models.Q(deleted_at__isnull=False), name="message_deleted"),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.public_id}"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will be written by its turn."""
        return self.status not in self.RUNNING

    @property
    def is_reply(self) -> bool:
        return self.role == self.Role.CHARACTER and self.parent_id is not None

    @property
    def can_continue(self) -> bool:
        """Whether the character may go on from this text."""
        is_whole = self.status == self.Status.COMPLETE and self.removed_at is None
        return bool(self.text) and (is_whole or self.is_cut_off)

    @property
    def is_cut_off(self) -> bool:
        """Whether there was to be more of it."""
        return self.status in {self.Status.INTERRUPTED, self.Status.STOPPED}
