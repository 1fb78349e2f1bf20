"""The smallest turns and messages."""

from __future__ import annotations

from functools import wraps

from asgiref.sync import async_to_sync

from characters import services as characters
from characters.tests.factories import complete_card
from chat import jobs, pipeline, services
from chat.models import Conversation
from chat.services import Sent


def on_a_loop(scenario):
    """Run an async test on an event loop of its own, its database work in the test's own transaction."""

    @wraps(scenario)
    def test(*args, **kwargs):
        return async_to_sync(scenario)(*args, **kwargs)

    return test


def reload(conversation) -> Conversation:
    """Return the conversation as a request would read it."""
    return Conversation.objects.with_cast().get(pk=conversation.pk)


def say(conversation, text: str, client_id: str = "client-0001") -> Sent:
    """Send a message without answering it."""
    fresh = reload(conversation)
    return services.send_message(fresh, fresh.fan, text=text, client_id=client_id)


def answer(sent_or_reply, conversation):
    """Run the reply's turn through the pipeline; return the turn and its events."""
    reply = getattr(sent_or_reply, "reply", sent_or_reply)
    turn = services.open_turn(reload(conversation), reply)
    return turn, run(turn)


def run(turn):
    """Run a turn through the pipeline; return its events."""

    async def events():
        return [event async for event in pipeline.run(turn)]

    return async_to_sync(events)()


def live_with(owner, **changes):
    """Return a live character whose card has these fields."""
    character = characters.create_character(owner, card=complete_card().with_changes(**changes))
    characters.publish(character)
    return character


def talk(conversation, text: str, client_id: str = "client-0001"):
    """Send a message and have it answered; return the stored reply."""
    sent = say(conversation, text, client_id)
    async_to_sync(jobs.start)(services.open_turn(reload(conversation), sent.reply))
    sent.reply.refresh_from_db()
    return sent.reply
