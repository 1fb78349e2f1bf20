"""Reads the server-sent events of a chat completion, cut wherever the network cuts them; it opens no socket.

The openai package's parsed stream costs three times the CPU of these few lines, on the one
path that runs for every token of every reply.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from companion_site.providers.base import ModelError
from companion_site.providers.thoughts import ThoughtStripper

# One token needs some 250 bytes; an event a hundred times that is no token.
MAX_EVENT_BYTES = 32 * 1024
MAX_TEXT_CHARS = 1024 * 1024
MAX_BROKEN_EVENTS = 8
# No server counts more in one request; a larger number is nonsense that would not fit its column either.
MAX_TOKENS = 10_000_000

# The shape in which every known server sends a token: one choice, nothing but text in it, nothing else to know.
# Reading it as JSON costs three times as much, and whatever is shaped otherwise still is.
_NOTHING = rb'"[a-z_]+": ?(?:null|\d+)'
_USUAL = re.compile(
    rb'\{[^{}]*"choices": ?\[\{(?:' + _NOTHING + rb", ?)*"
    rb'"delta": ?\{(?:"role": ?"assistant", ?)?"content": ?"([^"\\\x00-\x1f]*)"\}'
    rb"(?:, ?" + _NOTHING + rb")*\}\][^{}]*\}"
)


class EventParser:
    """Turns bytes into the `data` of events, as the HTML standard reads them (LF, CRLF or CR, comments, BOM)."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._at_start = True
        self._is_broken = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return the events that `chunk` completes; raise `ModelError("broken")` when one grows past the cap.

        What came whole before it is returned first; the next call raises.
        """
        if self._is_broken:
            raise _too_large()
        events: list[bytes] = []
        for line in self._lines(chunk):
            if line.startswith(b"data:"):
                self._data.append(line[6:] if line.startswith(b"data: ") else line[5:])
            elif not line and self._data:
                events.append(b"\n".join(self._data))
                self._data = []
        good = next((at for at, event in enumerate(events) if len(event) > MAX_EVENT_BYTES), len(events))
        open_bytes = max(len(self._rest), sum(map(len, self._data)))
        if good < len(events) or open_bytes > MAX_EVENT_BYTES:
            self._is_broken = True
            if not good:
                raise _too_large()
        return events[:good]

    def _lines(self, chunk: bytes) -> list[bytes]:
        """Return the lines that `chunk` completes; the rest waits for its end."""
        data = self._rest + chunk if self._rest else chunk
        if b"\r" in data:
            # A CR at the very end may be half of a CRLF.
            held = b"\r" if data.endswith(b"\r") else b""
            data = data[: len(data) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        else:
            held = b""
        lines = data.split(b"\n")
        self._rest = lines.pop() + held
        if self._at_start and lines:
            lines[0] = lines[0].removeprefix(b"\xef\xbb\xbf")
            self._at_start = False
        return lines

    def close(self) -> list[bytes]:
        """Return the event that the end of the stream cut off, if it is complete but for its blank line."""
        return self.feed(b"\n\n") if self._rest or self._data or self._is_broken else []


def _too_large() -> ModelError:
    return ModelError("broken", "an event of the model server is too large")


class PrefillStripper:
    """Removes the prefill from the front of a reply, for servers that repeat it."""

    def __init__(self, prefill: str) -> None:
        self._prefill = prefill
        self._held = ""

    def feed(self, text: str) -> str:
        """Return what is surely not the repeated prefill."""
        if not self._prefill:
            return text
        self._held += text
        if self._prefill.startswith(self._held):
            return ""
        # Servers that trim the prompt repeat the prefill without its last space.
        out = self._held
        for known in (self._prefill, self._prefill.rstrip()):
            if known and out.startswith(known):
                out = out[len(known) :]
                break
        self._prefill = self._held = ""
        return out

    def close(self) -> str:
        """Return what was held back and never became the whole prefill."""
        held, known, self._held = self._held, self._prefill, ""
        return "" if held in {known, known.rstrip()} else held


@dataclass(slots=True)
class ReplyReader:
    """One reply on its way in: feed it bytes, get text; afterwards it knows how the reply ended."""

    prefill: str = ""
    finish_reason: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    is_done: bool = False
    error: ModelError | None = None
    _parser: EventParser = field(default_factory=EventParser)
    _thoughts: ThoughtStripper = field(default_factory=ThoughtStripper)
    _stripper: PrefillStripper = field(init=False)
    _half: str = ""
    _broken: int = 0
    _chars: int = 0

    def __post_init__(self) -> None:
        self._stripper = PrefillStripper(self.prefill)

    def feed(self, chunk: bytes) -> str:
        """Return the text that `chunk` adds; raise `ModelError` for an error event or a broken stream.

        An error behind some text does not swallow the text: it is kept in `error` for the caller to raise.
        """
        return self._read(self._parser.feed(chunk))

    def close(self) -> str:
        """Return the text still held at the end of the stream; raise `ModelError("broken")` if it was cut off."""
        text = self._read(self._parser.close()) + self._stripper.feed(self._thoughts.close()) + self._stripper.close()
        self._half = ""
        if not self.is_done and not self.finish_reason:
            raise ModelError("broken", "the model server hung up in mid-reply")
        return text

    def _read(self, events: list[bytes]) -> str:
        text = ""
        for event in events:
            if self.is_done:
                break
            if event == b"[DONE]":
                self.is_done = True
                break
            try:
                text += self._delta(event)
            except ModelError as exc:
                if not text:
                    raise
                self.error = exc
                break
        if not text:
            return ""
        self._chars += len(text)
        if self._chars > MAX_TEXT_CHARS:
            raise ModelError("broken", "the model server does not stop talking")
        return self._stripper.feed(self._thoughts.feed(text))

    def _delta(self, event: bytes) -> str:
        if not self._half and (usual := _USUAL.fullmatch(event)) is not None:
            return usual[1].decode("utf-8", "replace")
        try:
            payload = json.loads(event.decode("utf-8", "replace"))
            choices = payload.get("choices")
        except (ValueError, AttributeError, RecursionError):
            self._skip()
            return ""
        # Not `if "usage" in payload`: a null is as good as absent.
        if payload.get("usage") or payload.get("timings"):
            self._count(payload)
        if not choices:
            if payload.get("error"):
                raise ModelError("server", "the model server reported an error in mid-reply")
            return ""
        try:
            choice = choices[0]
            self.finish_reason = choice.get("finish_reason") or self.finish_reason
            text = (choice.get("delta") or {}).get("content") or ""
        except (KeyError, IndexError, TypeError, AttributeError):
            self._skip()
            return ""
        if not isinstance(text, str):
            return ""
        # Only an escape can spell what is no text.
        return self._mended(text) if b"\\u" in event or self._half else text

    def _mended(self, text: str) -> str:
        """Return escaped text without what no database takes; half a character waits for its other half."""
        text = self._half + text
        self._half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""
        return clean(text[: len(text) - len(self._half)])

    def _skip(self) -> None:
        self._broken += 1
        if self._broken > MAX_BROKEN_EVENTS:
            raise ModelError("broken", "the model server sends no readable events")

    def _count(self, payload: dict[str, object]) -> None:
        self.prompt_tokens, self.completion_tokens = token_counts(payload)


def clean(text: str) -> str:
    """Return `text` without NUL, halves of characters joined or replaced: what JSON can spell and nobody can store."""
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def token_counts(payload: Mapping[str, object]) -> tuple[int, int]:
    """Return tokens read and written by what a server says: OpenAI's `usage`, or llama.cpp's `timings`."""
    usage, timings = payload.get("usage"), payload.get("timings")
    if isinstance(usage, dict):
        return _count_of(usage.get("prompt_tokens")), _count_of(usage.get("completion_tokens"))
    if isinstance(timings, dict):
        read = _count_of(timings.get("cache_n")) + _count_of(timings.get("prompt_n"))
        return read, _count_of(timings.get("predicted_n"))
    return 0, 0


def _count_of(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value < MAX_TOKENS else 0
