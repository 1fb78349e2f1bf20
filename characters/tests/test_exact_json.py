"""JSON that comes back exactly, on whichever database."""

from __future__ import annotations

import json

import pytest

from characters.models import Character


@pytest.mark.parametrize(
    "text",
    ['{"zz": 1, "a": 2, "bbb": 3}', '{"n": [2.0, 2, 1e300, 1.5e-21, 14959332961495930.0]}', '{"t": "a\\u0000b"}', "{}"],
)
def test_json_comes_back_as_it_went_in(creator, text):
    character = Character.objects.create(owner=creator, slug="a", name="A", card=json.loads(text))

    character.refresh_from_db()

    assert json.dumps(character.card) == json.dumps(json.loads(text))
