"""`manage.py seed_demo`: fill an empty park, once and all of it or nothing."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import User
from companion_site.management.seed import evening, park, people
from companion_site.management.seed.sources import Source, read_characters, read_yaml
from moderation import services as moderation

MARKER = "admin@cardia.example"


class Command(BaseCommand):
    help = "Create the demo accounts, the twelve characters and the demo evening, unless they are there."

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.filter(email=MARKER).exists():
            self.stdout.write("The park is already seeded.")
            return
        if not settings.DEMO_PASSWORD:
            raise CommandError("Set DEMO_PASSWORD (`make up` writes one into .env), then run this again.")
        demo = read_yaml(settings.FIXTURES_DIR / "demo.yaml")
        with transaction.atomic():
            seed(demo, password=settings.DEMO_PASSWORD)
        self.stdout.write("The park is seeded: twelve characters, seven people, six conversations, one open case.")


def seed(demo: Source, *, password: str) -> None:
    """Make everything, in the caller's transaction."""
    guests = people.make_people(demo["accounts"], password=password)
    personas = people.make_personas(demo["personas"], guests)
    residents = park.open_park(read_characters(settings.FIXTURES_DIR / "cards"), guests, demo["stats"])
    held = {
        (row["account"], row["character"]): evening.hold(
            row, guests[row["account"]], personas[row["persona"]], residents[row["character"]]
        )
        for row in demo["conversations"]
    }
    for row in demo["awaiting_review"]:
        park.submit(row, guests[row["account"]])
    for row in demo["moderation"]:
        said = held[row["conversation"]["account"], row["conversation"]["character"]]
        reply = str(said[row["message"]].public_id)
        moderation.audit("reply", reply)
        reporter = guests[row["reporter"]]
        words = row["report"]["zh-Hans" if reporter.language.startswith("zh") else "en"]
        moderation.attach_report(reporter, "reply", reply, policy_hint="OOC-01", text=words)
