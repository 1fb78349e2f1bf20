"""One lorebook entry with everything V3 and SillyTavern know of it, over its JSON.

A form changes only what its reader changed: every field is read from the entry, and one that comes back
as it was shown is not written. So nothing is lost that a field cannot show exactly.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from characters.cards import fields, limits
from characters.cards.book import LoreEntry, is_made_by_sillytavern
from characters.cards.limits import Json, JsonObject

HIGHEST = 1_000_000
_BREAKS = re.compile(r"[\r\n]")
_KEYS_CHARS = 40_000
_LOGICS = [("0", _("any of them")), ("3", _("all of them")), ("2", _("none of them")), ("1", _("not all of them"))]
_POSITIONS = [
    ("0", _("Before the character")),
    ("1", _("After the character")),
    ("5", _("Before the example dialogues")),
    ("6", _("After the example dialogues")),
    ("2", _("Before the author's note")),
    ("3", _("After the author's note")),
    ("4", _("In the chat, at a depth")),
    ("7", _("Only where {{outlet::…}} asks for it")),
]
_ROLES = [("0", _("System")), ("1", _("The fan")), ("2", _("The character"))]
_THREE = [("", _("as the book says")), ("true", _("yes")), ("false", _("no"))]
_TRIGGERS = [
    ("normal", _("an ordinary reply")),
    ("continue", _("going on")),
    ("swipe", _("another reply")),
    ("regenerate", _("the same reply anew")),
    ("impersonate", _("speaking for the fan")),
    ("quiet", _("in the background")),
]


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a form field lies in the entry, and how it is read and written; `write` may return None: remove it."""

    path: tuple[str, ...]
    read: Callable[[Json], Any]
    write: Callable[[Any], Json] = lambda value: value


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _one_line(value: Json) -> str:
    return _BREAKS.sub("", _text(value))  # as an input shows it


def _lines(value: Json) -> str:
    if isinstance(value, str):  # `secondary_keys` as one text: V2's prose asks for it
        return "\n".join(part.strip() for part in value.split(","))
    return "\n".join(item for item in value if isinstance(item, str)) if isinstance(value, list) else ""


def _texts(value: Json) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _list(value: str) -> Json:
    return [line.strip() for line in value.splitlines() if line.strip()]


def _number(value: Json) -> int | float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if is_number else None  # type: ignore[return-value]


def _flag(value: Json) -> bool:
    return value is True


def _on(value: Json) -> bool:
    return value is not False


def _three(value: Json) -> str:
    return {True: "true", False: "false"}.get(value, "") if isinstance(value, bool) else ""


def _choice(value: Json) -> str:
    return str(value)


def _ext(name: str, read: Callable[[Json], Any], write: Callable[[Any], Json] = lambda value: value) -> Slot:
    return Slot(("extensions", name), read, write)


def _opt(value: str) -> Json:
    return value or None


def _whole_or_none(value: str) -> Json:
    return int(value) if value else None


def _tidy(value: float | None) -> Json:
    return int(value) if value is not None and float(value).is_integer() else value


def _as_three(value: str) -> Json:
    return {"true": True, "false": False}.get(value)


