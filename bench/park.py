"""Fills an empty database for a benchmark: one live character, N adult fans with a conversation each, signed in."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.management.color import no_style  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils.crypto import get_random_string  # noqa: E402

from accounts import services as accounts  # noqa: E402
from accounts.models import User  # noqa: E402
from bench.browser import PASSWORD  # noqa: E402
from characters import services as characters  # noqa: E402
from chat import services as chat  # noqa: E402
from chat.models import Conversation, Message  # noqa: E402
from companion_site.management.seed.park import make_character  # noqa: E402
from companion_site.management.seed.sources import read_yaml  # noqa: E402

CHARACTER = "shen-guhong"
_CSRF_CHARS = 32
_BATCH = 2000
_WORDS = ("灯亮着。", "雪又大了些。", "他添了一块柴。", "碗还是热的。", "驴在廊下打了个响鼻。")


def main() -> None:
    """Print each fan's e-mail, conversation id, session and CSRF token as JSON; `--depths` are of the first fans."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fans", type=int)
    parser.add_argument("--depths", type=int, nargs="*", default=[])
    options = parser.parse_args()
    call_command("migrate", verbosity=0)
    hashed = make_password(PASSWORD)
    character = make_character(
        read_yaml(settings.FIXTURES_DIR / "cards" / f"{CHARACTER}.yaml"), _user("creator", hashed)
    )
    characters.publish(character)
    rooms = []
    for number in range(options.fans):
        fan = _user(f"fan{number}", hashed)
        conversation = chat.start_conversation(fan, character)
        if number < len(options.depths):
            _grow(conversation, options.depths[number])
        rooms.append({"email": fan.email, "chat": str(conversation.public_id), **_signed_in(fan)})
    sys.stdout.write(json.dumps(rooms))


def _user(name: str, hashed: str) -> User:
    user = User.objects.create(email=f"{name}@bench.example", display_name=name, password=hashed)
    return accounts.enter_park(user, born=date(1990, 1, 1))


def _signed_in(fan: User) -> dict[str, str]:
    """Sign in as the form does, without its password: hashing two hundred of them takes a minute."""
    client = Client(REMOTE_ADDR="127.0.0.1")
    client.force_login(fan)
    return {
        "session": client.cookies[settings.SESSION_COOKIE_NAME].value,
        "csrf": get_random_string(_CSRF_CHARS),
    }


def _grow(conversation: Conversation, length: int) -> None:
    """Let a conversation have `length` messages, by turns of fan and character, on one branch."""
    head = conversation.head
    assert head is not None  # the greeting
    # Keys are given here, so that every row knows its parent before it is stored.
    first = (Message.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    for start in range(1, length, _BATCH):
        Message.objects.bulk_create(
            [
                Message(
                    pk=first + depth,
                    parent_id=first + depth - 1 if depth > 1 else head.pk,
                    conversation=conversation,
                    fan_id=conversation.fan_id,
                    role=Message.Role.FAN if depth % 2 else Message.Role.CHARACTER,
                    text=f"{_WORDS[depth % len(_WORDS)]}{_WORDS[depth // 7 % len(_WORDS)]}",
                    depth=head.depth + depth,
                    version_id=conversation.version_id,
                )
                for depth in range(start, min(start + _BATCH, length))
            ]
        )
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), [Message]):
            cursor.execute(statement)
    conversation.head_id = first + length - 1
    conversation.turns_count = length // 2
    conversation.save(update_fields=["head", "turns_count"])


if __name__ == "__main__":
    main()
