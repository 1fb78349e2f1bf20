"""Fills an empty database for a benchmark: one live character, N adult fans with a conversation each."""

from __future__ import annotations

import json
import sys
from datetime import date

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.core.management import call_command  # noqa: E402

from accounts import services as accounts  # noqa: E402
from accounts.models import User  # noqa: E402
from bench.browser import PASSWORD  # noqa: E402
from characters import services as characters  # noqa: E402
from chat import services as chat  # noqa: E402
from companion_site.management.seed.park import make_character  # noqa: E402
from companion_site.management.seed.sources import read_yaml  # noqa: E402

CHARACTER = "shen-guhong"


def main() -> None:
    """Print each fan's e-mail and conversation id as JSON."""
    call_command("migrate", verbosity=0)
    hashed = make_password(PASSWORD)
    character = make_character(
        read_yaml(settings.FIXTURES_DIR / "cards" / f"{CHARACTER}.yaml"), _user("creator", hashed)
    )
    characters.publish(character)
    rooms = []
    for number in range(int(sys.argv[1])):
        fan = _user(f"fan{number}", hashed)
        rooms.append({"email": fan.email, "chat": str(chat.start_conversation(fan, character).public_id)})
    sys.stdout.write(json.dumps(rooms))


def _user(name: str, hashed: str) -> User:
    user = User.objects.create(email=f"{name}@bench.example", display_name=name, password=hashed)
    return accounts.enter_park(user, born=date(1990, 1, 1))


if __name__ == "__main__":
    main()
