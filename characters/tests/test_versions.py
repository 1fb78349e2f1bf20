"""Versions: frozen for good, told apart, and the way back that loses nothing."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction

from characters import services
from characters.exceptions import DraftLocked
from characters.keys import lock_offers
from characters.locks import Kind, Target
from characters.models import CharacterVersion, Storyline
from characters.moderation import CharacterSubject
from characters.services.locks import set_lock
from characters.services.versions import diff_versions, draft_of, restore_version, versions_of
from characters.tests.factories import SECRET, draft, live, with_storyline
from companion_site.core.exceptions import NotFound


@pytest.fixture
def twice(creator):
    """A character with two versions, of which the second rewrote a line, dropped its storyline and wrote another."""
    character = live(creator, storyline=True)
    services.update_card(character, data={"description": "Keeper of the last lighthouse. She counts nobody."})
    services.remove_storyline(character.storylines.get())
    services.add_storyline(character, title="The tide", price_coins=30, knowledge="k", scenes=[{"title": "One"}])
    services.publish(character)
    return character


def version(character, number):
    return versions_of(character).get(number=number)


def test_a_version_cannot_be_changed_by_anybody(twice):
    first = version(twice, 1)

    for change in (
        lambda: CharacterVersion.objects.filter(pk=first.pk).update(card={}),
        lambda: first.save(),
        lambda: CharacterVersion.objects.bulk_update([first], ["art"]),
    ):
        with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
            change()

    assert version(twice, 1).card["name"] == "Mira"


def test_publishing_freezes_the_files_too(creator):
    character = draft(creator)
    files = {"assets/icon/main.png": {"name": "files/abc.webp", "type": "image/webp", "size": 12}}
    character.files = files
    character.save(update_fields=["files"])

    assert services.publish(character).files == files


def test_what_a_version_changed_is_told_by_place(twice):
    found = diff_versions(version(twice, 1), version(twice, 2))

    assert [(change.kind.value, change.path) for change in found] == [
        ("changed", "data.description"),
        ("removed", "storylines[0]"),
        ("added", "storylines[0]"),
    ]
    assert diff_versions(version(twice, 2), draft_of(twice)) == ()


def test_going_back_makes_the_draft_that_version_and_touches_nothing_in_the_park(twice, creator):
    tide = twice.storylines.get()

    restore_version(twice, version(twice, 1))

    twice.refresh_from_db()
    assert diff_versions(version(twice, 1), draft_of(twice)) == ()
    assert (twice.published.number, twice.status, versions_of(twice).count()) == (2, "live", 2)
    assert twice.name == "Mira"
    back = twice.storylines.get()
    assert (back.title, back.knowledge, back.offer.is_active) == ("The eleventh lamp", SECRET, True)
    assert str(back.public_id) == version(twice, 1).storylines[0]["public_id"]
    tide.offer.refresh_from_db()
    assert (tide.offer.is_active, Storyline.objects.filter(pk=tide.pk).exists()) == (False, False)
    services.submit_for_review(twice)
    assert services.publish(twice).number == 3


def test_going_back_keeps_the_price_of_today_and_the_order_of_stories(creator):
    character = draft(creator)
    first = with_storyline(character)
    second = services.add_storyline(character, title="Second", price_coins=5, knowledge="k", prerequisite=first)
    services.publish(character)
    services.update_storyline(first, title="Renamed", price_coins=90)
    services.update_storyline(second, title="Second", price_coins=5, prerequisite=None)

    restore_version(character, version(character, 1))
    restore_version(character, version(character, 1))

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.title, first.offer.price_coins, second.prerequisite) == ("The eleventh lamp", 90, first)


def test_no_way_back_while_a_moderator_reads_or_to_somebody_elses_version(twice, creator):
    other = live(creator, "Other")
    with pytest.raises(NotFound):
        restore_version(twice, version(other, 1))
    services.submit_for_review(twice)

    with pytest.raises(DraftLocked):
        restore_version(twice, version(twice, 1))

    twice.refresh_from_db()
    assert (twice.card, twice.storylines.get().title) == (version(twice, 2).card, "The tide")


def test_a_version_frozen_before_a_field_existed_is_restored(creator):
    character = live(creator)
    offer = with_storyline(character).offer
    row = {"public_id": "0190a0a0-0000-7000-8000-000000000001", "offer_id": offer.pk, "slug": "old", "title": "Old"}
    old = CharacterVersion.objects.create(
        character=character,
        number=2,
        card=character.card,
        storylines=[{**row, "teaser": "", "knowledge": "k", "scenes": []}],
    )

    restore_version(character, old)

    story = character.storylines.get()
    assert (story.title, story.affinity, story.lorebook, story.prerequisite) == ("Old", 0, {}, None)


def test_creator_reads_the_history_and_compares_any_two(twice, creator_client):
    answer = creator_client.get(f"/studio/{twice.public_id}/versions/?before=1&after=2")

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Description, Hidden stories (2)" in page
    assert "<del>ships and never says good night first</del><ins>nobody</ins>" in page
    assert page.count("in the park</span>") == 1


@pytest.mark.parametrize("query", ["?before=9&after=1", "?before=x", "?after=-1", "?after=99999999999999"])
def test_a_version_that_does_not_exist_is_not_found(twice, creator_client, query):
    assert creator_client.get(f"/studio/{twice.public_id}/versions/{query}").status_code == 404


def test_creator_goes_back_by_the_page(twice, creator_client):
    address = f"/studio/{twice.public_id}/versions/1/restore/"
    assert "The tide" in creator_client.get(address).content.decode()

    answer = creator_client.post(address)

    twice.refresh_from_db()
    assert answer.headers["Location"] == f"/studio/{twice.public_id}/versions/"
    assert twice.card == version(twice, 1).card


def test_history_and_way_back_over_the_api(twice, creator_client):
    base = f"/api/v1/studio/characters/{twice.public_id}/versions/"

    listed = creator_client.get(base).json()["results"]
    diff = creator_client.get(f"{base}2/diff/?against=1").json()
    restored = creator_client.post(f"{base}1/restorations/")

    assert [(row["number"], row["is_published"], row["summary"]) for row in listed] == [
        (2, True, "Description, Hidden stories (2)"),
        (1, False, "The beginning."),
    ]
    assert [(row["kind"], row["path"], row["label"]) for row in diff["changes"]] == [
        ("changed", "data.description", "Description"),
        ("removed", "storylines[0]", "Hidden stories · The eleventh lamp"),
        ("added", "storylines[0]", "Hidden stories · The tide"),
    ]
    assert restored.status_code == 200
    assert creator_client.get(f"{base}1/diff/?against=draft").json()["changes"] == []
    assert creator_client.get(f"{base}1/diff/").status_code == 404


def test_a_long_history_costs_what_a_short_one_does(twice, creator_client, django_assert_num_queries):
    base = f"/api/v1/studio/characters/{twice.public_id}/versions/"
    for number in range(3, 7):
        services.update_card(twice, data={"description": f"Keeper of {number} lighthouses, every one of them her own."})
        services.publish(twice)

    with django_assert_num_queries(4):
        page = creator_client.get(f"{base}?page_size=3").json()

    assert [row["number"] for row in page["results"]] == [6, 5, 4]
    assert [row["number"] for row in creator_client.get(page["next"]).json()["results"]] == [3, 2, 1]


@pytest.mark.parametrize("role", ["fan", "stranger", "moderator"])
def test_nobody_else_sees_or_turns_back_anything(request, twice, role):
    client = request.getfixturevalue(f"{role}_client")
    page, api = f"/studio/{twice.public_id}/versions/", f"/api/v1/studio/characters/{twice.public_id}/versions/"

    answers = [client.get(page), client.get(f"{page}1/restore/"), client.post(f"{page}1/restore/")]
    answers += [client.get(api), client.get(f"{api}2/diff/"), client.post(f"{api}1/restorations/")]

    assert [answer.status_code for answer in answers] == [404] * 6
    twice.refresh_from_db()
    assert twice.card == version(twice, 2).card


def test_moderator_reads_on_the_desk_what_the_draft_would_change(twice, moderator_client):
    services.update_card(twice, data={"description": "Keeper of no lighthouse, and of no word about it."})
    services.submit_for_review(twice)

    told = CharacterSubject.load(str(twice.public_id)).changes()

    assert [(change.label, change.kind) for change in told] == [("Description", "changed")]


def test_a_lock_that_comes_back_with_an_old_version_can_be_opened_again(creator):
    character = draft(creator)
    services.update_card(character, entries=[{"keys": ["lamp"], "content": "x", "extensions": {}}])
    set_lock(character, Target(Kind.ENTRY, 0), price_coins=20, affinity=0)
    first = services.publish(character)
    (offer,) = lock_offers(creator.pk, first.view).values()
    set_lock(character, Target(Kind.ENTRY, 0), price_coins=0, affinity=0)
    services.publish(character)
    offer.refresh_from_db()
    assert offer.is_active is False

    restore_version(character, version(character, 1))
    third = services.publish(character)

    offer.refresh_from_db()
    assert (offer.is_active, third.card) == (True, first.card)
