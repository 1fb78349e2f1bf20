"""A model for browser tests that has time: it answers by a word it hears, and slowly enough to leave in the middle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from companion_site.providers.base import ChatMessage, Sampling
from companion_site.providers.fake import FakeChatModel

LINES = {
    "lantern": "The wick is short tonight and the oil is thick, so the light comes up by fingers' breadths, the way "
    "bread rises. By the time the gulls have settled it reaches the second reef, and a while later, if nobody hurries "
    "it, the place where the ferry turns. That is all I ever promised anybody.",
    "snow": "Then listen how quiet the stairs are. It has been falling since noon, and nobody has counted it but me.",
    "sea": "Flat as a plate, and grey. There is one sail on it, and it has not moved since breakfast.",
}
FURTHER = " And there is more of it, for those who stay."


class Keeper(FakeChatModel):
    """Says the line of the last word it knows; asked to go on from words of its own, it goes on."""

    def _next_text(
        self, messages: Sequence[ChatMessage], sampling: Sampling, json_schema: Mapping[str, object] | None
    ) -> str:
        if messages and messages[-1].role == "assistant" and messages[-1].content.strip():
            return FURTHER
        said = next((message.content for message in reversed(messages) if message.role == "user"), "")
        known = [word for word in LINES if word in said]
        return LINES[known[-1]] if known else super()._next_text(messages, sampling, json_schema)
