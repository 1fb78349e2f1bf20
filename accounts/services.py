"""Every write to an account that has a rule."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from accounts.exceptions import BirthDateFixed, BirthDateImplausible, LastPersona, TooYoung
from accounts.keys import export_keys, revoke_all
from accounts.models import Consent, Persona, User
from accounts.signals import account_deleted

# 未成年人: accounts under 14 need a guardian's consent, which we cannot take yet (docs: compliance).
YOUNGEST_AGE = 14
OLDEST_AGE = 120

REQUIRED_CONSENTS = (Consent.Kind.TERMS, Consent.Kind.AI_NOTICE)


def set_birth_date(user: User, born: date) -> User:
    """Write the date of birth down, once; raise `BirthDateFixed`, `BirthDateImplausible` or `TooYoung`."""
    today = timezone.localdate()
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if born > today or age > OLDEST_AGE:
        raise BirthDateImplausible(field="birth_on")
    if age < YOUNGEST_AGE:
        raise TooYoung(field="birth_on")
    changed = User.objects.filter(pk=user.pk, birth_on__isnull=True).update(birth_on=born)
    user.refresh_from_db(fields=["birth_on"])
    if not changed and user.birth_on != born:
        raise BirthDateFixed(field="birth_on")
    return user


def give_consent(user: User, kind: str) -> Consent:
    """Record the agreement; agreeing twice changes nothing."""
    consent, _ = Consent.objects.get_or_create(user=user, kind=kind, withdrawn_at=None)
    return consent


def withdraw_consent(user: User, kind: str) -> None:
    """End the agreement from now on; the row stays as the record of what was agreed when."""
    Consent.objects.filter(user=user, kind=kind, withdrawn_at=None).update(withdrawn_at=timezone.now())


def has_consent(user: User, kind: str) -> bool:
    return Consent.objects.filter(user=user, kind=kind, withdrawn_at=None).exists()


def is_ready(user: User) -> bool:
    """Whether the person has told their age and agreed to what must be agreed to."""
    given = set(user.consents.filter(withdrawn_at=None).values_list("kind", flat=True))
    return user.birth_on is not None and given.issuperset(REQUIRED_CONSENTS)


@transaction.atomic
def enter_park(user: User, *, born: date) -> User:
    """Finish a sign-up: date of birth and the required consents, together or not at all."""
    set_birth_date(user, born)
    for kind in REQUIRED_CONSENTS:
        give_consent(user, kind)
    return user


def update_profile(user: User, **fields: Any) -> User:
    """Change display name, language, theme, pace of replies, time zone or region."""
    allowed = {"display_name", "language", "theme", "pace", "time_zone", "region"}
    changes = {name: value for name, value in fields.items() if name in allowed}
    for name, value in changes.items():
        setattr(user, name, value)
    user.save(update_fields=sorted(changes))
    return user


@transaction.atomic
def save_persona(user: User, *, name: str, description: str = "", persona: Persona | None = None) -> Persona:
    """Make or change one of the user's personas; the first one becomes the default."""
    if persona is None:
        is_first = not user.personas.filter(is_default=True).exists()
        return Persona.objects.create(user=user, name=name, description=description, is_default=is_first)
    persona.name, persona.description = name, description
    persona.save(update_fields=["name", "description", "updated_at"])
    return persona


@transaction.atomic
def make_default(user: User, persona: Persona) -> Persona:
    """Let this persona be the one new chats begin with."""
    user.personas.filter(is_default=True).update(is_default=False)
    persona.is_default = True
    persona.save(update_fields=["is_default", "updated_at"])
    return persona


@transaction.atomic
def delete_persona(user: User, persona: Persona) -> None:
    """Delete a persona; raise `LastPersona` for the only one. The default moves to the oldest left."""
    others = user.personas.exclude(pk=persona.pk).order_by("created_at")
    heir = others.first()
    if heir is None:
        raise LastPersona
    was_default = persona.is_default
    persona.delete()
    if was_default:
        make_default(user, heir)


def default_persona(user: User) -> Persona:
    """Return the persona new chats begin with, making one from the display name where there is none."""
    found = user.personas.filter(is_default=True).first()
    return found or save_persona(user, name=user.name)


def export_account(user: User) -> dict[str, object]:
    """Return what the account rows hold, ready for JSON. Other apps add theirs at the roof."""
    return {
        "email": user.email,
        "display_name": user.display_name,
        "language": user.language,
        "region": user.region,
        "time_zone": user.time_zone,
        "birth_on": user.birth_on.isoformat() if user.birth_on else None,
        "joined_at": user.date_joined.isoformat(),
        "personas": list(user.personas.values("name", "description", "is_default")),
        "api_keys": export_keys(user),
        "consents": [
            {
                "kind": consent.kind,
                "text_version": consent.text_version,
                "given_at": consent.created_at.isoformat(),
                "withdrawn_at": consent.withdrawn_at.isoformat() if consent.withdrawn_at else None,
            }
            for consent in user.consents.order_by("created_at")
        ],
    }


@transaction.atomic
def delete_account(user: User) -> None:
    """Close the account: sign out everywhere, end its keys, forget who it was. Ledger rows stay, without a name."""
    revoke_all(user)
    user.personas.all().delete()
    user.consents.filter(withdrawn_at=None).update(withdrawn_at=timezone.now())
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        if session.get_decoded().get("_auth_user_id") == str(user.pk):
            session.delete()
    user.emailaddress_set.all().delete()  # type: ignore[attr-defined]
    user.email = f"gone-{user.public_id}@cardia.invalid"
    user.display_name = ""
    user.birth_on = None
    user.is_active = False
    user.set_unusable_password()
    user.save()
    user_id = user.pk
    transaction.on_commit(lambda: account_deleted.send_robust(User, user_id=user_id) and None)
