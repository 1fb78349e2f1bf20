"""Cleans a reply while it is being written: names, repeats of the prefill, stop strings, loops, loose ends. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

MAX_CHARS = 16 * 1024
_ENDINGS = '。！？!?.…~～」』”"*）)'  # noqa: RUF001 - Chinese punctuation
_CLOSERS = '」』”"*）) '  # noqa: RUF001
_LOOKBACK = 240
_EVERY = 12
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
        self._stop = tuple(stop)
        self._longest = max((len(s) for s in self._stop), default=1) - 1
        self._prefix = re.compile(rf"^\s*(?:{re.escape(name)}\s*[:：]\s*)?")  # noqa: RUF001
        self._name = name
        self._prefill = prefill.strip()
        self._head = ""
        self._at_head = True
        self._held = ""
        self._said = ""
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
        at = min((i for i in (text.find(s) for s in self._stop) if i >= 0), default=-1)
        if at >= 0:
            self._end("stop")
            text = text[:at]
            is_last = True
        keep = 0 if is_last else self._open_stop(text)
        out, self._held = (text[: len(text) - keep], text[len(text) - keep :]) if keep else (text, "")
        return self._checked(out)

    def _open_stop(self, text: str) -> int:
        """Return how many characters at the end may be the beginning of a stop string."""
        for size in range(min(self._longest, len(text)), 0, -1):
            tail = text[-size:]
            if any(s.startswith(tail) for s in self._stop):
                return size
        return 0

    def _checked(self, out: str) -> str:
        said = self._said + out
        if len(said) > MAX_CHARS:
            self._end("length")
            out = out[: MAX_CHARS - len(self._said)]
        if self._sentences and (end := _sentence_end(said, self._sentences)):
            self._end("stop")
            out = out[: max(0, end - len(self._said))]
        # Looking for circles costs more than a token; once every few characters is soon enough.
        if len(said) // _EVERY != len(self._said) // _EVERY and loop_period(said[-_LOOKBACK:]):
            self._end("loop")
        self._said += out
        return out

    def _end(self, reason: str) -> None:
        self.is_done, self.reason, self._held = True, reason, ""


def _sentence_end(text: str, count: int) -> int:
    """Return where the `count`-th sentence of `text` surely ends, 0 while it may go on."""
    ends = [match.end() for match in _SENTENCE_END.finditer(text)]
    return ends[count - 1] if len(ends) >= count else 0


def loop_period(text: str) -> int:
    """Return the length of the phrase that `text` says three times in a row at its end, 0 for none.

    The end itself may be a piece of a fourth time. Laughter and dots (哈哈哈, ……) are no loop: a phrase has
    at least four different characters.
    """
    for size in range(4, len(text) // 3 + 1):
        tail = text[-3 * size :]
        if tail[:size] == tail[size : 2 * size] == tail[2 * size :] and len(set(tail[:size].strip())) > 3:
            return size
    return 0


def unlooped(text: str) -> str:
    """Return `text` with a phrase it repeats at its end said once."""
    period = loop_period(text[-_LOOKBACK:])
    while period and text[-period:] == text[-2 * period : -period]:
        text = text[:-period]
    return text


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
        text = unlooped(text)
    text = whole(text) if finish_reason in {"loop", "length"} else balanced(text.rstrip())
    return chinese_marks(text) if is_chinese else text
