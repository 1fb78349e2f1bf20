"""Cleans a reply while it is being written: names, repeats of the prefill, stop strings, loops, loose ends. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chat.prompts.circles import Circles, said_once

# 16 KiB, with room for the ellipsis of a reply that was cut off.
MAX_BYTES = 16 * 1024 - 4
_ENDINGS = '。！？!?.…~～」』”"*）)'  # noqa: RUF001 - Chinese punctuation
_CLOSERS = '」』”"*）) '  # noqa: RUF001
_SENTENCE_END = re.compile(r"[。！？!?]+[」』”\"]?|\.[\"”]?(?=\s)|\n")  # noqa: RUF001
# What a small model makes of *action*: **action*, action**. Bold is no way to speak, so nothing is lost.
_DOUBLED = re.compile(r"\*{2,}")
_HALF_WIDTH = re.compile(r"(?<=[\u4e00-\u9fff])[,.!?;:](?![,.!?\d])")
_FULL_WIDTH = str.maketrans(",.!?;:", "，。！？；：")  # noqa: RUF001 - the full-width marks are the point


class Trimmer:
    """Takes a model's text piece by piece and gives back what belongs to the reply.

    Drops a leading "Name:", a repetition of the `prefill`, everything from a stop string on, and ends the
    reply after so many `sentences` (0: as many as come) or when it begins to turn in circles. `is_done` says
    that no more is wanted.
    """

    def __init__(self, *, name: str, prefill: str = "", stop: Sequence[str] = (), sentences: int = 0) -> None:
        self._sentences = sentences
        self.is_done = False
        self.reason = ""
        self._stop = tuple(filter(None, stop))
        self._longest = max((len(s) for s in self._stop), default=1) - 1
        firsts = "".join(sorted({s[0] for s in self._stop}))
        self._opening = re.compile(f"[{re.escape(firsts)}]") if firsts else None
        self._prefix = re.compile(rf"^\s*(?:{re.escape(name)}\s*[:：]\s*)?")  # noqa: RUF001
        self._name = name
        self._prefill = prefill.strip()
        self._head = ""
        self._at_head = True
        self._held = ""
        self._said = ""
        self._bytes = 0
        self._circles = Circles(prefill)
        self._is_parted = False
        self._openers = tuple(opener for s in self._stop if (opener := s.lstrip()))

    def feed(self, text: str) -> str:
        """Return what may be shown now of the model's next piece."""
        if self.is_done:
            return ""
        if self._at_head:
            text = self._enter(text)
        elif self._is_parted:
            text = text.lstrip()
            self._is_parted = not text
        return self._emit(self._held + text, is_last=False) if text or self._held else ""

    def finish(self) -> str:
        """Return what was held back at the end of the model's reply."""
        if self.is_done:
            return ""
        text = self._leave_head() if self._at_head else ""
        return self._emit(self._held + text, is_last=True)

    def _enter(self, text: str) -> str:
        """Hold the first characters until they can no longer be a name, a stop string or the prefill said again."""
        self._head += text
        bare = self._head.lstrip()
        expected = (*(f"{self._name}{mark}" for mark in ":："), self._prefill, *self._openers)  # noqa: RUF001
        if any(len(bare) < len(e) and e.startswith(bare) for e in expected if e):
            return ""
        return self._leave_head()

    def _leave_head(self) -> str:
        self._at_head = False
        rest = self._prefix.sub("", self._head)
        if rest.startswith(self._openers):
            self._end("stop")
            return ""
        is_repeated = bool(self._prefill) and rest.startswith(self._prefill)
        if is_repeated:
            rest = rest[len(self._prefill) :].lstrip()
        elif self._head[:1].isspace() and self._prefill and rest:
            # A continuation that begins with a space keeps it: "I'm" + " here".
            rest = f" {rest}" if self._head[0] == " " else f"\n{rest}"
        # What was dropped left a gap: the words after it begin without one.
        self._is_parted = not rest and bool(self._head.strip())
        return rest

    def _emit(self, text: str, *, is_last: bool) -> str:
        out, self._held = text, ""
        # Most pieces hold no character that a stop string begins with.
        if self._opening is not None and self._opening.search(text):
            at = min((i for i in (text.find(s) for s in self._stop) if i >= 0), default=-1)
            if at >= 0:
                self._end("stop")
                return self._checked(text[:at])
            if keep := 0 if is_last else self._open_stop(text):
                out, self._held = text[:-keep], text[-keep:]
        return self._checked(out)

    def _open_stop(self, text: str) -> int:
        """Return how many characters at the end may be the beginning of a stop string."""
        for size in range(min(self._longest, len(text)), 0, -1):
            tail = text[-size:]
            if any(s.startswith(tail) for s in self._stop):
                return size
        return 0

    def _checked(self, out: str) -> str:
        if not out:
            return ""
        out = self._within(out)
        if self._sentences:
            out = self._sentence(out)
        if self._circles.hears(out):
            self._end("loop")
        return out

    def _within(self, out: str) -> str:
        """Return what of `out` the reply has room for."""
        size = len(out) if out.isascii() else len(out.encode())
        self._bytes += size
        if self._bytes <= MAX_BYTES:
            return out
        self._end("length")
        return out.encode()[: MAX_BYTES - self._bytes + size].decode(errors="ignore")

    def _sentence(self, out: str) -> str:
        """Return what of `out` belongs to the sentences that are wanted."""
        before, self._said = len(self._said), self._said + out
        if not (end := _sentence_end(self._said, self._sentences)):
            return out
        self._end("stop")
        return out[: max(0, end - before)]

    def _end(self, reason: str) -> None:
        self.is_done, self.reason, self._held = True, reason, ""


def _sentence_end(text: str, count: int) -> int:
    """Return where the `count`-th sentence of `text` surely ends, 0 while it may go on."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    return ends[count - 1] if len(ends) >= count else 0


def whole(text: str) -> str:
    """Return `text` cut back to its last whole sentence; where there is none, with an ellipsis. Balances asterisks."""
    text = text.rstrip()
    if text and text[-1] not in _ENDINGS:
        cut = max((match.end() for match in _SENTENCE_END.finditer(text)), default=0)
        while 0 < cut < len(text) and text[cut] in _CLOSERS:
            cut += 1
        text = text[:cut].rstrip() if cut >= len(text) * 0.4 else f"{text}…"
    return balanced(text)


def has_words(text: str) -> bool:
    """Say whether `text` is a reply at all: a word, or a silence written out."""
    return any(letter.isalnum() or letter == "…" for letter in text)


def chinese_marks(text: str) -> str:
    """Return `text` with the half-width marks after Han characters made full-width: 没有我.你喊 → 没有我。你喊."""
    return _HALF_WIDTH.sub(lambda match: match[0].translate(_FULL_WIDTH), text)


def balanced(text: str) -> str:
    """Return `text` with every asterisk paired: a lone one at the end goes, an open action is closed."""
    text = _DOUBLED.sub("*", text)
    if text.count("*") % 2 == 0:
        return text
    if text.endswith("*"):
        return text[:-1].rstrip()
    return f"{text}*"


def tidied(text: str, *, finish_reason: str, is_chinese: bool) -> str:
    """Return a finished reply as it is kept: whole sentences, paired asterisks, the language's own marks."""
    if finish_reason == "loop":
        text = said_once(text)
    text = whole(text) if finish_reason in {"loop", "length"} else balanced(text.rstrip())
    return chinese_marks(text) if is_chinese else text
