"""Who may know of a character: 404 for all others, and romance only for adults."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from characters import services
from characters.models import Character
from characters.tests.factories import draft, live


@pytest.fixture
def minor(fan):
    fan.birth_on = timezone.localdate() - timedelta(days=16 * 365)
    fan.save()
    return fan


def pages(character) -> list[str]:
    slug, number = character.slug, character.public_id
    return [
        reverse("characters:detail", args=[slug]),
        reverse("characters:portrait", args=[slug, "neutral"]),
        reverse("characters:export", args=[slug, "png"]),
        reverse("characters:export", args=[slug, "json"]),
        reverse("characters:report", args=[slug]),
        f"/api/v1/characters/{slug}/",
        f"/api/v1/characters/{slug}/card.json",
        reverse("characters:edit", args=[number]),
        reverse("characters:step", args=[number, "face"]),
        reverse("characters:draft-portrait", args=[number, "neutral"]),
        reverse("characters:delete", args=[number]),
        f"/api/v1/studio/characters/{number}/",
    ]


def test_strangers_do_not_learn_that_a_draft_exists(creator, stranger_client, client):
    character = draft(creator)

    for address in pages(character):
        assert stranger_client.get(address).status_code == 404, address
        assert client.get(address).status_code in {302, 401, 404}, address


def test_strangers_cannot_write_to_somebody_elses_character(creator, stranger_client):
    character = live(creator)
    number = character.public_id

    answers = [
        stranger_client.post(reverse("characters:step", args=[number, "world"]), {"worldview": "mine"}),
        stranger_client.post(reverse("characters:autosave", args=[number, "world"]), {"worldview": "mine"}),
        stranger_client.post(reverse("characters:submit", args=[number])),
        stranger_client.post(reverse("characters:art", args=[number]), {"remove": "1"}),
        stranger_client.post(reverse("characters:storyline-add", args=[number])),
        stranger_client.post(reverse("characters:delete", args=[number])),
        stranger_client.patch(
            f"/api/v1/studio/characters/{number}/", {"data": {"name": "x"}}, content_type="application/json"
        ),
    ]

    assert [answer.status_code for answer in answers] == [404] * 7
    character.refresh_from_db()
    assert character.draft.cardia.worldview == "A coast where every lamp has a name."
    assert character.status == Character.Status.LIVE


def test_creator_sees_the_draft_in_every_room(creator, creator_client):
    character = draft(creator)

    for address in pages(character):
        assert creator_client.get(address).status_code in {200, 302}, address


def test_moderator_sees_what_was_handed_in_and_no_drafts(creator, moderator, moderator_client):
    character = draft(creator)
    address = reverse("characters:detail", args=[character.slug])

    assert moderator_client.get(address).status_code == 404
    services.submit_for_review(character)
    assert moderator_client.get(address).status_code == 200


def test_romance_is_closed_to_minors_everywhere(creator, minor, fan_client, client):
    character = live(creator, rating="romance")

    for address in pages(character)[:7]:
        assert fan_client.get(address).status_code == 404, address
    assert client.get(reverse("characters:detail", args=[character.slug])).status_code == 404
    assert "Mira" not in fan_client.get(reverse("characters:discover")).content.decode()
    assert fan_client.get("/api/v1/characters/").json()["results"] == []


def test_romance_is_open_to_adults(creator, fan_client):
    character = live(creator, rating="romance")

    assert fan_client.get(reverse("characters:detail", args=[character.slug])).status_code == 200
    assert fan_client.get("/api/v1/characters/").json()["results"][0]["slug"] == character.slug


def test_taken_down_character_is_gone_for_fans_and_stays_for_its_creator(creator, creator_client, fan_client):
    character = live(creator)
    services.take_down(character)
    address = reverse("characters:detail", args=[character.slug])

    assert fan_client.get(address).status_code == 404
    assert creator_client.get(address).status_code == 200


def test_portrait_of_a_public_character_may_be_kept_by_caches(creator, client):
    character = live(creator)
    address = reverse("characters:portrait", args=[character.slug, "joy"])

    fixed = client.get(address, {"v": character.look})
    loose = client.get(address)
    again = client.get(address, headers={"If-None-Match": loose["ETag"]})

    assert fixed["Cache-Control"] == "public, max-age=31536000, immutable"
    assert loose["Cache-Control"] == "public, max-age=300"
    assert "Cookie" not in loose.get("Vary", "")
    assert again.status_code == 304
    assert fixed["Content-Type"] == "image/svg+xml"
    assert fixed["Content-Security-Policy"] == "default-src 'none'; style-src 'none'; sandbox"
    assert fixed["X-Content-Type-Options"] == "nosniff"


def test_portrait_of_a_draft_is_private(creator, creator_client):
    character = draft(creator)

    answer = creator_client.get(reverse("characters:portrait", args=[character.slug, "neutral"]))

    assert answer["Cache-Control"] == "private, max-age=300"


@pytest.mark.parametrize("address", ["/studio/parts/hair/variant99.svg", "/studio/parts/skin/variant01.svg"])
def test_unknown_part_is_not_drawn(client, address):
    assert client.get(address).status_code == 404


def test_preview_of_an_unsaved_face_ignores_what_is_not_allowed(fan_client):
    answer = fan_client.get(
        reverse("characters:face"), {"hair": "variant24", "hair_color": "url(http://x)", "mood": "x"}
    )

    assert answer.status_code == 200
    assert b"http://x" not in answer.content
    assert b"hair-variant24" in answer.content
