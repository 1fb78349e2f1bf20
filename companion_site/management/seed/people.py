"""The demo accounts, their personas and their coins."""

from __future__ import annotations

from datetime import date

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group

from accounts import services as accounts
from accounts.models import Persona, User
from accounts.permissions import MODERATORS, TRAINERS
from billing import services as billing
from companion_site.management.seed.sources import Source

_GROUPS = {"moderator": MODERATORS, "trainer": TRAINERS}
_REGIONS = {"Asia/Shanghai": "CN", "Europe/Dublin": "EU", "Europe/Lisbon": "EU"}


def make_people(rows: list[Source], *, password: str) -> dict[str, User]:
    """Create the accounts with confirmed addresses, consents and coins; return them by key."""
    people = {row["key"]: _make(row, password) for row in rows}
    for row in rows:
        if row["coins"]:
            billing.grant_coins(people[row["key"]], row["coins"], reason="demo", key="demo")
    return people


def _make(row: Source, password: str) -> User:
    is_admin = row["role"] == "admin"
    user = User.objects.create_user(
        row["email"],
        password,
        display_name=row["display_name"],
        language=row["locale"].lower(),
        time_zone=row["timezone"],
        region=_REGIONS[row["timezone"]],
        is_staff=is_admin,
        is_superuser=is_admin,
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    accounts.enter_park(user, born=date(row["birth_year"], 6, 15))
    if row["role"] in _GROUPS:
        user.groups.add(Group.objects.get(name=_GROUPS[row["role"]]))
    return user


def make_personas(rows: list[Source], people: dict[str, User]) -> dict[str, Persona]:
    """Create the personas, the default one first; return them by key."""
    ordered = sorted(rows, key=lambda row: not row["default"])
    return {
        row["key"]: accounts.save_persona(people[row["account"]], name=row["name"], description=row["description"])
        for row in ordered
    }
