"""Where lore comes from: books in their order, locks and storylines that open, meaning without a key."""

from __future__ import annotations

import pytest

from billing import services as billing
from billing.models import Offer
from characters import services as characters
from characters.locks import Kind, Target
from characters.models import WorldBook
from characters.services.locks import set_lock
from characters.tests.factories import complete_card
from chat import services
from chat.models import Conversation
from chat.services.rerun import replayed
from chat.tests.factories import live_with, reload, talk
from chat.tests.prompts import entry

BELL = "BELL The bell of the quay rings."


def book(*entries, **fields) -> dict:
    return {"entries": list(entries), "extensions": {}, **fields}


def prompt_of(reply) -> str:
    return "\n".join(message.content for message in replayed(reply).prompt.messages)


@pytest.fixture
def started(fan, creator, model):
    """Begin a chat with a character whose card has these fields."""
    model(reply="The third shelf.")

    def start(**changes) -> Conversation:
        return services.start_conversation(fan, live_with(creator, **changes))

    return start


def test_the_books_of_a_chat_stand_in_the_order_chat_persona_character_world(started, fan):
    conversation = started(character_book=book(entry(content="Of the card.")))
    persona = conversation.persona
    for name in ("world", "persona", "chat"):
        row = WorldBook.objects.create(
            owner=fan, name=name, data=book(entry(content=f"Of the {name}.")), is_everywhere=name == "world"
        )
        if name == "persona":
            row.personas.add(persona)
        if name == "chat":
            conversation.books.add(row)

    reply = talk(conversation, "Hello.")

    assert [b.source for b in services.open_turn(reload(conversation), reply).play.books] == [
        "chat", "persona", "character", "world"
    ]  # fmt: skip
    assert all(f"Of the {name}." in prompt_of(reply) for name in ("chat", "persona", "card", "world"))


def test_a_stranger_s_book_is_nowhere_even_where_it_hangs_on_the_chat(started, stranger):
    conversation = started()
    row = WorldBook.objects.create(
        owner=stranger, name="theirs", data=book(entry(content="Theirs.")), is_everywhere=True
    )
    conversation.books.add(row)

    assert "Theirs." not in prompt_of(talk(conversation, "Hello."))


def test_a_changed_book_is_read_anew(started, fan):
    conversation = started()
    row = WorldBook.objects.create(owner=fan, name="w", data=book(entry(content="Old.")), is_everywhere=True)
    talk(conversation, "Hello.", "client-0001")

    row.data = book(entry(content="New."))
    row.save(update_fields=["data", "updated_at"])

    assert "New." in prompt_of(talk(conversation, "Hello.", "client-0002"))


def test_a_locked_entry_wakes_only_for_who_bought_it(fan, creator, model):
    fake = model(reply="Who knows.")
    character = characters.create_character(
        creator, card=complete_card().with_changes(character_book=book(entry("bell", content=BELL, name="Bell")))
    )
    set_lock(character, Target(Kind.ENTRY, 0), price_coins=30, affinity=0)
    characters.publish(character)
    conversation = services.start_conversation(fan, character)
    shut = talk(conversation, "The bell!", "client-0001")

    offer = Offer.objects.get(seller=creator)
    billing.grant_coins(fan, 100, reason="welcome", key="welcome-0001")
    billing.purchase(fan, offer, key="purchase-0001", expected_price=30)
    open_now = talk(conversation, "The bell!", "client-0002")

    assert shut.trace["lore"] == []
    assert BELL not in "\n".join(m.content for m in fake.calls[0].messages)
    assert [row["name"] for row in open_now.trace["lore"]] == ["Bell"]
    assert prompt_of(shut).count(BELL) == 0  # a replay knows what the fan knew then


def test_a_level_of_affinity_opens_what_it_locks(fan, creator, model):
    model(reply="Yes.")
    character = characters.create_character(
        creator, card=complete_card().with_changes(character_book=book(entry("bell", content=BELL)))
    )
    set_lock(character, Target(Kind.ENTRY, 0), price_coins=0, affinity=2)
    characters.publish(character)
    conversation = services.start_conversation(fan, character)
    stranger_s = talk(conversation, "The bell!", "client-0001")

    Conversation.objects.filter(pk=conversation.pk).update(turns_count=6)
    friend_s = talk(conversation, "The bell!", "client-0002")

    assert [BELL in prompt_of(reply) for reply in (stranger_s, friend_s)] == [False, True]


def test_an_unlocked_storyline_brings_its_own_lorebook(fan, creator, model):
    model(reply="Yes.")
    character = live_with(creator)
    story = characters.add_storyline(
        character, title="The bell", price_coins=60, knowledge="It fell.", lorebook=book(entry("bell", content=BELL))
    )
    characters.publish(character)
    conversation = services.start_conversation(fan, character)
    before = talk(conversation, "The bell!", "client-0001")
    billing.grant_coins(fan, 100, reason="welcome", key="welcome-0001")
    billing.purchase(fan, story.offer, key="purchase-0001", expected_price=60)

    after = talk(conversation, "The bell!", "client-0002")

    assert [BELL in prompt_of(reply) for reply in (before, after)] == [False, True]


def test_an_entry_near_in_meaning_wakes_without_a_key(started, settings):
    settings.EMBEDDING_MODELS = {"default": {"BACKEND": "companion_site.providers.fake.FakeEmbedder"}}
    settings.CHAT_RECALL_SECONDS = 5
    near = entry("xyz", content="a ferry crosses the bay", name="Ferry", extensions={"vectorized": True})
    far = entry("xyz", content="mountains of glass", name="Glass", extensions={"vectorized": True})
    conversation = started(character_book=book(near, far))

    reply = talk(conversation, "When does a ferry cross the bay?")

    assert [(row["name"], row["reason"]) for row in reply.trace["lore"]] == [("Ferry", "similar")]
    assert set(reply.trace["replay"]["moment"]["similar"]) == {"card.0"}
    assert replayed(reply).prompt.hash == reply.prompt_hash
