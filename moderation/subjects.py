"""What moderation may ask of a thing it moderates. Each product app answers in its own `moderation.py`.

Moderation never learns what a character or a message is: `settings.MODERATION_SUBJECTS` names an adapter
for each kind, and every call goes through this protocol.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import User
from moderation.exceptions import SubjectUnknown
from moderation.policy import Side
from moderation.profiles import CharacterProfile


@dataclass(frozen=True, slots=True)
class ContextLine:
    """One line of what went before: `role` is fan, character or platform."""

    role: str
    name: str
    text: str


@runtime_checkable
class Subject(Protocol):
    """A thing that can be reported, audited, taken down and put back.

    `load` is the only way in; it raises `SubjectUnknown` where there is none. `take_down`, `restore`,
    `approve` and `reject` run inside the decision's transaction and are idempotent; kinds that are not
    reviewed before publication make `approve` and `reject` do nothing.
    """

    kind: ClassVar[str]
    side: ClassVar[Side]
    template_name: ClassVar[str]  # renders the excerpt on the desk, with `subject` and `case`

    @classmethod
    def load(cls, public_id: str) -> Subject: ...
    @property
    def id(self) -> str: ...  # the public id
    def title(self) -> str: ...
    def excerpt(self) -> str: ...  # a few lines for lists
    def parts(self) -> Mapping[str, str]: ...  # every text to check, by a name a reader understands
    def profile(self) -> CharacterProfile | None: ...
    def context(self) -> Sequence[ContextLine]: ...
    def owner(self) -> User | None: ...  # who answers for it: the creator of a character, the writer of a message
    def audience(self) -> Sequence[User]: ...  # who else met it and is told of a decision: the fan of a reply
    def reach(self) -> int: ...  # people who can meet it in a day
    def is_visible_to(self, user: User) -> bool: ...  # only what one may see can be reported
    def awaits_review(self) -> bool: ...  # whether a moderator must approve it before it is public
    def take_down(self) -> None: ...
    def restore(self) -> None: ...
    def approve(self) -> None: ...
    def reject(self, reason: str) -> None: ...
    def url(self) -> str: ...


def adapter(kind: str) -> type[Subject]:
    """Return the adapter class of a kind; raise `SubjectUnknown` for a kind nobody registered."""
    try:
        path = settings.MODERATION_SUBJECTS[kind]
    except KeyError as exc:
        raise SubjectUnknown from exc
    found: type[Subject] = import_string(path)
    return found


def load(kind: str, public_id: object) -> Subject:
    """Return the subject; raise `SubjectUnknown` where the kind or the thing does not exist."""
    return adapter(kind).load(str(public_id))


# What the system check looks for.
MEMBERS = (
    *("kind", "side", "template_name", "load", "id", "title", "excerpt", "parts", "profile", "context"),
    *(
        "owner",
        "audience",
        "reach",
        "is_visible_to",
        "awaits_review",
        "take_down",
        "restore",
        "approve",
        "reject",
        "url",
    ),
)
