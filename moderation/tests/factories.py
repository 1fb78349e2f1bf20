"""Things to moderate that belong to no product app, and the findings and cases about them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from django.template import Template

from accounts.models import User
from moderation import guard, services
from moderation.exceptions import SubjectUnknown
from moderation.findings import Category, Finding, Severity
from moderation.models import Case
from moderation.profiles import CharacterProfile
from moderation.subjects import ContextLine

CARD_ID = "01900000-0000-7000-8000-000000000001"
REPLY_ID = "01900000-0000-7000-8000-000000000002"
MESSAGE_ID = "01900000-0000-7000-8000-000000000003"


@dataclass
class Thing:
    """What a fake subject stands for; `effects` is everything that was done to it."""

    text: str
    owner: User | None = None
    audience: list[User] = field(default_factory=list)
    seen_by: list[User] | None = None  # None: everybody
    profile: CharacterProfile | None = None
    reach: int = 0
    in_review: bool = False
    effects: list[str] = field(default_factory=list)


SHELF: dict[tuple[str, str], Thing] = {}


class FakeSubject:
    """Answers the protocol of `moderation.subjects.Subject` from the shelf."""

    kind: ClassVar[str]
    template_name = Template("{{ subject.excerpt }}")

    def __init__(self, public_id: str, thing: Thing) -> None:
        self.public_id = public_id
        self.thing = thing

    @classmethod
    def load(cls, public_id: str) -> FakeSubject:
        try:
            return cls(public_id, SHELF[cls.kind, public_id])
        except KeyError as exc:
            raise SubjectUnknown from exc

    @property
    def id(self) -> str:
        return self.public_id

    def title(self) -> str:
        return f"The {self.kind}"

    def excerpt(self) -> str:
        return self.thing.text[:80]

    def parts(self) -> dict[str, str]:
        return {"text": self.thing.text}

    def profile(self) -> CharacterProfile | None:
        return self.thing.profile

    def context(self) -> list[ContextLine]:
        return [ContextLine("fan", "Fan", "Are you there?")]

    def owner(self) -> User | None:
        return self.thing.owner

    def audience(self) -> list[User]:
        return self.thing.audience

    def reach(self) -> int:
        return self.thing.reach

    def is_visible_to(self, user: User) -> bool:
        return self.thing.seen_by is None or user in self.thing.seen_by

    def awaits_review(self) -> bool:
        return self.thing.in_review

    def take_down(self) -> None:
        self.thing.effects.append("take_down")

    def restore(self) -> None:
        self.thing.effects.append("restore")

    def approve(self) -> None:
        self.thing.effects.append("approve")

    def reject(self, reason: str) -> None:
        self.thing.effects.append(f"reject: {reason}")

    def url(self) -> str:
        return f"/things/{self.public_id}/"


class FakeCard(FakeSubject):
    kind = "character"
    side = "card"


class FakeReply(FakeSubject):
    kind = "reply"
    side = "character"


class FakeMessage(FakeSubject):
    kind = "message"
    side = "fan"


def put(kind: str, public_id: str, text: str, **fields: object) -> Thing:
    """Put a thing on the shelf and return it."""
    SHELF[kind, public_id] = thing = Thing(text, **fields)  # type: ignore[arg-type]
    return thing


def finding(
    category: Category = Category.VIOLENCE, severity: Severity = Severity.HIGH, span: tuple[int, int] = (0, 4)
) -> Finding:
    return Finding(category, severity, span, "test.rule", "test@1", 0.9, "threat", "text")


def open_reply_case(text: str = "Ouch, that hurt.", **fields: object) -> tuple[Case, Thing]:
    """Return an open safety case about a reply, and the reply."""
    thing = put("reply", REPLY_ID, text, **fields)
    case = services.open_case("reply", REPLY_ID, findings=[finding()], source="auto")
    return case, thing


def open_review_case(**fields: object) -> tuple[Case, Thing]:
    """Return an open review case about a submitted card, and the card."""
    thing = put("character", CARD_ID, "Keeper of the last lighthouse.", in_review=True, **fields)
    return services.open_case("character", CARD_ID, findings=[], source="review"), thing


def seen(text: str, side: str = "fan", profile: CharacterProfile | None = None) -> set[tuple[str, str]]:
    """Return category and reason of everything the guard sees above a note."""
    found = guard.inspect(text, side=side, profile=profile)  # type: ignore[arg-type]
    return {(f.category.value, f.reason) for f in found if f.severity > Severity.NOTE}
