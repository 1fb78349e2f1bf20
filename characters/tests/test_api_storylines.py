"""Hidden storylines over the API: their creator writes them, nobody else sees that they are there."""

from __future__ import annotations

import pytest

from characters.tests.factories import SECRET, draft, with_storyline

STORY = {
    "title": "Lamps",
    "price_coins": 30,
    "knowledge": SECRET,
    "affinity": 2,
    "scenes": [{"title": "One", "branches": [{"when": "a", "to": "End"}], "endings": [{"title": "End", "text": "x"}]}],
    "lorebook": {"entries": [{"keys": ["lamp"], "content": "x", "x_mine": 1}]},
}


@pytest.fixture
def character(creator):
    return draft(creator)


@pytest.fixture
def address(character):
    return f"/api/v1/studio/characters/{character.public_id}/storylines/"


def send(client, method, address, data):
    return getattr(client, method)(address, data, content_type="application/json")


def test_a_story_is_made_read_changed_and_removed(character, address, creator_client):
    first = with_storyline(character)
    made = send(creator_client, "post", address, {**STORY, "prerequisite": str(first.public_id)})
    one = f"{address}{made.json()['public_id']}/"

    changed = send(creator_client, "patch", one, {"affinity": 4, "price_coins": 5}).json()

    assert made.status_code == 201
    assert [row["title"] for row in creator_client.get(address).json()] == ["The eleventh lamp", "Lamps"]
    assert (changed["affinity"], changed["price_coins"], changed["knowledge"]) == (4, 5, SECRET)
    assert (changed["prerequisite"], changed["lorebook"]["entries"][0]["x_mine"]) == (str(first.public_id), 1)
    assert send(creator_client, "patch", one, {"prerequisite": None}).json()["prerequisite"] is None
    assert creator_client.delete(one).status_code == 204
    assert character.storylines.count() == 1


WRONG = [
    ({"title": ""}, "title"),
    ({"affinity": 9}, "affinity"),
    ({"price_coins": -1}, "price_coins"),
    ({"scenes": [{"title": "A", "branches": [{"when": "a", "to": "B"}]}]}, "scenes[0].branches[0].to"),
    ({"scenes": [{"title": "A", "x": "nul\x00"}]}, "scenes[0].x"),
    ({"lorebook": {"entries": [{"keys": 5, "content": "x"}]}}, "lorebook.entries[0].keys"),
    ({"prerequisite": "0190a0a0-0000-7000-8000-000000000001"}, "prerequisite"),
]


@pytest.mark.parametrize(("change", "field"), WRONG, ids=[str(n) for n in range(len(WRONG))])
def test_what_is_wrong_is_refused_with_its_place(character, address, creator_client, change, field):
    answer = send(creator_client, "post", address, {**STORY, **change})

    assert answer.status_code in {400, 422}
    assert field in {error["field"] for error in answer.json()["errors"]}
    assert not character.storylines.exists()


@pytest.mark.parametrize("role", ["fan", "stranger", "moderator"])
def test_nobody_else_finds_them(request, character, address, role):
    client, story = request.getfixturevalue(f"{role}_client"), with_storyline(character)
    one = f"{address}{story.public_id}/"

    answers = [client.get(address), send(client, "post", address, STORY), client.get(one)]
    answers += [send(client, "patch", one, {"title": "x"}), client.delete(one)]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert character.storylines.get().title == "The eleventh lamp"
