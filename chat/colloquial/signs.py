"""Words that only weigh: none of them is wrong alone, many of them make a reply sound written. Pure."""

from __future__ import annotations

import re

from chat.colloquial.table import Rule, Table, variants

# What the character does not say itself: actions and the words of others.
_UNSAID = re.compile(r"\*[^*\n]*\*|「[^」\n]*」|『[^』\n]*』|“[^”\n]*”|（[^）\n]*）|\([^)\n]*\)")  # noqa: RUF001


class Signs:
    """The signs of one language. A text is searched for each of them, which for so few is quickest."""

    def __init__(self, table: Table) -> None:
        self.rules = table.rules
        self._fold = table.fold
        self._phrases = [(table.fold(phrase), rule) for rule in table.rules for phrase in variants(rule.say)]

    def found(self, text: str) -> list[Rule]:
        """Return the signs in what a text says, each once."""
        said = self._fold(_UNSAID.sub(" ", text))
        found = {rule.index: rule for phrase, rule in self._phrases if phrase in said and _is_whole(phrase, said)}
        return list(found.values())


def _is_whole(phrase: str, text: str) -> bool:
    """Say whether a Latin phrase stands there as words of its own."""
    if not phrase[0].isascii():
        return True
    return re.search(rf"(?<![a-z0-9']){re.escape(phrase)}(?![a-z0-9'])", text) is not None
