"""Whoever walks through the builder changes what they change, and nothing else of a card from elsewhere."""

from __future__ import annotations

import copy
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from characters import services, steps
from characters.cards.schema import CharacterCard

ODD = {
    "name": "Ada  of\tthe  Coast ",
    "nickname": " Ad ",
    "description": "  two\r\nlines, one\rold Mac line \n\n",
    "personality": "a\n\n\n",
    "scenario": " \n",
    "first_mes": "\nHi.  \n",
    "alternate_greetings": ["  one ", "", "x" * 12_000, "two\r\nlines"],
    "mes_example": "<START>\n{{user}}:   hello\n{{char}}:hi   there\n\n<start>\n{{user}}: a\n{{char}}: b\n",
    "creator_notes": "n" * 3000,
    "system_prompt": " s ",
    "post_history_instructions": "",
    "tags": ["a, b", "a, b", " c ", *(f"tag {n}" for n in range(12)), "x" * 50],
    "creator": "me",
    "character_version": "1",
    "group_only_greetings": [" g "],
    "x_unknown": [1.0, {"deep": None}],
    "character_book": {
        "x_book": 1,
        "extensions": {},
        "entries": [
            {"keys": [" k,", "k"], "content": " c\r\n", "extensions": {"a/b": 1}, "enabled": True, "x_entry": 1}
            | {"insertion_order": 5.5, "use_regex": False, "secondary_keys": [" s "], "name": " n "},
            {"keys": [], "content": "", "extensions": {}, "enabled": False, "insertion_order": 1, "id": "text id"},
        ],
    },
    "extensions": {
        "other/app": {"a": 1},
        "cardia": {
            "age": 31,
            "x_ours": 1,
            "tagline": {"en": "one  line ", "ja": "灯"},
            "language": "en",
            "rating": "general",
            "scene": "story",
            "worldview": " w\r\n",
            "backstory": "b ",
            "catchphrases": [" Mind the step. ", "Mind the step.", "y" * 90],
            "reflexes": {"sadness": [" there "], "x_mood": ["?"]},
            "outage": " here ",
            "pace": {"speed": "slow", "x_pace": [1]},
            "style": {
                "summary": " dry ",
                "forbidden": [" phone "],
                "x_style": 1,
                "reply_length": [5, 80],
                "sentence_length": "short",
                "formality": "casual",
                "catchphrase_rate": 0.3333,
                "era": " now ",
            },
            "face": {"hair": "variant11", "x_face": 1},
            "expressions": {"joy": {"x_part": 1}},
            "accent": "#6fe3b4",
        },
    },
}
STEPS = [step.slug for step in steps.STEPS if step.form is not None]


class Inputs(HTMLParser):
    """Collects what a browser would send of a page's builder form."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}
        self._area = self._select = ""

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        name, kind = found.get("name", ""), found.get("type", "text")
        if tag == "textarea":
            self._area, self.sent[name] = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in found:
            self.sent[self._select] = found.get("value", "")
        elif tag == "input" and name and kind not in {"submit", "file"}:
            if kind not in {"radio", "checkbox"}:
                self.sent[name] = (found.get("value") or "").replace("\r", "").replace("\n", "")
            elif "checked" in found:
                self.sent[name] = found.get("value", "on")

    def handle_data(self, data):
        if self._area:
            self.sent[self._area] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            # What a browser does: the first line end is layout, the others are sent as CRLF.
            text = self.sent[self._area].replace("\r\n", "\n").replace("\r", "\n").removeprefix("\n")
            self.sent[self._area], self._area = text.replace("\n", "\r\n"), ""


@pytest.fixture
def character(creator):
    return services.create_character(creator, card=CharacterCard(copy.deepcopy(ODD), {"x_root": 1}))


def shown(client, character, slug: str) -> dict[str, str]:
    page = Inputs()
    page.feed(client.get(reverse("characters:step", args=[character.public_id, slug])).content.decode())
    return page.sent


@pytest.mark.parametrize("way", ["step", "autosave"])
@pytest.mark.parametrize("slug", STEPS)
def test_step_that_nobody_touched_changes_nothing(creator_client, character, slug, way):
    sent = shown(creator_client, character, slug)

    answer = creator_client.post(reverse(f"characters:{way}", args=[character.public_id, slug]), sent)

    assert answer.status_code == (302 if way == "step" else 200)
    character.refresh_from_db()
    assert character.card == ODD


EDITS = [
    ("identity", "nickname", "Ada", ("nickname",), "Ada"),
    ("identity", "tags", "sea, lamp", ("tags",), ["sea", "lamp"]),
    (
        "identity",
        "tagline_en",
        "new",
        ("extensions", "cardia", "tagline"),
        {"en": "new", "ja": "灯"},
    ),
    ("world", "scenario", "a\r\nb", ("scenario",), "a\nb"),
    ("personality", "personality", "new", ("personality",), "new"),
    ("greeting", "greeting_0", "Hello.", ("first_mes",), "Hello."),
    (
        "greeting",
        "greeting_1",
        "uno",
        ("alternate_greetings",),
        ["uno", "", "x" * 12_000, "two\r\nlines"],
    ),
    (
        "style",
        "summary",
        "new",
        ("extensions", "cardia", "style", "summary"),
        "new",
    ),
    (
        "reflexes",
        "joy",
        "ha",
        ("extensions", "cardia", "reflexes"),
        {"sadness": [" there "], "x_mood": ["?"], "joy": ["ha"]},
    ),
    (
        "style",
        "pace_bubbles",
        "whole",
        ("extensions", "cardia", "pace"),
        {"speed": "slow", "x_pace": [1], "bubbles": "whole"},
    ),
]


@pytest.mark.parametrize(("slug", "field", "value", "place", "expected"), EDITS, ids=[row[1] for row in EDITS])
def test_one_touched_field_is_all_that_changes(creator_client, character, slug, field, value, place, expected):
    sent = {**shown(creator_client, character, slug), field: value}

    creator_client.post(reverse("characters:step", args=[character.public_id, slug]), sent)

    character.refresh_from_db()
    wanted = copy.deepcopy(ODD)
    holder = wanted
    for name in place[:-1]:
        holder = holder[name]
    holder[place[-1]] = expected
    assert character.card == wanted
