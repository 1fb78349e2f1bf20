"""Locks as people meet them: two inputs in the builder, a row with a price on the character's page, the counter."""

from __future__ import annotations

import pytest
from django.urls import reverse

from billing.models import Offer
from billing.tests.factories import entitle, give_bonus
from characters import keys, services
from characters.locks import Kind, Lock, Target, locks_of
from characters.services.locks import set_lock
from characters.tests.factories import complete_card

GREETING, VOICE = Target(Kind.GREETING, 1), Target(Kind.VOICE)


@pytest.fixture
def mira(creator):
    card = complete_card(voice={"preset": "jf_alpha", "title": "Low", "speed": 0.9})
    return services.create_character(creator, card=card)


def greeting_step(character):
    return reverse("characters:step", args=[character.public_id, "greeting"])


def written(*greetings, **fields):
    """Return the greeting step as a browser sends it."""
    rows = {"examples-TOTAL_FORMS": "0", "examples-INITIAL_FORMS": "0"}
    rows |= {"examples-MIN_NUM_FORMS": "0", "examples-MAX_NUM_FORMS": "100"}
    return {**rows, **{f"greeting_{n}": text for n, text in enumerate(greetings)}, **fields}


def locked(character):
    character.refresh_from_db()
    return {found.target: found.lock for found in locks_of(character.draft)}


def test_a_greeting_is_locked_where_it_is_written(mira, creator_client):
    sent = written("Come in.", "The kettle is on.", "*whispers* Stay.", level_1="2", price_2="30", go="stay")

    answer = creator_client.post(greeting_step(mira), sent)

    offer = Offer.objects.get()
    assert answer.status_code == 302
    assert (offer.kind, offer.price_coins) == (Offer.Kind.SECRET, 30)
    assert locked(mira) == {GREETING: Lock(affinity=2), Target(Kind.GREETING, 2): Lock(str(offer.public_id))}
    page = creator_client.get(greeting_step(mira)).content.decode()
    assert 'name="level_1" value="2"' in page
    assert 'name="price_2" value="30"' in page
    assert 'name="level_0"' not in page


def test_an_emptied_greeting_takes_its_lock_along_and_the_others_keep_theirs(mira, creator_client):
    creator_client.post(greeting_step(mira), written("Hi.", "One.", "Two.", level_1="2", level_2="5"))

    creator_client.post(greeting_step(mira), written("Hi.", "", "Two.", level_1="2", level_2="5"))

    assert locked(mira) == {GREETING: Lock(affinity=5)}
    assert mira.draft.alternate_greetings == ("Two.",)


def test_an_autosave_puts_nothing_on_sale_twice(mira, creator_client):
    autosave = reverse("characters:autosave", args=[mira.public_id, "greeting"])

    for price in ("3", "30", "30"):
        creator_client.post(autosave, written("Hi.", "One.", price_1=price))

    assert [offer.price_coins for offer in Offer.objects.all()] == [30]


@pytest.mark.parametrize(
    ("field", "value"), [("level_1", "9"), ("level_1", "-1"), ("price_1", "100001"), ("price_1", "x")]
)
def test_a_lock_that_cannot_be_is_refused_with_the_whole_step(mira, creator_client, field, value):
    before = mira.card

    answer = creator_client.post(greeting_step(mira), written("Hi.", "One.", **{field: value}))

    assert answer.status_code == 422
    assert locked(mira) == {}
    assert mira.card == before
    assert not Offer.objects.exists()


def test_the_voice_is_locked_in_the_step_of_speech(mira, creator_client):
    style = reverse("characters:step", args=[mira.public_id, "style"])
    sent = {"sentence_length": "short", "formality": "casual", "reply_min": "5", "reply_max": "60"}
    sent |= {"catchphrase_rate": "10", "voice_title": "Lower", "voice_level": "3", "voice_price": "25"}

    creator_client.post(style, sent)

    offer = Offer.objects.get()
    assert (offer.kind, offer.price_coins, offer.title) == (Offer.Kind.VOICE, 25, "A secret")
    assert locked(mira) == {VOICE: Lock(str(offer.public_id), 3)}
    voice = mira.draft.extension["voice"]
    assert (voice["title"], voice["preset"], voice["speed"]) == ("Lower", "jf_alpha", 0.9)


def test_a_card_without_a_voice_has_none_to_lock(creator, creator_client):
    character = services.create_character(creator, card=complete_card())

    page = creator_client.get(reverse("characters:step", args=[character.public_id, "style"])).content.decode()

    assert "voice_level" not in page


@pytest.fixture
def published(mira):
    set_lock(mira, GREETING, price_coins=30, affinity=4, title="A memory")
    set_lock(mira, VOICE, price_coins=0, affinity=2)
    services.publish(mira)
    return mira


def test_the_page_says_what_there_is_and_what_opens_it(published, fan, fan_client):
    page = reverse("characters:detail", args=[published.slug])

    before = fan_client.get(page).content.decode()

    offer = Offer.objects.get()
    assert "A memory" in before
    assert "opens in the chat from level 4" in before
    assert "opens in the chat from level 2" in before
    assert f"{reverse('billing:offer', args=[offer.public_id])}?next=" in before
    assert "The kettle is on" not in before
    assert "other beginning" not in before
    entitle(fan, offer)
    after = fan_client.get(page).content.decode()
    assert reverse("billing:offer", args=[offer.public_id]) not in after
    assert "Yours" in after


def test_a_secret_is_bought_at_the_counter(published, fan, fan_client):
    offer = Offer.objects.get()
    give_bonus(fan, 30)
    counter = reverse("billing:offer", args=[offer.public_id])
    page = fan_client.get(counter).content.decode()
    assert "Secret" in page
    assert "It opens at affinity level 4" in page
    assert "The kettle is on" not in page

    answer = fan_client.post(counter, {"key": "counter-secret-1", "expected_price": "30", "next": "/discover/"})

    assert answer.status_code == 302
    assert keys.keys_for(fan, published, published.published.view).offers == {str(offer.public_id)}


def test_the_api_says_the_same(published, client):
    made = client.get(f"/api/v1/characters/{published.slug}/").json()

    offer = Offer.objects.get()
    assert made["greetings"] == ["*opens the door a crack* You are dripping on my stairs."]
    assert made["secrets"] == [
        {
            "title": "A memory",
            "count": 1,
            "affinity": 4,
            "is_owned": False,
            "offer": str(offer.public_id),
            "price_coins": 30,
        },
        {"title": "", "count": 1, "affinity": 2, "is_owned": False, "offer": None, "price_coins": 0},
    ]
