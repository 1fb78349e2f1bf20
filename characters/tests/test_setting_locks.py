"""Creators lock what they like and fans open it: prices, levels, the counter, and the way into a file and back."""

from __future__ import annotations

import pytest

from billing import services as billing
from billing.models import Offer
from billing.tests.factories import entitle, give_bonus
from characters import keys, services
from characters.exceptions import DraftLocked
from characters.locks import Keys, Kind, Lock, Target, locks_of
from characters.models import CharacterVersion
from characters.services import counter
from characters.services.locks import LOCKS_A_CHARACTER, adopt_locks, for_export, portable_locks, set_lock
from characters.tests.factories import complete_card
from companion_site.core.exceptions import Invalid

ENTRY, GREETING, VOICE = Target(Kind.ENTRY, 0), Target(Kind.GREETING, 1), Target(Kind.VOICE)


@pytest.fixture
def mira(creator):
    card = complete_card(voice={"preset": "jf_alpha", "title": "Low"})
    entry = {"keys": ["lamp"], "content": "It burns whale oil.", "extensions": {"depth": 2}, "odd": 1}
    return services.create_character(creator, card=card.with_book_entries([entry]))


def locked(character):
    return [(found.target, found.lock) for found in locks_of(character.draft)]


@pytest.mark.parametrize(
    ("target", "kind"), [(ENTRY, Offer.Kind.SECRET), (GREETING, Offer.Kind.SECRET), (VOICE, Offer.Kind.VOICE)]
)
def test_a_price_and_a_level_make_a_lock_and_an_offer(mira, creator, target, kind):
    before = mira.card

    set_lock(mira, target, price_coins=30, affinity=4, title="A memory")

    offer = Offer.objects.get()
    assert (offer.seller, offer.kind, offer.title, offer.price_coins) == (creator, kind, "A memory", 30)
    assert locked(mira) == [(target, Lock(str(offer.public_id), 4, "A memory"))]
    set_lock(mira, target, price_coins=0, affinity=0)
    assert mira.card == before


def test_a_level_alone_needs_no_offer(mira):
    set_lock(mira, GREETING, price_coins=0, affinity=2)

    assert locked(mira) == [(GREETING, Lock(affinity=2))]
    assert not Offer.objects.exists()


def test_an_offer_without_a_title_does_not_take_the_entry_s(mira):
    set_lock(mira, ENTRY, price_coins=30, affinity=0)

    assert Offer.objects.get().title == "A secret"


def test_a_lock_is_repriced_in_place_and_whoever_paid_is_not_asked_again(mira, fan):
    set_lock(mira, ENTRY, price_coins=30, affinity=0)
    entitle(fan, Offer.objects.get())

    set_lock(mira, ENTRY, price_coins=0, affinity=3)
    set_lock(mira, ENTRY, price_coins=50, affinity=3, title="Oil")

    offer = Offer.objects.get()
    assert (offer.price_coins, offer.title, offer.is_active) == (50, "Oil", True)
    assert keys.keys_for(fan, mira, mira.draft) == Keys(offers=frozenset({str(offer.public_id)}))


def test_an_offer_goes_off_sale_with_its_lock_unless_another_lock_needs_it(mira):
    set_lock(mira, ENTRY, price_coins=30, affinity=0)
    entry = mira.card["character_book"]["entries"][0]
    services.update_card(mira, entries=[entry, {**entry, "content": "A copy."}])

    set_lock(mira, ENTRY, price_coins=0, affinity=0)
    assert Offer.objects.get().is_active is True

    set_lock(mira, Target(Kind.ENTRY, 1), price_coins=0, affinity=0)
    assert Offer.objects.get().is_active is False


