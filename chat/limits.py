"""What one fan, one address and all together may use of the model: every limit of the chat in one table."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from accounts.models import User
from chat import scenes
from chat.admission import Bounds
from chat.exceptions import BudgetSpent
from chat.models import Conversation
from companion_site.core import buckets
from companion_site.core.buckets import Bucket
from companion_site.core.exceptions import TooManyRequests

_HOUR = 3600
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class ChatLimits:
    """The limits with their defaults; `settings.CHAT_LIMITS` overrides any of them by name. 0 tokens: no limit."""

    # Admission, for each process.
    core_share: float = 1.2
    least_replies: int = 4
    lag_seconds: float = 0.4
    first_word_seconds: float = 8.0
    waiting: int = 128
    wait_seconds: float = 120.0
    running_each: int = 2
    waiting_each: int = 2
    # Cost, in estimated tokens: of one fan, of the members' tier, of one character, of everybody.
    tokens_a_minute: int = 150_000
    tokens_at_once: int = 300_000
    member_factor: float = 3.0
    character_tokens_an_hour: int = 0
    all_tokens_an_hour: int = 0
    all_tokens_a_day: int = 0
    # A prompt nobody has measured yet is taken for this long.
    prompt_tokens: int = 2_000
    chats_an_hour: int = 120
    # Open streams, for each process.
    streams_each: int = 12
    streams_an_address: int = 200
    streams: int = 8_000
    # How long a reader may take nothing before it is dropped.
    stuck_seconds: float = 30.0


@lru_cache(maxsize=8)
def _built(given: tuple[tuple[str, float], ...]) -> ChatLimits:
    known = {field.name for field in fields(ChatLimits)}
    for name, value in given:
        if name not in known or isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise ImproperlyConfigured(f"CHAT_LIMITS: {name!r} is not a limit, or {value!r} no number from 0 on.")
    return ChatLimits(**dict(given))  # type: ignore[arg-type]


def current() -> ChatLimits:
    """Return the limits of this installation."""
    return _built(tuple(settings.CHAT_LIMITS.items()))


def bounds() -> Bounds:
    """Return what an operator allows this process to write at once."""
    limits = current()
    return Bounds(
        share=limits.core_share,
        floor=limits.least_replies,
        ceiling=settings.CHAT_MAX_REPLIES,
        lag_seconds=limits.lag_seconds,
        first_word_seconds=limits.first_word_seconds,
    )


def estimate(*, prompt_tokens: int, text: str, max_tokens: int) -> int:
    """Return what a turn may cost: the prompt before it, the new words, and as long a reply as is allowed.

    A token is taken for two characters: half of what English has, about what Chinese has.
    """
    return prompt_tokens + len(text) // 2 + max_tokens


def spend(fan: User, conversation: Conversation | None = None, text: str = "") -> None:
    """Take the estimated cost of one turn from the fan's allowance and from everybody's, or from none of them.

    Without a conversation, which may not be known yet, the turn is taken for an ordinary one. Raises
    `TooManyRequests` where the fan's is used up, `BudgetSpent` where the character's or everybody's is, and
    `LimitsUnknown` where nobody can tell: money is not spent unseen.
    """
    limits = current()
    # The last prompt of the branch, where the query has brought it along.
    measured = vars(conversation).get("head_prompt_tokens") if conversation is not None else None
    cost = estimate(
        prompt_tokens=measured or limits.prompt_tokens,
        text=text,
        max_tokens=scenes.preset(conversation.scene if conversation is not None else "").max_tokens,
    )
    short = buckets.take(_buckets_of(fan, conversation, limits), cost)
    if short is None:
        return
    if short.name.startswith("chat.fan:"):
        raise TooManyRequests(retry_after_seconds=short.seconds)
    raise BudgetSpent(retry_after_seconds=short.seconds)


def _buckets_of(fan: User, conversation: Conversation | None, limits: ChatLimits) -> list[Bucket]:
    factor = limits.member_factor if fan.tier == "member" else 1.0
    of_character = limits.character_tokens_an_hour if conversation is not None else 0
    character_id = conversation.character_id if conversation is not None else 0
    wanted = (
        (f"chat.fan:{fan.pk}", limits.tokens_at_once * factor, limits.tokens_a_minute * factor / 60),
        (f"chat.character:{character_id}", of_character, of_character / _HOUR),
        ("chat.all.hour", limits.all_tokens_an_hour, limits.all_tokens_an_hour / _HOUR),
        ("chat.all.day", limits.all_tokens_a_day, limits.all_tokens_a_day / _DAY),
    )
    return [Bucket(*bucket) for bucket in wanted if bucket[1]]


def begin_chat(fan: User) -> None:
    """Count one more conversation begun by a fan; raise `TooManyRequests` past the limit of an hour."""
    limits = current()
    if not limits.chats_an_hour:
        return
    bucket = Bucket(f"chat.begun:{fan.pk}", limits.chats_an_hour, limits.chats_an_hour / _HOUR)
    if (short := buckets.take([bucket], 1)) is not None:
        raise TooManyRequests(retry_after_seconds=short.seconds)
