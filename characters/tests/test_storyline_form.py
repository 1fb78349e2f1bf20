"""The form of a hidden storyline: ways on and endings as lines, locks as choices, and nothing lost by a save."""

from __future__ import annotations

import pytest

from characters import services
from characters.forms.storyline import _as_lines, _branches, _endings
from characters.tests.factories import SECRET, draft, with_storyline

SCENES = [
    {
        "title": "Stairs",
        "setup": "She climbs.\n\nSlowly.",
        "opening": "…",
        "goal": "The name.",
        "x_music": "sea",
        "branches": [{"when": "asks → twice", "to": "Lamp", "x_odds": 3}, {"when": "", "to": "She leaves"}],
        "endings": [{"title": "She leaves", "text": "The door\n\n# stays open.", "x_mood": "blue"}],
    },
    {"title": "Lamp", "setup": "Light.", "opening": "", "goal": ""},
]


@pytest.fixture
def storyline(creator):
    return with_storyline(draft(creator), scenes=SCENES, lorebook={"entries": [{"keys": ["a"], "content": "b"}]})


def address(storyline):
    return f"/studio/{storyline.character.public_id}/storylines/{storyline.public_id}/"


def posted(storyline, *scenes, **changes):
    data = {"title": storyline.title, "teaser": storyline.teaser, "knowledge": SECRET, "price_coins": 60}
    data |= {"scenes-TOTAL_FORMS": len(scenes), "scenes-INITIAL_FORMS": 0, "affinity": "0", "prerequisite": ""}
    for number, scene in enumerate(scenes):
        data |= {f"scenes-{number}-{name}": value for name, value in scene.items()}
    return {**data, **changes}


def test_a_save_without_a_change_changes_nothing(storyline, creator_client):
    before = storyline.scenes
    shown = [{name: text.replace("\n", "\r\n") for name, text in _as_lines(scene).items()} for scene in before]

    answer = creator_client.post(address(storyline), posted(storyline, *shown))

    storyline.refresh_from_db()
    assert answer.status_code == 302
    assert storyline.scenes == before
    assert storyline.lorebook["entries"][0]["content"] == "b"


def test_ways_and_endings_are_written_as_lines(storyline, creator_client):
    scene = {"title": "Stairs", "branches": "asks -> Lamp\n=> Out", "endings": "# Out\nThe door.\n# In\n"}

    creator_client.post(address(storyline), posted(storyline, scene, {"title": "Lamp", "setup": "x"}))

    storyline.refresh_from_db()
    assert storyline.scenes[0]["branches"] == [
        {"when": "asks", "to": "Lamp", "x_odds": 3},
        {"when": "", "to": "Out"},
    ]
    assert storyline.scenes[0]["endings"] == [{"title": "Out", "text": "The door."}, {"title": "In", "text": ""}]
    assert storyline.scenes[0]["x_music"] == "sea"


LINES = [
    ("no arrow", "asks", [{"when": "asks", "to": ""}]),
    ("two arrows", "a → b -> c", [{"when": "a → b", "to": "c"}]),
    ("a line of blanks", f"a{' ' * 20_000}b", [{"when": f"a{' ' * 20_000}b", "to": ""}]),
    ("blank lines", "\n  \n→ c\n", [{"when": "", "to": "c"}]),
]


@pytest.mark.parametrize(("_case", "text", "expected"), LINES, ids=[case[0] for case in LINES])
def test_lines_of_ways(_case, text, expected):
    assert list(_branches(text)) == expected


def test_an_ending_without_a_title_is_kept_to_be_named():
    assert list(_endings("It ends.\n# B\nx\n\ny")) == [
        {"title": "", "text": "It ends."},
        {"title": "B", "text": "x\n\ny"},
    ]


@pytest.mark.parametrize(
    ("scene", "words"),
    [
        ({"title": "A", "branches": "asks → Nowhere"}, "There is no scene and no ending called “Nowhere”"),
        ({"title": "A", "branches": "asks"}, "Say where this way leads"),
        ({"title": "A", "endings": "It ends."}, "Give this ending a title"),
    ],
)
def test_a_way_to_nowhere_is_said_beside_its_field_and_nothing_is_saved(storyline, creator_client, scene, words):
    answer = creator_client.post(address(storyline), posted(storyline, {"title": ""}, scene))
    autosaved = creator_client.post(f"{address(storyline)}autosave/", posted(storyline, scene))

    storyline.refresh_from_db()
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert autosaved.status_code == 200
    assert len(storyline.scenes) == 2


def test_locks_are_chosen_and_circles_are_refused(storyline, creator_client):
    second = services.add_storyline(storyline.character, title="Second", price_coins=0, prerequisite=storyline)
    scenes = [_as_lines(scene) for scene in storyline.scenes]

    refused = creator_client.post(address(storyline), posted(storyline, *scenes, prerequisite=second.pk))
    creator_client.post(address(second), posted(second, affinity="4", prerequisite=storyline.pk))

    storyline.refresh_from_db()
    second.refresh_from_db()
    assert (refused.status_code, storyline.prerequisite) == (422, None)
    assert "wait for each other forever" in refused.content.decode()
    assert (second.affinity, second.prerequisite) == (4, storyline)


def test_the_list_of_stories_says_their_locks(storyline, creator_client):
    services.add_storyline(storyline.character, title="Second", price_coins=0, affinity=4, prerequisite=storyline)

    page = creator_client.get(f"/studio/{storyline.character.public_id}/storyline/").content.decode()

    assert "from level 4 · after “The eleventh lamp”" in page
    assert "1 entry" in creator_client.get(address(storyline)).content.decode()


def test_the_page_of_the_character_says_what_is_missing(storyline, fan_client, fan):
    character = storyline.character
    services.add_storyline(character, title="Second", price_coins=0, affinity=4, prerequisite=storyline)
    services.publish(character)

    page = fan_client.get(f"/c/{character.slug}/").content.decode()

    assert "From affinity level 4 on" in page
    assert "After “The eleventh lamp”" in page
    assert "A gift" in page


def test_the_counter_says_what_coins_do_not_open(storyline, fan_client):
    character = storyline.character
    other = services.add_storyline(character, title="Second", price_coins=5, affinity=4, prerequisite=storyline)
    services.publish(character)

    plain = fan_client.get(f"/wallet/offers/{storyline.offer.public_id}/").content.decode()
    locked = fan_client.get(f"/wallet/offers/{other.offer.public_id}/").content.decode()

    assert "Coins alone" not in plain
    assert "It opens at affinity level 4, which only shared turns bring." in locked
    assert "It opens after “The eleventh lamp”." in locked
