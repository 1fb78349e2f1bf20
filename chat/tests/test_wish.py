"""What a program may wish for, inside the scene's bounds."""

from __future__ import annotations

import pytest

from chat.scene import Scene
from chat.wish import Wish

STORY = Scene(name="story", title={}, addendum={}, temperature=0.8, top_p=0.92, max_tokens=110)


@pytest.mark.parametrize(
    ("_case", "wish", "drawn"),
    [
        ("nothing", Wish(), (0.8, 0.92, 110)),
        ("colder", Wish(temperature=0.0), (0.0, 0.92, 110)),
        ("warmer", Wish(temperature=1.1), (1.1, 0.92, 110)),
        ("far too warm", Wish(temperature=2.0), (1.2, 0.92, 110)),
        ("narrower", Wish(top_p=0.5), (0.8, 0.5, 110)),
        ("nothing at all", Wish(top_p=0.0), (0.8, 0.1, 110)),
        ("everything", Wish(top_p=1.0), (0.8, 1.0, 110)),
        ("shorter", Wish(max_tokens=20), (0.8, 0.92, 20)),
        ("longer than the scene", Wish(max_tokens=4000), (0.8, 0.92, 110)),
    ],
)
def test_a_wish_stays_within_the_scene(_case, wish, drawn):
    scene = wish.within(STORY)

    assert (scene.temperature, scene.top_p, scene.max_tokens) == drawn
    assert (scene.name, scene.reflex_at) == ("story", STORY.reflex_at)
