"""From draft to the park and back: submit, publish, send back, take down, restore."""

from __future__ import annotations

import pytest

from characters import services
from characters.exceptions import CardIncomplete, DraftLocked
from characters.models import Character
from characters.signals import character_published, character_submitted
from characters.tests.factories import SECRET, draft, live, with_storyline
from companion_site.core.models import OutboxTask
from moderation import subjects

Status = Character.Status


@pytest.fixture
def announced():
    heard = []

    def listen(signal, **kwargs):
        heard.append((signal, kwargs["character"].name))

    character_submitted.connect(listen)
    character_published.connect(listen)
    yield heard
    character_submitted.disconnect(listen)
    character_published.disconnect(listen)


def test_submitting_locks_the_draft_and_promises_the_audit(creator, announced, django_capture_on_commit_callbacks):
    character = draft(creator)

    with django_capture_on_commit_callbacks(execute=True):
        services.submit_for_review(character)

    assert character.status == Status.IN_REVIEW
    promised = OutboxTask.objects.get()
    assert (promised.name, promised.args) == ("moderation.audit_subject", ["character", str(character.public_id)])
    assert announced == [(character_submitted, "Mira")]
    with pytest.raises(DraftLocked):
        services.update_card(character, data={"name": "Other"})
    with pytest.raises(DraftLocked):
        with_storyline(character)
    with pytest.raises(DraftLocked):
        services.submit_for_review(character)


def test_unfinished_card_is_not_submitted_and_says_why(creator):
    character = services.create_character(creator, name="Blank")

    with pytest.raises(CardIncomplete) as refused:
        services.submit_for_review(character)

    assert [found["code"] for found in refused.value.extra["findings"]] == [
        "age_missing",
        "tagline_missing",
        "description_missing",
        "greeting_missing",
    ]
    assert character.status == Status.DRAFT
    assert not OutboxTask.objects.exists()


def test_secret_copied_into_the_public_card_blocks_submission(creator):
    character = draft(creator)
    with_storyline(character)
    services.update_card(character, data={"creator_notes": f"Psst: {SECRET}"})

    with pytest.raises(CardIncomplete) as refused:
        services.submit_for_review(character)

    assert [found["code"] for found in refused.value.extra["findings"]] == ["secret_in_public"]


def test_a_minor_is_never_published(creator):
    character = draft(creator, age=17)

    with pytest.raises(CardIncomplete) as refused:
        services.submit_for_review(character)

    assert refused.value.extra["findings"][0]["code"] == "age_not_adult"


def test_approval_publishes_a_frozen_version(creator, announced, django_capture_on_commit_callbacks):
    character = draft(creator)
    with_storyline(character)
    services.submit_for_review(character)

    with django_capture_on_commit_callbacks(execute=True):
        subjects.load("character", character.public_id).approve()

    character.refresh_from_db()
    version = character.published
    assert (character.status, version.number, character.is_live) == (Status.LIVE, 1, True)
    assert version.storylines[0]["knowledge"] == SECRET
    assert announced == [(character_published, "Mira")]
    services.update_card(character, data={"name": "Changed"})
    version.refresh_from_db()
    assert version.card["name"] == "Mira"


def test_last_approved_version_stays_public_while_a_new_draft_waits(creator, fan):
    character = live(creator)
    services.update_card(character, data={"name": "Bait", "tags": ["bait"]}, cardia={"rating": "romance"})
    services.submit_for_review(character)

    shown = Character.objects.public_to(fan).get()
    assert (shown.name, shown.rating, shown.tags, shown.is_live) == ("Mira", "general", ["lighthouse", "Cozy"], True)
    assert shown.shown_card.name == "Mira"

    subjects.load("character", character.public_id).approve()
    shown = Character.objects.public_to(fan).get()
    assert (shown.name, shown.rating, shown.published.number) == ("Bait", "romance", 2)


def test_sent_back_draft_keeps_the_reason_and_what_was_live(creator, fan):
    character = live(creator)
    services.update_card(character, data={"name": "Worse"})
    services.submit_for_review(character)

    subjects.load("character", character.public_id).reject("Too close to a real person.")

    character.refresh_from_db()
    assert (character.status, character.review_note) == (Status.REJECTED, "Too close to a real person.")
    assert Character.objects.public_to(fan).get().name == "Mira"
    services.update_card(character, data={"name": "Better"})
    assert services.submit_for_review(character).status == Status.IN_REVIEW


def test_approval_of_what_is_not_waiting_does_nothing(creator):
    character = draft(creator)

    subjects.load("character", character.public_id).approve()

    character.refresh_from_db()
    assert (character.status, character.published) == (Status.DRAFT, None)


@pytest.mark.parametrize("status", ["live", "in_review"])
def test_restoring_gives_back_exactly_the_state_before(creator, fan, status):
    character = live(creator)
    if status == "in_review":
        services.submit_for_review(character)

    services.take_down(character)
    services.take_down(character)
    assert (character.status, Character.objects.public_to(fan).exists()) == (Status.REMOVED, False)

    services.restore(character)
    services.restore(character)
    assert (character.status, character.status_before, character.taken_down_at) == (status, "", None)
    assert Character.objects.public_to(fan).exists()


def test_price_changes_at_once_and_the_title_with_the_publication(creator):
    character = live(creator, storyline=True)
    storyline = character.storylines.get()

    services.update_storyline(storyline, title="New title", price_coins=80, knowledge=SECRET, scenes=[{"title": "a"}])

    storyline.offer.refresh_from_db()
    assert (storyline.offer.price_coins, storyline.offer.title) == (80, "The eleventh lamp")
    services.publish(character)
    storyline.offer.refresh_from_db()
    assert storyline.offer.title == "New title"


def test_removed_storyline_goes_off_sale_and_stays_in_its_version(creator):
    character = live(creator, storyline=True)
    storyline = character.storylines.get()

    services.remove_storyline(storyline)

    storyline.offer.refresh_from_db()
    assert storyline.offer.is_active is False
    assert character.published.storylines[0]["title"] == "The eleventh lamp"


def test_subject_names_every_text_and_its_owner(creator):
    character = draft(creator)
    with_storyline(character)
    services.submit_for_review(character)

    subject = subjects.load("character", character.public_id)

    assert subject.awaits_review()
    assert subject.owner() == creator
    assert subject.parts()["storyline.the-eleventh-lamp"].endswith("Let her say the name.")
    assert {"name", "description", "greeting.1", "greeting.2", "examples", "reflexes", "worldview"} <= set(
        subject.parts()
    )
    assert subject.profile().catchphrases == ("Mind the step.",)
    assert subject.profile().language == "en"


def test_published_draft_cannot_be_deleted(creator):
    character = live(creator)

    with pytest.raises(DraftLocked):
        services.delete_draft(character)