@pytest.mark.parametrize(
    ("_case", "target", "price", "level", "field"),
    [
        ("first greeting", Target(Kind.GREETING, 0), 10, 0, "target"),
        ("no such greeting", Target(Kind.GREETING, 9), 10, 0, "target"),
        ("no such entry", Target(Kind.ENTRY, 1), 10, 0, "target"),
        ("entry from the end", Target(Kind.ENTRY, -1), 10, 0, "target"),
        ("negative price", ENTRY, -1, 0, "price_coins"),
        ("price beyond reason", ENTRY, 100_001, 0, "price_coins"),
        ("negative level", ENTRY, 0, -1, "affinity"),
        ("no such level", ENTRY, 0, 9, "affinity"),
    ],
)
def test_a_lock_that_cannot_be_is_refused_and_nothing_is_sold(mira, _case, target, price, level, field):
    before = mira.card

    with pytest.raises(Invalid) as refused:
        set_lock(mira, target, price_coins=price, affinity=level)

    mira.refresh_from_db()
    assert refused.value.field == field
    assert mira.card == before
    assert not Offer.objects.exists()


def test_a_draft_under_review_keeps_its_locks(mira):
    services.submit_for_review(mira)

    with pytest.raises(DraftLocked):
        set_lock(mira, ENTRY, price_coins=30, affinity=0)

    assert not Offer.objects.exists()


def test_a_lock_never_changes_the_price_of_what_was_made_for_something_else(mira, creator):
    story = billing.create_offer(creator, kind=Offer.Kind.STORYLINE, title="The lamp", price_coins=60)
    entry = mira.card["character_book"]["entries"][0]
    borrowed = {**entry, "extensions": {"cardia": {"lock": {"offer": str(story.public_id)}}}}
    services.update_card(mira, entries=[borrowed])

    set_lock(mira, ENTRY, price_coins=10, affinity=0)

    story.refresh_from_db()
    assert (story.price_coins, story.is_active) == (60, True)
    assert locked(mira)[0][1].offer == str(Offer.objects.get(price_coins=10).public_id)


@pytest.mark.parametrize("offer", ["not-an-id", "01900000-0000-7000-8000-000000000001", "", "\x00"])
def test_an_offer_nobody_knows_opens_to_its_creator_only(mira, creator, fan, offer):
    entry = mira.card["character_book"]["entries"][0]
    services.update_card(mira, entries=[{**entry, "extensions": {"cardia": {"lock": {"offer": offer}}}}])

    assert keys.opened(mira, mira.draft, fan, affinity=8).book.entries == ()
    assert len(keys.opened(mira, mira.draft, creator).book.entries) == 1


def test_somebody_else_s_offer_opens_nothing(mira, stranger, fan):
    foreign = billing.create_offer(stranger, kind=Offer.Kind.SECRET, title="Mine", price_coins=1)
    entitle(fan, foreign)
    entry = mira.card["character_book"]["entries"][0]
    lock = {"offer": str(foreign.public_id)}
    services.update_card(mira, entries=[{**entry, "extensions": {"cardia": {"lock": lock}}}])

    assert keys.opened(mira, mira.draft, fan).book.entries == ()


def test_buying_opens_and_a_revoked_right_closes(mira, fan, stranger):
    set_lock(mira, GREETING, price_coins=30, affinity=0)
    services.publish(mira)
    give_bonus(fan, 30)

    right = billing.purchase(fan, Offer.objects.get(), key="lock-buy", expected_price=30)

    version = mira.published
    assert keys.opened(mira, version.view, fan).greetings == version.view.greetings
    assert keys.opened(mira, version.view, stranger).greetings == version.view.greetings[:1]
    right.revoked_at = right.created_at
    right.save(update_fields=["revoked_at"])
    assert keys.opened(mira, version.view, fan).greetings == version.view.greetings[:1]


