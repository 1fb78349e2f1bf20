"""Makes card and chat text harmless in a prompt: it is data, whatever tokens of a chat template it imitates. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

# <|im_start|>, <｜User｜>, <start_of_turn>, [INST], <<SYS>>, </s>: templates of the models in use.
_TEMPLATE_TOKEN = re.compile(
    r"<[|｜]\s*([\w .-]{1,24}?)\s*[|｜]>"  # noqa: RUF001 - the full-width bar is one of the forms
    r"|<(/?(?:start_of_turn|end_of_turn|bos|eos|s|unk|pad|system|assistant|think))>"
    r"|\[(/?INST)\]"
    r"|<<(/?SYS)>>",
    re.IGNORECASE,
)
# Blanks of one line only: `\s*` would read on over every line end that follows, again from each of them.
_ROLE_LINE = re.compile(
    r"^([^\S\n]*)(system|assistant|user|developer|human|ai)[^\S\n]*[:：]",  # noqa: RUF001
    re.IGNORECASE | re.MULTILINE,
)
_INSTRUCTION_HEAD = re.compile(r"^#{2,}[^\S\n]*(instruction|response|system|input)\b", re.IGNORECASE | re.MULTILINE)
_BLANK_LINES = re.compile(r"\n{3,}")


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Return `text` with template tokens, role lines and instruction heads taken apart; words stay readable. Kept."""
    text = _TEMPLATE_TOKEN.sub(lambda m: "‹" + next(part for part in m.groups() if part) + "›", text)
    text = _ROLE_LINE.sub(r"\1\2 -", text)
    text = _INSTRUCTION_HEAD.sub(r"\1", text)
    return _BLANK_LINES.sub("\n\n", text).strip()
