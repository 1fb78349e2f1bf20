"""A tree of twenty thousand messages: every step takes as many queries as in a small one, and bounded time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from time import perf_counter

import pytest
import time_machine
from django.db import connection

from chat import branch_view, services
from chat.models import Conversation, Message
from chat.stage_view import shown_messages
from chat.tests.factories import reload

DEPTH = 20_000
# Keys far from those the database gives, so that the chain can be written in one go.
FIRST = 10_000_000


def grow(conversation, depth, *, swipes=0):
    """Hang a chain of `depth` messages on the greeting, and a number of swipes on its last; return the last."""
    greeting = conversation.head
    common = {"conversation": conversation, "fan_id": conversation.fan_id}
    rows = [
        Message(
            pk=FIRST + n,
            parent_id=FIRST + n - 1 if n else greeting.pk,
            role="character" if n % 2 else "fan",
            text=f"Line {n}.",
            depth=n + 1,
            **common,
        )
        for n in range(depth)
    ]
    last = rows[-1]
    rows += [
        Message(
            pk=FIRST + depth + n,
            parent_id=last.parent_id,
            role=last.role,
            text=f"Swipe {n}.",
            depth=last.depth,
            position=n + 1,
            **common,
        )
        for n in range(swipes)
    ]
    Message.objects.bulk_create(rows, batch_size=2_000)
    Conversation.objects.filter(pk=conversation.pk).update(head=last)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE chat_message")  # as the database does by itself, a minute later
    return last


@pytest.mark.parametrize("depth", [20, DEPTH])
def test_a_step_costs_the_same_queries_at_any_depth(conversation, fan, django_assert_num_queries, depth):
    last = grow(conversation, depth, swipes=300)
    second, middle = Message.objects.get(pk=FIRST + 1), Message.objects.get(pk=FIRST + depth // 2)
    began = perf_counter()

    with django_assert_num_queries(6):
        services.jump_to(fan, middle)
    with django_assert_num_queries(6):
        shown = shown_messages(reload(conversation))
    assert shown[-1].ahead == depth - depth // 2 - 1
    with django_assert_num_queries(7):
        services.select_swipe(fan, last)
    with django_assert_num_queries(1):
        assert Message.objects.count_branch(second.pk) == depth - 1 + 300
    with django_assert_num_queries(10):
        services.delete_message(fan, second)
    assert reload(conversation).head_id == FIRST
    with django_assert_num_queries(2):
        assert [row.count for row in branch_view.counted(branch_view.deleted_of(conversation))] == [depth - 1 + 300]
    with django_assert_num_queries(8):
        services.restore_message(fan, second)

    assert perf_counter() - began < 10
    assert reload(conversation).head_id == FIRST + depth + 299


def test_hundreds_of_branches_come_page_by_page(conversation, fan, django_assert_num_queries):
    grow(conversation, DEPTH, swipes=300)

    with django_assert_num_queries(1):
        page = list(branch_view.ends_of(conversation)[:40])

    assert [row.text for row in page[:2]] == ["Swipe 299.", "Swipe 298."]
    assert branch_view.ends_of(conversation).count() == 301


def test_a_chain_of_any_length_is_erased_in_batches(conversation, fan):
    depth = 3_000
    grow(conversation, depth)
    with time_machine.travel(datetime.now(UTC)) as clock:
        services.delete_message(fan, Message.objects.get(pk=FIRST))
        clock.shift(timedelta(days=31))

        assert services.purge_deleted(batches=2) == 1_000
        assert conversation.messages.order_by("-depth").first().depth == depth - 1_000
        assert services.purge_deleted() == depth - 1_000

    assert list(conversation.messages.values_list("parent", flat=True)) == [None, None]
