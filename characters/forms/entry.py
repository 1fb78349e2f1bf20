"""One lorebook entry with everything V3 and SillyTavern know of it, over its JSON.

A form changes only what its reader changed: every field is read from the entry, and one that comes back
as it was shown is not written. So nothing is lost that a field cannot show exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from characters.cards import fields, limits
from characters.cards.book import is_made_by_sillytavern
from characters.cards.limits import Json, JsonObject
from characters.forms.slots import SLOTS, put, shown

HIGHEST = 1_000_000
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
        for name, field in list(self.fields.items()):
            value = self.initial[name]
            if isinstance(value, float) and isinstance(field, forms.IntegerField) and not value.is_integer():
                field = forms.FloatField(label=field.label, help_text=field.help_text, required=False)
                self.fields[name] = field
            loosen(field, value)
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
                put(out, slot.path, slot.write(value))
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


def _same(value: Any, shown: Any) -> bool:
    if isinstance(value, str) or isinstance(shown, str):
        return _unix(value or "").strip() == _unix(shown or "").strip()
    return bool(value == shown) and (value is None) == (shown is None)


def _place(value: Json) -> int | None:
    return value if isinstance(value, int) else None


def _unix(text: Any) -> str:
    """Return the text with plain line ends: browsers send CRLF whatever was shown."""
    return str(text).replace("\r\n", "\n").replace("\r", "\n")