SLOTS: dict[str, Slot] = {
    "name": Slot(("name",), _one_line),
    "keys": Slot(("keys",), _lines, _list),
    "content": Slot(("content",), _text),
    "enabled": Slot(("enabled",), _on),
    "constant": Slot(("constant",), _flag),
    "comment": Slot(("comment",), _one_line, _opt),
    "secondary_keys": Slot(("secondary_keys",), _lines, _list),
    "selective": Slot(("selective",), _flag),
    "logic": _ext("selectiveLogic", _choice, _whole_or_none),
    "use_regex": Slot(("use_regex",), _flag),
    "case_sensitive": Slot(("case_sensitive",), _three, _as_three),
    "whole_words": _ext("match_whole_words", _three, _as_three),
    "scan_depth": _ext("scan_depth", _number),
    "semantic": _ext("vectorized", _flag),
    "order": Slot(("insertion_order",), _number, lambda value: 100 if value is None else _tidy(value)),
    "priority": Slot(("priority",), _number, _tidy),
    "position": _ext("position", _choice, _whole_or_none),
    "depth": _ext("depth", _number),
    "role": _ext("role", _choice, _whole_or_none),
    "outlet": _ext("outlet_name", _one_line, _opt),
    "probability": _ext("probability", _number),
    "sticky": _ext("sticky", _number),
    "cooldown": _ext("cooldown", _number),
    "delay": _ext("delay", _number),
    "group": _ext("group", _one_line),
    "group_weight": _ext("group_weight", _number),
    "group_override": _ext("group_override", _flag),
    "group_scoring": _ext("use_group_scoring", _three, _as_three),
    "exclude_recursion": _ext("exclude_recursion", _flag),
    "prevent_recursion": _ext("prevent_recursion", _flag),
    "delay_until_recursion": _ext(
        "delay_until_recursion", lambda value: 1 if value is True else _number(value) or None, lambda value: value or 0
    ),
    "ignore_budget": _ext("ignore_budget", _flag),
    "only_names": Slot(("extensions", "character_filter", "names"), _lines, _list),
    "only_tags": Slot(("extensions", "character_filter", "tags"), _lines, _list),
    "is_exclude": Slot(("extensions", "character_filter", "isExclude"), _flag),
    "triggers": _ext("triggers", _texts, list),
    **{
        name: _ext(name, _flag)
        for name in (
            *("match_persona_description", "match_character_description", "match_character_personality"),
            *("match_character_depth_prompt", "match_scenario", "match_creator_notes"),
        )
    },
}  # fmt: skip


def _line(label: Any, *, limit: int = 200, help_text: Any = "") -> forms.CharField:
    return forms.CharField(label=label, max_length=limit, required=False, help_text=help_text)


def _many(label: Any, *, rows: int = 2, limit: int = _KEYS_CHARS, help_text: Any = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(
        label=label, max_length=limit, required=False, strip=False, widget=widget, help_text=help_text
    )


def _switch(label: Any, *, help_text: Any = "") -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False, help_text=help_text)


def _whole(label: Any, *, low: int = 0, high: int = HIGHEST, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=low, max_value=high, required=False, help_text=help_text)