def test_a_card_without_locks_costs_no_query(mira, fan, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert keys.opened(mira, mira.draft, fan) is not None
        assert keys.secrets_of(CharacterVersion(character=mira, number=0, card=mira.card), fan) == []


def test_everybody_hears_that_there_are_secrets_and_what_opens_them(mira, creator, fan, stranger):
    set_lock(mira, ENTRY, price_coins=30, affinity=4, title="A memory")
    set_lock(mira, GREETING, price_coins=0, affinity=2)
    services.publish(mira)
    offer = Offer.objects.get()
    entitle(fan, offer)

    def told(user):
        return [(s.title, s.count, s.affinity, s.offer, s.is_owned) for s in keys.secrets_of(mira.published, user)]

    assert told(stranger) == [("", 1, 2, None, False), ("A memory", 1, 4, offer, False)]
    assert told(fan) == told(creator) == [("", 1, 2, None, False), ("A memory", 1, 4, offer, True)]
    billing.set_on_sale(offer, is_active=False)
    assert told(stranger) == [("", 1, 2, None, False)]
    assert len(told(fan)) == 2


def test_locks_travel_as_prices_and_are_put_on_sale_anew(mira, creator, stranger, fan):
    set_lock(mira, ENTRY, price_coins=30, affinity=4, title="A memory")
    set_lock(mira, GREETING, price_coins=0, affinity=2)
    set_lock(mira, VOICE, price_coins=25, affinity=0)

    carried = portable_locks(mira, mira.draft)

    assert carried.data["character_book"]["entries"][0]["extensions"]["cardia"]["lock"] == {
        "price_coins": 30,
        "affinity": 4,
        "title": "A memory",
    }
    assert carried.extension["greeting_locks"] == [None, {"affinity": 2}]
    assert carried.extension["voice"]["lock"] == {"price_coins": 25}
    copy = services.create_character(stranger, card=carried)
    assert keys.opened(copy, copy.draft, fan, affinity=8).book.entries == ()
    copy.card = adopt_locks(copy, copy.draft).data
    sold = {str(offer.public_id): offer for offer in Offer.objects.filter(seller=stranger)}
    assert [
        (target, lock.affinity, sold[lock.offer].price_coins if lock.offer else 0) for target, lock in locked(copy)
    ] == [
        (GREETING, 2, 0),
        (ENTRY, 4, 30),
        (VOICE, 0, 25),
    ]
    assert portable_locks(copy, copy.draft).data == carried.data


def test_a_file_says_all_to_its_creator_and_no_word_of_a_lock_to_others(mira, creator, fan):
    set_lock(mira, ENTRY, price_coins=30, affinity=0)

    assert for_export(mira, mira.draft, creator).data == portable_locks(mira, mira.draft).data
    assert for_export(mira, mira.draft, fan).book.entries == ()
    assert "lock" not in str(for_export(mira, mira.draft, fan).data)


@pytest.mark.parametrize(
    ("_case", "lock"),
    [
        ("negative", {"price_coins": -1}),
        ("words", {"price_coins": "30"}),
        ("true", {"price_coins": True}),
        ("level in words", {"price_coins": 3, "affinity": "2"}),
        ("a word", "locked"),
    ],
)
def test_an_odd_lock_of_a_file_sells_nothing_and_stays_shut(mira, fan, _case, lock):
    entry = mira.card["character_book"]["entries"][0]
    services.update_card(mira, entries=[{**entry, "extensions": {"cardia": {"lock": lock}}}])

    adopted = adopt_locks(mira, mira.draft)

    assert adopted.data == mira.card
    assert not Offer.objects.exists()
    assert keys.opened(mira, adopted, fan, affinity=8).book.entries == ()


def test_a_file_cannot_flood_the_counter(mira):
    entries = [{"content": f"e{n}", "extensions": {"cardia": {"lock": {"price_coins": 1}}}} for n in range(100)]
    services.update_card(mira, entries=entries)

    adopted = adopt_locks(mira, mira.draft)

    assert Offer.objects.count() == LOCKS_A_CHARACTER
    assert len(locks_of(adopted)) == 100


def test_a_new_version_sells_what_it_locks_and_no_more_what_it_does_not(mira):
    set_lock(mira, ENTRY, price_coins=30, affinity=0, title="Old")
    first = services.publish(mira)
    services.update_card(mira, entries=[])
    set_lock(mira, GREETING, price_coins=20, affinity=0, title="New")
    billing.set_on_sale(Offer.objects.get(title="New"), is_active=False)

    counter.settle(services.publish(mira), first)

    assert {offer.title: offer.is_active for offer in Offer.objects.all()} == {"Old": False, "New": True}


def test_a_deleted_draft_sells_nothing(mira):
    set_lock(mira, ENTRY, price_coins=30, affinity=0)

    services.delete_draft(mira)

    assert Offer.objects.get().is_active is False
