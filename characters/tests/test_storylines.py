"""Hidden storylines: scenes that branch and end, an own lorebook, and locks that must all open."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import AnonymousUser

from billing import services as billing
from characters import services, storylines
from characters.exceptions import CardUnreadable
from characters.services.storylines import import_storylines, storyline_rows
from characters.storylines import Lock
from characters.tests.factories import SECRET, draft, with_storyline
from companion_site.core.exceptions import Invalid

SCENES = [
    {
        "title": "Stairs",
        "setup": "She climbs.",
        "opening": "…",
        "goal": "The name.",
        "branches": [{"when": "they ask for the name", "to": "Lamp"}, {"when": "", "to": "She leaves"}],
        "endings": [{"title": "She leaves", "text": "The door stays open."}],
    },
    {"title": "Lamp", "setup": "Light.", "opening": "", "goal": "", "x_music": "sea"},
]
BOOK = {"entries": [{"keys": ["lamp"], "content": "It was lit by Ada.", "x_colour": "green"}], "x_author": "me"}


@pytest.fixture
def character(creator):
    return draft(creator)


def own(fan, storyline):
    billing.grant_coins(fan, 500, reason="test", key=f"grant-{storyline.pk}")
    price = storyline.offer.price_coins
    billing.purchase(fan, storyline.offer, key=f"buy-{storyline.pk}", expected_price=price)


def titles(version, user, **keys):
    return [story.title for story in storylines.unlocked(version, user, **keys)]


def test_scenes_keep_branches_endings_and_what_we_do_not_know(character, fan):
    storyline = with_storyline(character, scenes=SCENES, lorebook=BOOK)
    version = services.publish(character)
    own(fan, storyline)

    (known,) = storylines.unlocked(version, fan)

    assert [(b.when, b.to) for b in known.scenes[0].branches] == [
        ("they ask for the name", "Lamp"),
        ("", "She leaves"),
    ]
    assert [(e.title, e.text) for e in known.scenes[0].endings] == [("She leaves", "The door stays open.")]
    assert version.storylines[0]["scenes"][1]["x_music"] == "sea"
    assert known.lorebook["x_author"] == "me"
    assert known.lorebook["entries"][0]["x_colour"] == "green"


def changed(**changes):
    return [{**SCENES[0], **changes}, SCENES[1]]


REFUSED = [
    ("leads nowhere", changed(branches=[{"when": "a", "to": "Nowhere"}]), "scenes[0].branches[0].to"),
    ("no target", changed(branches=[{"when": "a", "to": "Lamp"}, {"when": "b"}]), "scenes[0].branches[1].to"),
    ("two of that name", [*SCENES, {"title": "Lamp"}], "scenes[0].branches[0].to"),
    ("nameless ending", changed(endings=[{"title": "", "text": "x"}]), "scenes[0].endings[0].title"),
    ("too many ways", changed(branches=[{"when": "a", "to": "Lamp"}] * 21), "scenes[0].branches"),
    ("too many scenes", [{"title": str(n)} for n in range(61)], "scenes"),
]


@pytest.mark.parametrize(("_case", "scenes", "path"), REFUSED, ids=[case[0] for case in REFUSED])
def test_a_way_that_leads_nowhere_is_refused_with_its_place(character, _case, scenes, path):
    with pytest.raises(Invalid) as refused:
        with_storyline(character, scenes=scenes)

    assert refused.value.field == path
    assert not character.storylines.exists()


def test_a_broken_lorebook_is_refused_with_its_place(character):
    with pytest.raises(CardUnreadable) as refused:
        with_storyline(character, lorebook={"entries": [{"keys": "lamp", "content": "x"}]})

    assert refused.value.field == "lorebook.entries[0].keys"
    assert not character.storylines.exists()


def test_every_lock_that_is_set_must_open(character, creator, fan, stranger):
    first = with_storyline(character, affinity=3)
    services.add_storyline(character, title="After it", price_coins=0, knowledge="k", prerequisite=first)
    version = services.publish(character)
    assert titles(version, fan, affinity=8) == []

    own(fan, first)

    assert titles(version, fan) == titles(version, fan, affinity=2) == []
    assert titles(version, fan, affinity=3) == ["The eleventh lamp", "After it"]
    assert titles(version, stranger, affinity=8) == titles(version, AnonymousUser(), affinity=8) == []
    assert titles(version, creator) == ["The eleventh lamp", "After it"]


def test_teasers_say_what_is_still_missing(character, fan):
    first = with_storyline(character, affinity=3)
    services.add_storyline(character, title="After it", price_coins=0, knowledge="k", prerequisite=first)
    version = services.publish(character)
    own(fan, first)

    far, close = storylines.teasers(version, fan), storylines.teasers(version, fan, affinity=3)

    assert [(t.affinity, t.after, t.missing, t.is_owned) for t in far] == [
        (3, "", (Lock.AFFINITY,), True),
        (0, "The eleventh lamp", (Lock.AFTER,), False),
    ]
    assert [t.is_open for t in close] == [True, True]
    assert storylines.teasers(version)[0].missing == (Lock.PRICE, Lock.AFFINITY)


def test_a_gift_without_other_locks_is_open_to_all_as_long_as_it_is_one(character, fan):
    gift = with_storyline(character, price_coins=0)
    version = services.publish(character)
    assert titles(version, AnonymousUser()) == titles(version, fan) == ["The eleventh lamp"]

    billing.reprice_offer(gift.offer, price_coins=5)

    assert titles(version, fan) == []


def test_free_first_scene_names_nothing_that_comes_after_and_needs_the_other_locks(character, fan):
    with_storyline(character, scenes=SCENES, lorebook=BOOK, free_first_scene=True, affinity=2)
    version = services.publish(character)
    assert titles(version, fan, affinity=1) == []

    (trial,) = storylines.unlocked(version, fan, affinity=2)

    assert (trial.is_trial, trial.knowledge, trial.lorebook, len(trial.scenes)) == (True, "", {}, 1)
    assert (trial.scenes[0].branches, trial.scenes[0].endings) == ((), ())


def test_storylines_cannot_wait_for_each_other(character, creator):
    first = with_storyline(character)
    second = services.add_storyline(character, title="Second", price_coins=0, prerequisite=first)
    foreign = with_storyline(draft(creator, "Other"))

    for wrong in (second, first, foreign):
        with pytest.raises(Invalid) as refused:
            services.update_storyline(first, title="x", price_coins=60, prerequisite=wrong)
        assert refused.value.field == "prerequisite"

    first.refresh_from_db()
    assert (first.prerequisite, first.title) == (None, "The eleventh lamp")


def test_a_change_that_names_nothing_else_keeps_the_rest(character):
    storyline = with_storyline(character, scenes=SCENES, lorebook=BOOK, affinity=4)

    services.update_storyline(storyline, title="Renamed", price_coins=60)

    storyline.refresh_from_db()
    assert (storyline.affinity, storyline.knowledge, len(storyline.scenes)) == (4, SECRET, 2)
    assert storyline.lorebook["x_author"] == "me"


def test_what_is_exported_comes_back_whole(character, creator):
    first = with_storyline(character, scenes=SCENES, lorebook=BOOK, affinity=4)
    services.add_storyline(character, title="Second", price_coins=7, knowledge="k", prerequisite=first)
    rows = storyline_rows(services.publish(character), creator)
    other = draft(creator, "Other")

    import_storylines(other, rows)

    again = storyline_rows(services.publish(other), creator)
    assert json.dumps(again, sort_keys=True) == json.dumps(rows, sort_keys=True)
    assert again[1]["prerequisite"] == "the-eleventh-lamp"


def test_export_for_a_stranger_shows_the_locks_and_nothing_behind_them(character, stranger):
    first = with_storyline(character, scenes=SCENES, lorebook=BOOK, affinity=4)
    services.add_storyline(character, title="Second", price_coins=7, knowledge="k", prerequisite=first)

    rows = storyline_rows(services.publish(character), stranger)

    teaser = {"slug": "the-eleventh-lamp", "title": "The eleventh lamp", "teaser": "Who lit it before her?"}
    assert rows == [
        {**teaser, "price_coins": 60, "affinity": 4},
        {"slug": "second", "title": "Second", "teaser": "", "price_coins": 7, "prerequisite": "the-eleventh-lamp"},
    ]


def test_import_refuses_a_circle_with_its_place_and_keeps_nothing_half(character, creator):
    rows = [{"slug": "a", "title": "A", "prerequisite": "b"}, {"slug": "b", "title": "B", "prerequisite": "a"}]

    with pytest.raises(CardUnreadable) as refused:
        import_storylines(character, rows)

    assert refused.value.field == "data.extensions.cardia.storylines[1].prerequisite"