def _pick(label: Any, choices: Any, *, help_text: Any = "") -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, required=False, help_text=help_text)


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that belong together on the page. `said` counts those that say something; errors open it."""

    title: Any
    lead: Any
    fields: list[forms.BoundField]
    said: int
    is_open: bool


# What is seldom needed, by what it decides; the first five fields stand above, always open.
_GROUPS: tuple[tuple[Any, Any, tuple[str, ...]], ...] = (
    (
        _("When it wakes"),
        "",
        ("secondary_keys", "selective", "logic", "use_regex", "case_sensitive", "whole_words", "scan_depth", "semantic")
        + ("probability", "comment"),
    ),
    (
        _("Where it stands"),
        "",
        ("position", "order", "depth", "role", "outlet", "priority", "ignore_budget"),
    ),
    (_("How long it stays"), "", ("sticky", "cooldown", "delay")),
    (_("Entries that exclude each other"), "", ("group", "group_weight", "group_override", "group_scoring")),
    (_("Entries that wake each other"), "", ("exclude_recursion", "prevent_recursion", "delay_until_recursion")),
    (_("Only for some characters or replies"), "", ("only_names", "only_tags", "is_exclude", "triggers")),
    (
        _("What else is read for its words"),
        _("Besides the messages of the chat."),
        ("match_persona_description", "match_character_description", "match_character_personality")
        + ("match_character_depth_prompt", "match_scenario", "match_creator_notes"),
    ),
)


class EntryForm(forms.Form):
    """One entry. `changes()` is what to merge into it."""

    use_required_attribute = False

    name = _line(_("Entry"))
    keys = _many(_("Wakes when somebody says"), help_text=_("One word or phrase a line."))
    content = _many(_("Then they know"), rows=6, limit=limits.TEXT_CHARS)
    enabled = _switch(_("In use"))
    constant = _switch(_("Always awake"))

    secondary_keys = _many(_("And besides"), help_text=_("More words, one a line. They count only when switched on."))
    selective = _switch(_("The further words count"))
    logic = _pick(_("Of the further words there must be"), _LOGICS)
    use_regex = _switch(_("The keys are patterns"), help_text=_("Regular expressions; /…/i makes one of a single key."))
    case_sensitive = _pick(_("Capital letters matter"), _THREE)
    whole_words = _pick(_("Whole words only"), _THREE, help_text=_("Chinese, Japanese and Korean match anywhere."))
    scan_depth = _whole(_("Messages to read"), high=1000, help_text=_("Empty: as the book says."))
    semantic = _switch(_("Also by meaning"), help_text=_("Wakes when the talk comes near it in other words."))
    comment = _line(_("Note to yourself"), limit=1000)

    position = _pick(_("Where it stands"), _POSITIONS)
    order = forms.FloatField(label=_("Order in the prompt"), required=False, help_text=_("Lower stands higher."))
    priority = forms.FloatField(
        label=_("Priority"), required=False, help_text=_("When the budget is short, the lowest goes first.")
    )
    depth = _whole(_("Depth"), help_text=_("Messages from the end; 0 is after the newest."))
    role = _pick(_("Said by"), _ROLES)
    outlet = _line(_("Name of the outlet"))
    ignore_budget = _switch(_("Never dropped for the budget"))

    probability = _whole(_("Chance in percent"), high=100, help_text=_("Empty: always."))
    sticky = _whole(_("Stays awake"), help_text=_("For this many messages."))
    cooldown = _whole(_("Then rests"), help_text=_("For this many messages."))
    delay = _whole(_("Not before message"))
    triggers = forms.MultipleChoiceField(
        label=_("Only for"), choices=_TRIGGERS, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: for every reply."),
    )  # fmt: skip

    group = _line(_("Groups"), help_text=_("Of one group a single entry comes in. Several names divided by commas."))
    group_weight = _whole(_("Weight"), help_text=_("Empty: 100."))
    group_override = _switch(_("Wins by order, not by chance"))
    group_scoring = _pick(_("The most keys win"), _THREE)

    exclude_recursion = _switch(_("Is not woken by other entries"))
    prevent_recursion = _switch(_("Wakes no other entries"))
    delay_until_recursion = _whole(
        _("Only woken by other entries"), high=100, help_text=_("From this round on. Empty: by the chat as well.")
    )

    only_names = _many(_("Characters"), limit=4000, help_text=_("One name a line. Empty: everybody."))
    only_tags = _many(_("Tags"), limit=4000, help_text=_("One a line."))
    is_exclude = _switch(_("All but these"))

    match_persona_description = _switch(_("The fan's persona"))
    match_character_description = _switch(_("The character's description"))
    match_character_personality = _switch(_("Its personality"))
    match_character_depth_prompt = _switch(_("Its note at depth"))
    match_scenario = _switch(_("The scenario"))
    match_creator_notes = _switch(_("The creator's notes"))

    def __init__(self, *args: Any, entry: JsonObject | None = None, **kwargs: Any) -> None:
        self.entry: JsonObject = entry if entry is not None else {}
        kwargs["initial"] = shown(self.entry)
        super().__init__(*args, **kwargs)
        self._offer_what_stands()

    def _offer_what_stands(self) -> None:
        """Let a value that we would not offer be kept: shown as it is, chosen as it is."""
        for name, field in self.fields.items():
            loosen(field, self.initial[name])
        triggers: Any = self.fields["triggers"]
        triggers.choices = [*_TRIGGERS, *((t, t) for t in self.initial["triggers"] if t not in dict(_TRIGGERS))]

    @property
    def groups(self) -> list[Group]:
        plain = shown({}) | {"order": 100, "position": "1"}
        made = []
        for title, lead, names in _GROUPS:
            said = sum(self.initial[name] not in (plain[name], None, "") for name in names)
            if "position" in names and self.initial["position"] == "0":
                said -= 1  # before or after the character: both are the plain case
            made.append(Group(title, lead, [self[name] for name in names], said, any(n in self.errors for n in names)))
        return made

    def changes(self) -> JsonObject:
        """Return what the valid form changes, to be merged into the entry (null removes)."""
        out: JsonObject = {} if self.entry else {"insertion_order": 100, "enabled": True, "position": "before_char"}
        for name, slot in SLOTS.items():
            if name not in self.data and not isinstance(self.initial[name], bool | list):
                continue  # not sent at all; a switch that is off never is
            value = self.cleaned_data.get(name)
            value = _unix(value) if isinstance(value, str) else value
            if not _same(value, self.initial[name]):
                _put(out, slot.path, slot.write(value))
        return self._followed(out)

    def _followed(self, out: JsonObject) -> JsonObject:
        """Add what must not contradict a change: the plain V2 position, and the switch of a probability."""
        extensions = fields.mapping(out, "extensions")
        if "position" in extensions:
            out["position"] = {None: None, 0: "before_char"}.get(_place(extensions["position"]), "after_char")
        if "probability" in extensions:
            extensions["useProbability"] = extensions["probability"] is not None
        mine = fields.mapping(self.entry, "extensions")
        if "case_sensitive" in out and "case_sensitive" in mine:
            out["extensions"] = {**extensions, "case_sensitive": out["case_sensitive"]}
        return out

    def clean(self) -> dict[str, Any]:
        clean = super().clean() or self.cleaned_data
        has_way = clean.get("constant") or clean.get("semantic") or "@@" in clean.get("content", "")
        was_keyless = bool(self.entry) and not self.initial["keys"].strip()
        if not (has_way or was_keyless or clean.get("keys", "").strip() or "keys" in self.errors):
            self.add_error(
                "keys", _("Without a key nothing wakes this entry. Write a word, or let it always be awake.")
            )
        if clean.get("use_regex") and is_made_by_sillytavern(fields.mapping(self.entry, "extensions")):
            self.add_error("use_regex", _("This entry came from SillyTavern: write each pattern as /…/ instead."))
        return clean


def shown(entry: JsonObject) -> dict[str, Any]:
    """Return what the form shows of an entry."""
    out = {name: slot.read(_at(entry, slot.path)) for name, slot in SLOTS.items()}
    extensions = fields.mapping(entry, "extensions")
    read = LoreEntry.of(entry, 0)  # where several spellings say the same thing, the engine's reading is shown
    out |= {"position": str(int(read.position)), "role": str(int(read.role)), "logic": str(int(read.logic))}
    out["case_sensitive"] = _three(read.case_sensitive)
    if is_made_by_sillytavern(extensions):
        out["use_regex"] = read.use_regex
    if extensions.get("useProbability") is False:
        out["probability"] = None
    if not entry:
        out |= {"enabled": True, "order": 100, "position": "0"}
    return out


def loosen(field: forms.Field, value: Any) -> None:
    """Take limits away that the stored value does not keep: who changes something else must not stumble over it."""
    if isinstance(field, forms.CharField) and isinstance(value, str):
        if field.max_length is not None and len(value) > field.max_length:
            field.validators = [one for one in field.validators if not isinstance(one, MaxLengthValidator)]
            field.widget.attrs.pop("maxlength", None)
    elif isinstance(field, forms.IntegerField) and value is not None:
        bounds = [one for one in field.validators if isinstance(one, MinValueValidator | MaxValueValidator)]
        if any(one.compare(value, one.limit_value) for one in bounds):
            field.validators = [one for one in field.validators if one not in bounds]
            for name in ("min", "max"):
                field.widget.attrs.pop(name, None)


def _at(entry: JsonObject, path: tuple[str, ...]) -> Json:
    value: Json = entry
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _put(out: JsonObject, path: tuple[str, ...], value: Json) -> None:
    for step in path[:-1]:
        inner = out.setdefault(step, {})
        assert isinstance(inner, dict)
        out = inner
    out[path[-1]] = value


def _same(value: Any, shown: Any) -> bool:
    if isinstance(value, str) or isinstance(shown, str):
        return _unix(value or "").strip() == _unix(shown or "").strip()
    return bool(value == shown) and (value is None) == (shown is None)


def _place(value: Json) -> int | None:
    return value if isinstance(value, int) else None


def _unix(text: Any) -> str:
    """Return the text with plain line ends: browsers send CRLF whatever was shown."""
    return str(text).replace("\r\n", "\n").replace("\r", "\n")
