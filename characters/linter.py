"""The card doctor: what a card lacks before strangers meet it. Pure; the words are in `wording`."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence

from characters import giveaways, workings
from characters.avatar import expression_problems, problems
from characters.cards import examples, fields
from characters.cards.schema import CharacterCard
from characters.findings import Finding, Level
from characters.giveaways import Secret, entry_name

__all__ = ["Finding", "Level", "Secret", "check", "prompt_tokens"]

ADULT_AGE = 18
PROMPT_TOKENS = 1500
GREETING_TOKENS = 400
EXAMPLES_WANTED = 3
_WORDS = re.compile(r"[\s\W_]+")
_ASSISTANT = re.compile(
    r"作为(一个)?(AI|人工智能|语言模型)|有什么(可以|能)帮(助)?(您|你)|as an ai\b|how (can|may) i (help|assist) you",
    re.IGNORECASE,
)


def check(
    card: CharacterCard,
    secrets: Sequence[Secret],
    *,
    count: Callable[[str], int],
    files: Collection[str] | None = None,
) -> list[Finding]:
    """Return the findings on a card, gravest first.

    `count` gives tokens of a text; `files` are the paths of what came with the card, None where nobody knows.
    """
    found = [
        *_identity(card),
        *_face(card),
        *_soul(card, count),
        *_voice(card),
        *_greetings(card, count),
        *_lore(card),
        *_secrets(secrets),
        *giveaways.check(card, secrets),
        *workings.check(card, files),
    ]
    return sorted(found, key=lambda finding: list(Level).index(finding.level))


def prompt_tokens(card: CharacterCard, count: Callable[[str], int]) -> int:
    """Return the tokens of what stands in every prompt: who it is, its world and its way of speaking."""
    ours = card.cardia
    parts = (card.description, card.personality, card.scenario, ours.worldview, ours.backstory, ours.style.summary)
    return sum(count(part) for part in (*parts, "\n".join(ours.catchphrases)))


def _identity(card: CharacterCard) -> Iterator[Finding]:
    ours = card.cardia
    if not card.name.strip():
        yield Finding(Level.BLOCKER, "name_missing", "identity")
    if ours.age is None:
        yield Finding(Level.BLOCKER, "age_missing", "identity")
    elif ours.age < ADULT_AGE:
        yield Finding(Level.BLOCKER, "age_not_adult", "identity", (("age", str(ours.age)),))
    if not ours.tagline:
        yield Finding(Level.BLOCKER, "tagline_missing", "identity")
    if len(card.tags) < 2:
        yield Finding(Level.TIP, "tags_few", "identity")
    if len(card.creator_notes.strip()) < 10:
        yield Finding(Level.TIP, "notes_missing", "identity")


def _face(card: CharacterCard) -> Iterator[Finding]:
    ours = card.cardia
    if problems(ours.face) or expression_problems(ours.expressions):
        yield Finding(Level.WARNING, "face_unknown_parts", "face")


def _soul(card: CharacterCard, count: Callable[[str], int]) -> Iterator[Finding]:
    ours = card.cardia
    if len(card.description.strip()) < 20:
        yield Finding(Level.BLOCKER, "description_missing", "identity")
    if not ours.worldview.strip() and not card.scenario.strip():
        yield Finding(Level.WARNING, "world_missing", "world")
    if not card.personality.strip():
        yield Finding(Level.WARNING, "personality_missing", "personality")
    if not ours.backstory.strip():
        yield Finding(Level.TIP, "backstory_missing", "backstory")
    tokens = prompt_tokens(card, count)
    if tokens > PROMPT_TOKENS:
        values = (("tokens", str(tokens)), ("limit", str(PROMPT_TOKENS)))
        yield Finding(Level.WARNING, "prompt_long", "review", values)


def _voice(card: CharacterCard) -> Iterator[Finding]:
    ours = card.cardia
    spoken = "\n".join((*card.greetings, card.mes_example))
    unused = [phrase for phrase in ours.catchphrases if _bare(phrase) and _bare(phrase) not in _bare(spoken)]
    if not ours.catchphrases:
        yield Finding(Level.TIP, "catchphrases_missing", "personality")
    elif len(unused) == len(ours.catchphrases) and spoken.strip():
        yield Finding(Level.WARNING, "catchphrases_unused", "personality", (("phrase", unused[0]),))
    said = [word for word in ours.style.forbidden if word and word.casefold() in spoken.casefold()]
    if said:
        yield Finding(Level.WARNING, "forbidden_said", "style", (("word", said[0]),))
    if not ours.style.summary.strip():
        yield Finding(Level.TIP, "style_missing", "style")
    if not any(ours.reflexes.values()):
        yield Finding(Level.TIP, "reflexes_missing", "reflexes")
    if not ours.outage.strip():
        yield Finding(Level.TIP, "outage_missing", "reflexes")


def _greetings(card: CharacterCard, count: Callable[[str], int]) -> Iterator[Finding]:
    if not card.first_mes.strip():
        yield Finding(Level.BLOCKER, "greeting_missing", "greeting")
    elif count(card.first_mes) > GREETING_TOKENS:
        yield Finding(Level.WARNING, "greeting_long", "greeting", (("limit", str(GREETING_TOKENS)),))
    if any(_ASSISTANT.search(text) for text in (*card.greetings, card.mes_example)):
        yield Finding(Level.WARNING, "assistant_voice", "greeting")
    given = card.mes_example.strip()
    if given and not examples.is_plain(given, name=card.name):
        yield Finding(Level.WARNING, "examples_unnamed", "greeting")
    elif len(card.examples) < EXAMPLES_WANTED:
        yield Finding(Level.WARNING, "examples_few", "greeting", (("wanted", str(EXAMPLES_WANTED)),))


def _lore(card: CharacterCard) -> Iterator[Finding]:
    entries = fields.objects(fields.mapping(card.data, "character_book"), "entries")
    if not entries:
        yield Finding(Level.TIP, "lorebook_empty", "lorebook")
    # Read as they are: making typed entries of a book of thousands takes longer than all the rest.
    for index, entry in enumerate(entries):
        keys = [key.strip() for key in fields.texts(entry, "keys")]
        is_needy = fields.flag(entry, "enabled", default=True) and not fields.flag(entry, "constant")
        if is_needy and not any(keys):
            yield Finding(Level.WARNING, "entry_without_keys", "lorebook", (("name", entry_name(entry, index)),))
        elif any(len(key) == 1 and key.isascii() for key in keys):
            yield Finding(Level.WARNING, "entry_key_short", "lorebook", (("name", entry_name(entry, index)),))


def _secrets(secrets: Sequence[Secret]) -> Iterator[Finding]:
    for secret in secrets:
        if not secret.knowledge.strip() or not any(text.strip() for text in secret.scenes):
            yield Finding(Level.BLOCKER, "storyline_incomplete", "storyline", (("title", secret.title),))


def _bare(text: str) -> str:
    return _WORDS.sub("", text).casefold()
