"""The account's rules."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine
from django.core.exceptions import ObjectDoesNotExist

from accounts import services
from accounts.exceptions import BirthDateFixed, BirthDateImplausible, LastPersona, TooYoung
from accounts.models import Consent, User

NOW = "2026-11-22T12:00:00Z"


@pytest.fixture
def newcomer(db) -> User:
    return User.objects.create_user("new@cardia.example", "correct horse battery", display_name="New")


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("_case", "born", "error"),
    [
        ("thirteen", date(2012, 11, 23), TooYoung),
        ("tomorrow", date(2026, 11, 23), BirthDateImplausible),
        ("very old", date(1900, 1, 1), BirthDateImplausible),
    ],
)
def test_impossible_ages_are_refused_and_nothing_is_agreed_to(newcomer, _case, born, error):
    with pytest.raises(error):
        services.enter_park(newcomer, born=born)

    newcomer.refresh_from_db()
    assert newcomer.birth_on is None
    assert newcomer.consents.count() == 0


@time_machine.travel(NOW, tick=False)
@pytest.mark.parametrize(
    ("_case", "born", "adult"),
    [("birthday today", date(2008, 11, 22), True), ("birthday tomorrow", date(2008, 11, 23), False)],
)
def test_one_is_an_adult_from_the_eighteenth_birthday(newcomer, _case, born, adult):
    services.enter_park(newcomer, born=born)

    assert newcomer.is_adult is adult
    assert services.is_ready(newcomer)


def test_a_birth_date_is_written_once(newcomer):
    services.set_birth_date(newcomer, date(1990, 1, 1))

    with pytest.raises(BirthDateFixed):
        services.set_birth_date(newcomer, date(1980, 1, 1))

    newcomer.refresh_from_db()
    assert newcomer.birth_on == date(1990, 1, 1)


def test_a_withdrawn_consent_is_kept_as_history(fan):
    services.give_consent(fan, Consent.Kind.TRAINING)
    services.give_consent(fan, Consent.Kind.TRAINING)
    services.withdraw_consent(fan, Consent.Kind.TRAINING)

    assert not services.has_consent(fan, Consent.Kind.TRAINING)
    assert Consent.objects.filter(user=fan, withdrawn_at__isnull=False).count() == 1


def test_training_on_chats_is_off_until_someone_turns_it_on(fan):
    assert not services.has_consent(fan, Consent.Kind.TRAINING)


def test_the_default_persona_moves_on_when_deleted(fan):
    first = services.default_persona(fan)
    second = services.save_persona(fan, name="Ash")

    services.delete_persona(fan, first)

    second.refresh_from_db()
    assert second.is_default
    with pytest.raises(LastPersona):
        services.delete_persona(fan, second)


def test_a_deleted_account_keeps_no_name_and_no_way_in(fan, fan_client):
    services.default_persona(fan)

    services.delete_account(fan)

    fan.refresh_from_db()
    assert (fan.display_name, fan.birth_on, fan.is_active, fan.personas.count()) == ("", None, False, 0)
    assert fan.email.endswith("@cardia.invalid")
    assert fan_client.get("/settings/").status_code == 302
    with pytest.raises(ObjectDoesNotExist):
        User.objects.get(email="fan@cardia.example")


def test_the_export_holds_what_was_given(fan):
    services.save_persona(fan, name="Ash", description="Works nights.")

    exported = services.export_account(fan)

    assert exported["email"] == "fan@cardia.example"
    assert exported["birth_on"] == "1996-05-04"
    assert exported["personas"] == [{"name": "Ash", "description": "Works nights.", "is_default": True}]
