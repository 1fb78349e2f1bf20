"""What is remembered of a fan, when it comes back, and how it is worded."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chat import lexicons, services, tasks
from chat.given import Fragment
from chat.memory import hints, rank, vectors
from chat.memory.extract import extract
from chat.models import Memory, Message
from chat.tests.factories import on_a_loop, say, talk

NOW = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("昨天胃疼", [("health", "胃疼", 1)]),
        ("我胃有点疼，不想吃饭", [("health", "胃疼", 1)]),
        ("你胃疼吗？", []),
        ("胃不疼了", []),
        ("我最喜欢吃桂花糕了", [("like", "喜欢吃桂花糕", None)]),
        ("我喜欢你", []),
        ("我讨厌香菜", [("dislike", "讨厌香菜", None)]),
        ("明天要面试，好紧张", [("plan", "面试", 1)]),
        ("后天有场答辩", [("plan", "答辩", 2)]),
        ("如果明天考试就好了", []),
        ("我家的猫叫年糕", [("person", "猫叫年糕", None)]),
        ("我在杭州工作", [("self", "在杭州工作", None)]),
        ("我是一名护士。我头好痛", [("self", "是护士", None), ("health", "头痛", 1)]),
        ("My stomach hurts a lot", [("health", "stomach hurts", 1)]),
        ("I love rainy days and tea", [("like", "likes rainy days", None)]),
        ("I love you", []),
        ("I'm allergic to peanuts.", [("dislike", "dislikes peanuts", None)]),
        ("I have an interview tomorrow", [("plan", "interview", 1)]),
        ("My cat is called Miso", [("person", "cat named Miso", None)]),
        ("Do you like cats?", []),
        ("I live in Lisbon", [("self", "lives in Lisbon", None)]),
    ],
)
def test_small_facts_are_found(text, facts):
    found = extract(text, lexicons.facts())

    assert [(fact.kind, fact.text, fact.due_days) for fact in found] == facts


def test_a_flood_of_facts_is_cut_to_four():
    text = "我喜欢茶。我喜欢雨。我喜欢猫。我喜欢书。我喜欢海。我喜欢山。"

    assert len(extract(text, lexicons.facts())) == 4


def fragment(text: str = "胃疼", *, days: float = 1, **fields) -> Fragment:
    defaults = {"id": 1, "kind": "health", "keywords": ("胃",), "told_at": NOW - timedelta(days=days)}
    return Fragment(**{**defaults, "text": text, **fields})


@pytest.mark.parametrize(
    ("_case", "memory", "message", "reason"),
    [
        ("a keyword", fragment(), "我的胃好多了", "keyword"),
        ("nothing of it", fragment(), "今天下雪了", None),
        ("due today", fragment(due_on=NOW.date()), "今天下雪了", "due"),
        ("due weeks ago", fragment(days=40, due_on=NOW.date() - timedelta(days=30)), "今天下雪了", None),
        ("due and asked yesterday", fragment(due_on=NOW.date(), recalled_at=NOW - timedelta(days=1)), "下雪了", None),
        ("told a minute ago", fragment(days=0.001), "我的胃", None),
        ("the same meaning", fragment(vector=(1.0, 0.0)), "肚子不太舒服", "meaning"),
        ("another meaning", fragment(vector=(0.0, 1.0)), "肚子不太舒服", None),
    ],
)
def test_memories_come_to_mind(_case, memory, message, reason):
    found = rank.recall([memory], message, now=NOW, vector=(1.0, 0.0))

    assert [r.reason for r in found] == ([reason] if reason else [])


def test_the_strongest_two_come_first():
    memories = [fragment(id=n, days=n) for n in (1, 5, 9)]

    assert [r.fragment.id for r in rank.recall(memories, "胃", now=NOW)] == [1, 5]


def test_meaning_is_asked_for_only_where_words_decide_nothing():
    memory = fragment(vector=(1.0, 0.0))

    assert rank.needs_meaning([memory], "今天下雪了", now=NOW)
    assert not rank.needs_meaning([memory], "我的胃", now=NOW)
    assert not rank.needs_meaning([fragment()], "今天下雪了", now=NOW)


@pytest.mark.parametrize(
    ("_case", "memory", "hint", "note"),
    [
        ("yesterday", fragment(), "昨天你说胃疼", "昨天说胃疼"),
        ("earlier", fragment(days=5), "5天前你说胃疼", "5天前说胃疼"),
        (
            "a plan for today",
            fragment("面试", kind="plan", due_on=NOW.date()),
            "昨天你说今天要面试",
            "昨天说今天要面试",
        ),
        ("a whole sentence", fragment("她怕黑。"), "还记得：她怕黑。", "她怕黑。"),
        (
            "in English",
            fragment("interview", kind="plan", language="en", due_on=NOW.date() + timedelta(days=9)),
            "Yesterday you said: interview on December 2",
            "yesterday, interview on December 2",
        ),
    ],
)
def test_memories_are_worded(_case, memory, hint, note):
    assert (hints.hint(memory, now=NOW), hints.note(memory, now=NOW)) == (hint, note)


def test_vectors_are_packed_small():
    assert vectors.unpack(vectors.pack([0.5, -0.25, 1.0])) == (0.5, -0.25, 1.0)


@on_a_loop
async def test_a_busy_encoder_is_not_waited_for():
    assert await vectors.embed_within("雪", seconds=0) == ()
    assert len(await vectors.embed_within("雪", seconds=5)) == 64


def digested(conversation, text: str, client_id: str = "client-0001") -> list[Memory]:
    return services.digest_message(say(conversation, text, client_id).message)


def test_a_fact_is_kept_once_with_the_message_it_came_from(conversation, fan, mira):
    memories = digested(conversation, "My stomach hurts.")
    services.digest_message(Message.objects.get(role="fan"))

    memory = Memory.objects.get()
    assert memories == [memory]
    assert (memory.fan, memory.character, memory.message.text) == (fan, mira, "My stomach hurts.")
    assert (memory.kind, memory.text, memory.keywords, memory.language) == (
        "health",
        "stomach hurts",
        ["stomach", "stomach hurts"],
        "en",
    )
    assert memory.vector is not None


def test_the_same_fact_told_again_is_one_memory_with_a_new_date(conversation, model):
    model(reply="Mm.")
    talk(conversation, "My stomach hurts.", "client-0001")
    tasks.digest_turn(str(Message.objects.get(role="character", depth=2).public_id))
    before = Memory.objects.get().told_at

    talk(conversation, "My stomach hurts again.", "client-0002")
    tasks.digest_turn(str(Message.objects.get(role="character", depth=4).public_id))

    assert Memory.objects.get().told_at > before


def test_a_digestion_of_what_is_gone_does_nothing(db):
    assert tasks.digest_turn("01a20594-bb86-73e5-b109-c97e0c8c3abe") == 0


def test_a_forgotten_memory_is_erased(conversation, fan):
    memory = digested(conversation, "I love rainy days.")[0]

    services.forget_memory(fan, memory)

    assert Memory.objects.count() == 0


def test_nobody_forgets_for_another(conversation, stranger):
    memory = digested(conversation, "I love rainy days.")[0]

    services.forget_memory(stranger, memory)

    assert Memory.objects.count() == 1
