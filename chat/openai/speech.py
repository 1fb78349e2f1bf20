"""What of a reply goes to a reader who cannot be shown another text in place of what they have. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from chat.prompts.reply import has_words

_EVENT, _DATA = b"event: ", b"data: "


@dataclass(slots=True)
class Speech:
    """Follows the events of a reply; `said` is what was passed on, after the text it goes on from.

    Nothing goes out before the first word: until then a reply may still be drawn again. What is taken back later
    stays where it is and nothing follows it, unless the reply comes to say it after all.
    """

    before: str = ""
    said: str = ""
    whole: str = ""
    problem: Mapping[str, Any] | None = None
    status: str = ""
    _is_open: bool = field(default=False)

    def take(self, name: str, data: Mapping[str, Any]) -> str:
        """Return what is new for the reader after one event."""
        match name:
            case "start" | "replaced":
                self.whole = data["text"]
            case "delta":
                self.whole += data["t"]
            case "problem":
                self.problem = data
            case "done":
                self.whole, self.status = data["text"], data["status"]
        return self._new()

    def _new(self) -> str:
        have = self.before + self.said
        if not self.whole.startswith(have):
            return ""
        new = self.whole[len(have) :]
        if not self._is_open and not has_words(new):
            return ""
        self._is_open = True
        self.said += new
        return new

    @property
    def text(self) -> str:
        """The whole of what is new in the reply, for a reader who gets it in one piece."""
        return self.whole.removeprefix(self.before)


def events(chunk: bytes) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield name and data of each event in a piece of the reply log; heartbeats have neither."""
    for frame in chunk.split(b"\n\n"):
        name = data = b""
        for line in frame.split(b"\n"):
            if line.startswith(_EVENT):
                name = line[len(_EVENT) :]
            elif line.startswith(_DATA):
                data = line[len(_DATA) :]
        if name and data:
            yield name.decode(), json.loads(data)
