"""Characters over the API: lists, one's own drafts, import, submission, likes; problems as RFC 9457."""

from __future__ import annotations

import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from characters.models import Character
from characters.tests.conftest import v2
from characters.tests.factories import draft, live

API = "/api/v1"


def test_list_is_public_and_lean(creator, client, django_assert_num_queries):
    for number in range(5):
        live(creator, f"Mira {number}", storyline=True)

    with django_assert_num_queries(1):
        answer = client.get(f"{API}/characters/")

    assert len(answer.json()["results"]) == 5
    assert set(answer.json()["results"][0]) == {
        "slug",
        "name",
        "taglines",
        "language",
        "rating",
        "scene",
        "tags",
        "accent",
        "likes_count",
        "messages_count",
        "published_at",
        "portrait",
    }


def test_list_searches_filters_and_turns_pages(creator, client):
    live(creator, "Mira")
    live(creator, "Tom", scene="bedtime")

    assert [row["name"] for row in client.get(f"{API}/characters/?q=tom").json()["results"]] == ["Tom"]
    assert [row["name"] for row in client.get(f"{API}/characters/?scene=bedtime").json()["results"]] == ["Tom"]
    first = client.get(f"{API}/characters/?order=newest&page_size=1").json()
    assert [row["name"] for row in first["results"]] == ["Tom"]
    assert [row["name"] for row in client.get(first["next"]).json()["results"]] == ["Mira"]


def test_detail_has_teasers_without_their_words(creator, fan_client):
    character = live(creator, storyline=True)

    body = fan_client.get(f"{API}/characters/{character.slug}/").json()

    assert body["creator"] == "Creator"
    assert body["is_liked"] is False
    assert [(story["title"], story["price_coins"], story["is_owned"]) for story in body["storylines"]] == [
        ("The eleventh lamp", 60, False)
    ]
    assert set(body["storylines"][0]) == {
        "public_id",
        "title",
        "teaser",
        "scenes_count",
        "free_first_scene",
        "is_owned",
        "is_open",
        "affinity",
        "after",
        "missing",
        "offer",
        "price_coins",
    }


def test_like_is_put_and_deleted(creator, fan_client):
    character = live(creator)
    address = f"{API}/characters/{character.slug}/like/"

    assert [fan_client.put(address).status_code for _ in range(2)] == [204, 204]
    character.refresh_from_db()
    assert character.likes_count == 1
    assert fan_client.delete(address).status_code == 204
    character.refresh_from_db()
    assert character.likes_count == 0


def test_draft_is_made_changed_and_deleted(creator, creator_client):
    made = creator_client.post(f"{API}/studio/characters/", {"name": "Ada"}, content_type="application/json").json()
    address = f"{API}/studio/characters/{made['public_id']}/"

    changes = {"data": {"description": "d", "x_mine": 1}, "cardia": {"age": 30}}
    changed = creator_client.patch(address, changes, content_type="application/json").json()

    assert changed["card"]["data"]["x_mine"] == 1
    assert changed["card"]["data"]["extensions"]["cardia"] == {"age": 30}
    assert "age_missing" not in [found["code"] for found in changed["findings"]]
    assert creator_client.delete(address).status_code == 204
    assert not Character.objects.exists()


@pytest.mark.parametrize(
    ("_case", "data", "path"),
    [
        ("wrong type", {"tags": "x"}, "data.tags"),
        ("long name", {"name": "a" * 300}, "data.name"),
        ("entry", {"character_book": {"entries": [1]}}, "data.character_book.entries[0]"),
        ("day of birth", {"creation_date": 5}, "data.creation_date"),
        ("nested", {"x_deep": json.loads("[" * 300 + "]" * 300)}, "data.x_deep" + "[0]" * 64),
    ],
)
def test_bad_change_is_a_problem_with_its_field(creator, creator_client, _case, data, path):
    character = draft(creator)

    answer = creator_client.patch(
        f"{API}/studio/characters/{character.public_id}/", {"data": data}, content_type="application/json"
    )

    assert (answer.status_code, answer["Content-Type"]) == (422, "application/problem+json")
    assert (answer.json()["code"], answer.json()["errors"][0]["field"]) == ("card_unreadable", path)
    character.refresh_from_db()
    assert character.name == "Mira"


def test_json_nested_without_end_is_refused(creator, creator_client):
    character = draft(creator)

    answer = creator_client.patch(
        f"{API}/studio/characters/{character.public_id}/", "[" * 100_000, content_type="application/json"
    )

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


def test_sources_of_a_card_only_grow(creator, creator_client):
    character = draft(creator)
    address = f"{API}/studio/characters/{character.public_id}/"

    statuses = [
        creator_client.patch(address, {"data": {"source": source}}, content_type="application/json").status_code
        for source in (["one"], ["one", "two"], ["two"])
    ]

    assert statuses == [200, 200, 422]
    character.refresh_from_db()
    assert character.card["source"] == ["one", "two"]


def test_owner_status_and_price_cannot_be_assigned(creator, creator_client, stranger):
    character = draft(creator)

    creator_client.patch(
        f"{API}/studio/characters/{character.public_id}/",
        {"status": "live", "owner": stranger.pk, "likes_count": 999, "data": {}},
        content_type="application/json",
    )

    character.refresh_from_db()
    assert (character.status, character.owner, character.likes_count) == ("draft", creator, 0)


def test_import_returns_the_report(creator_client):
    card = SimpleUploadedFile("ada.json", json.dumps(v2(x_mine=1)).encode())

    answer = creator_client.post(f"{API}/studio/imports/", {"file": card})

    body = answer.json()
    assert answer.status_code == 201
    assert body["character"]["name"] == "Ada"
    assert body["report"]["kept"] == [
        {"path": "data.x_mine", "note": "unknown_key", "message": "unknown to us; kept and exported again"}
    ]


def test_refused_import_is_a_problem_with_reason_and_path(creator_client):
    bad = SimpleUploadedFile("ada.json", json.dumps(v2(tags="x")).encode())

    answer = creator_client.post(f"{API}/studio/imports/", {"file": bad})

    assert answer.status_code == 422
    assert {name: answer.json()[name] for name in ("code", "reason", "path")} == {
        "code": "card_unreadable",
        "reason": "wrong_type",
        "path": "data.tags",
    }
    assert not Character.objects.exists()


def test_submission_is_accepted_or_says_what_is_missing(creator, creator_client):
    ready, blank = draft(creator), Character.objects.none()
    made = creator_client.post(f"{API}/studio/characters/", {"name": "Ada"}, content_type="application/json").json()

    accepted = creator_client.post(f"{API}/studio/characters/{ready.public_id}/submissions/")
    refused = creator_client.post(f"{API}/studio/characters/{made['public_id']}/submissions/")

    assert (accepted.status_code, accepted.json()["status"]) == (202, "in_review")
    assert (refused.status_code, refused.json()["code"]) == (422, "card_incomplete")
    assert refused.json()["findings"][0]["code"] == "age_missing"
    assert not blank.exists()


@pytest.mark.parametrize("address", ["studio/characters/", "studio/imports/", "characters/x/like/"])
def test_writing_needs_an_account(client, address):
    method = client.put if "like" in address else client.post

    assert method(f"{API}/{address}").status_code in {401, 403}
