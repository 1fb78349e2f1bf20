"""The account's pages, through HTTP."""

from __future__ import annotations

from django.core import mail

from accounts.models import Persona, User

PASSWORD = "a lantern in the snow 9"


def sign_up(client, **changes):
    return client.post(
        "/account/signup/",
        {"email": "new@cardia.example", "password1": PASSWORD, "display_name": "晚风", **changes},
        headers={"accept-language": "zh-hans"},
    )


def test_a_visitor_signs_up_by_email_and_meets_the_age_door(client, db):
    response = sign_up(client)

    assert response.status_code == 302
    user = User.objects.get(email="new@cardia.example")
    assert (user.display_name, user.language, user.birth_on) == ("晚风", "zh-hans", None)
    assert len(mail.outbox) == 1

    client.post("/settings/age/", {"birth_on": "1999-02-03", "ai_notice": "on", "terms": "on"})

    user.refresh_from_db()
    assert user.birth_on.isoformat() == "1999-02-03"
    assert user.consents.count() == 2


def test_a_taken_address_is_refused_at_the_field(client, fan):
    response = sign_up(client, email="FAN@cardia.example")

    assert list(response.context["form"].errors) == ["email"]
    assert User.objects.filter(email__iexact="fan@cardia.example").count() == 1


def test_the_age_door_names_the_field_and_saves_nothing(client, db):
    sign_up(client)

    response = client.post("/settings/age/", {"birth_on": "2020-02-03", "ai_notice": "on", "terms": "on"})

    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["birth_on"]
    assert User.objects.get(email="new@cardia.example").consents.count() == 0


def test_without_an_age_every_room_leads_to_the_door(client, db):
    sign_up(client)

    page = client.get("/wallet/")
    api = client.get("/api/v1/me/")

    assert (page.status_code, page["Location"]) == (302, "/settings/age/?next=%2Fwallet%2F")
    assert (api.status_code, api.json()["code"]) == (403, "age_unknown")
    assert client.get("/safety/").status_code == 200


SETTINGS = {
    "display_name": "Ash",
    "language": "zh-hans",
    "theme": "paper",
    "pace": "at_once",
    "time_zone": "Asia/Tokyo",
    "region": "JP",
}


def test_settings_change_language_theme_and_pace(fan, fan_client):
    response = fan_client.post("/settings/", SETTINGS)

    fan.refresh_from_db()
    assert response.status_code == 302
    assert {name: getattr(fan, name) for name in SETTINGS} == SETTINGS
    page = fan_client.get("/settings/").content.decode()
    assert 'data-theme="paper"' in page
    assert 'lang="zh-hans"' in page.lower()


def test_a_pace_nobody_offers_changes_nothing(fan, fan_client):
    page = fan_client.post("/settings/", {**SETTINGS, "pace": "warp"})

    fan.refresh_from_db()
    assert page.status_code == 422
    assert (fan.pace, fan.theme) == ("natural", "night")


def test_the_theme_of_a_visitor_lives_in_a_cookie_and_next_never_leaves_the_site(client, db):
    response = client.post("/settings/theme/", {"theme": "paper", "next": "https://evil.example/"})

    assert response["Location"] == "/"
    assert response.cookies["theme"].value == "paper"


def test_a_strangers_persona_is_not_there(fan, stranger_client):
    persona = Persona.objects.create(user=fan, name="Ash", is_default=True)

    for path in ("", "default/", "delete/"):
        response = stranger_client.post(f"/settings/personas/{persona.public_id}/{path}", {"name": "Mine"})
        assert response.status_code == 404

    persona.refresh_from_db()
    assert persona.name == "Ash"


def test_the_account_over_the_api(fan, fan_client):
    changed = fan_client.patch(
        "/api/v1/me/",
        {"display_name": "Ash", "pace": "at_once", "is_staff": True, "email": "x@y.example"},
        content_type="application/json",
    )

    fan.refresh_from_db()
    assert (changed.json()["display_name"], changed.json()["pace"]) == ("Ash", "at_once")
    assert (fan.pace, fan.is_staff, fan.email) == ("at_once", False, "fan@cardia.example")


def test_api_errors_are_problems(client, fan_client):
    anonymous = client.get("/api/v1/me/")
    bad = fan_client.patch("/api/v1/me/", {"theme": "neon"}, content_type="application/json")

    assert anonymous.status_code == 401
    assert anonymous["Content-Type"] == "application/problem+json"
    assert bad.status_code == 422
    assert [error["field"] for error in bad.json()["errors"]] == ["theme"]


def test_one_takes_everything_of_ones_own_and_nothing_else(fan, stranger, fan_client):
    Persona.objects.create(user=fan, name="Ash", is_default=True)
    Persona.objects.create(user=stranger, name="Not mine", is_default=True)

    response = fan_client.post("/settings/export/")

    assert response["Content-Disposition"] == 'attachment; filename="cardia.json"'
    assert set(response.json()) == {"account", "wallet", "characters", "lorebooks", "conversations"}
    assert response.json()["account"]["personas"] == [{"name": "Ash", "description": "", "is_default": True}]
    assert "Not mine" not in response.content.decode()
