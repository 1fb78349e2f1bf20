"""How often a reply is drawn: by scene and tier, and never more than the process can bear."""

from __future__ import annotations

import pytest

from chat import best_of, services
from chat.tests.factories import reload, say


@pytest.mark.parametrize(
    ("_case", "wanted", "count"),
    [
        ("a fresh checkout", {}, 1),
        ("for all", {"*": 2}, 2),
        ("a tier comes before all", {"*": 2, "free": 3}, 3),
        ("a scene before a tier", {"free": 3, "story": 4}, 4),
        ("both before one", {"story": 4, "story/free": 5}, 5),
        ("another tier", {"member": 6}, 1),
        ("never more than eight", {"*": 50}, best_of.MOST),
        ("never less than one", {"*": 0}, 1),
    ],
)
def test_how_often_a_reply_is_drawn(conversation, settings, model, _case, wanted, count):
    model()
    settings.CHAT_BEST_OF = wanted
    conversation.scene = "story"
    conversation.save(update_fields=["scene"])

    turn = services.open_turn(reload(conversation), say(conversation, "Hi.").reply)

    assert best_of.count_for(turn) == count


def test_what_is_continued_is_drawn_once_and_a_full_process_draws_no_more_than_it_can(conversation, settings, model):
    model()
    settings.CHAT_BEST_OF = {"*": 5}
    turn = services.open_turn(reload(conversation), say(conversation, "Hi.").reply)

    settings.CHAT_MAX_REPLIES = 2
    assert best_of.count_for(turn) == 3
    turn.so_far = "The lamp"
    assert best_of.count_for(turn) == 1
