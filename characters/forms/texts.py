"""The steps that are words: identity, world, personality, past, style, reflexes."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from characters.cards import fields
from characters.cards.cardia import EMOTIONS
from characters.cards.schema import CharacterCard
from characters.forms.base import Changes, LinesField, StepForm, long_text
from characters.forms.locks import level_field, price_field, wish
from characters.locks import Kind, Target
from characters.models import Rating
from characters.models.character import Language, Scene

ADULT_AGE, OLDEST_AGE = 18, 10_000
_SEPARATOR = re.compile(r"[,，、;；\n]+")

EMOTION_LABELS = {
    "joy": _("When the fan is happy"),
    "sadness": _("When the fan is sad"),
    "anger": _("When the fan is angry"),
    "fear": _("When the fan is afraid"),
    "surprise": _("When the fan is surprised"),
    "disgust": _("When something disgusts the fan"),
}


class IdentityForm(StepForm):
    wanted_fields: ClassVar[tuple[str, ...]] = ("age", "description", "tagline_zh", "tagline_en")
    data_fields: ClassVar[tuple[str, ...]] = ("name", "nickname", "description", "creator_notes")
    cardia_fields: ClassVar[tuple[str, ...]] = ("age", "language", "rating", "scene")

    name = forms.CharField(label=_("Name"), max_length=80)
    nickname = forms.CharField(
        label=_("Called in the chat"), max_length=80, required=False, help_text=_("Empty: the name.")
    )
    age = forms.IntegerField(
        label=_("Age"),
        required=False,
        min_value=ADULT_AGE,
        max_value=OLDEST_AGE,
        help_text=_("Every character here is an adult."),
        error_messages={"min_value": _("Every character here is at least 18.")},
    )
    language = forms.ChoiceField(label=_("Speaks"), choices=Language.choices, widget=forms.RadioSelect)
    tagline_zh = forms.CharField(label=_("One line on the poster, in Chinese"), max_length=60, required=False)
    tagline_en = forms.CharField(label=_("One line on the poster, in English"), max_length=120, required=False)
    description = long_text(
        _("Who are they?"),
        help_text=_("Looks, habits, what they want. This stands in every prompt, so be dense."),
    )
    tags = forms.CharField(
        label=_("Tags"), max_length=200, required=False, help_text=_("Three to six, divided by commas.")
    )
    rating = forms.ChoiceField(label=_("For whom?"), choices=Rating.choices, widget=forms.RadioSelect)
    scene = forms.ChoiceField(label=_("What for?"), choices=Scene.choices)
    creator_notes = long_text(
        _("Your note to readers"), rows=3, help_text=_("Shown on the page, never in a prompt."), limit=2000
    )

    def read(self, card: CharacterCard) -> dict[str, Any]:
        ours = card.cardia
        return super().read(card) | {
            "age": ours.age,
            "language": ours.language or Language.ZH,
            "rating": ours.rating,
            "scene": ours.scene,
            "tags": ", ".join(card.tags),
            "tagline_zh": ours.tagline.get("zh-Hans") or ours.tagline.get("", ""),
            "tagline_en": ours.tagline.get("en", ""),
        }

    def clean_tags(self) -> list[str]:
        if "tags" not in self.touched:
            return list(self.card.tags)
        found = [part.strip() for part in _SEPARATOR.split(self.cleaned_data["tags"]) if part.strip()]
        if any(len(tag) > 20 for tag in found):
            raise forms.ValidationError(_("A tag is at most 20 characters long."), code="too_long")
        if len(found) > 8:
            raise forms.ValidationError(_("Eight tags are enough."), code="too_many")
        return list(dict.fromkeys(found))

    def changes(self) -> Changes:
        changed, clean = super().changes(), self.cleaned_data
        data, cardia = dict(changed.data), dict(changed.cardia)
        if "tags" in clean and "tags" in self.touched:
            data["tags"] = clean["tags"]
        if {"tagline_zh", "tagline_en"} & self.touched:
            lines = {"zh-Hans": clean.get("tagline_zh", ""), "en": clean.get("tagline_en", "")}
            others = {name: line for name, line in self.card.cardia.tagline.items() if name and name not in lines}
            cardia["tagline"] = {**others, **{language: line for language, line in lines.items() if line}}
        return Changes(data, cardia)


class WorldForm(StepForm):
    data_fields: ClassVar[tuple[str, ...]] = ("scenario",)
    cardia_fields: ClassVar[tuple[str, ...]] = ("worldview",)

    worldview = long_text(
        _("Their world"), rows=9, help_text=_("When, where, which rules hold, what people fear and eat there.")
    )
    scenario = long_text(
        _("Where you meet"), rows=4, help_text=_("The place and hour in which a chat begins."), limit=3000
    )


class PersonalityForm(StepForm):
    data_fields: ClassVar[tuple[str, ...]] = ("personality",)

    personality = long_text(
        _("Personality"), rows=8, help_text=_("How they treat people, what they never do, what makes them soft.")
    )
    catchphrases = LinesField(
        label=_("Turns of phrase"),
        item_chars=60,
        help_text=_("One a line, three to six. Let the examples use them."),
    )

    def read(self, card: CharacterCard) -> dict[str, Any]:
        return super().read(card) | {"catchphrases": card.cardia.catchphrases}

    def changes(self) -> Changes:
        changed = super().changes().data
        if "catchphrases" not in self.touched:
            return Changes(changed)
        return Changes(changed, {"catchphrases": self.cleaned_data["catchphrases"]})


class BackstoryForm(StepForm):
    cardia_fields: ClassVar[tuple[str, ...]] = ("backstory",)

    backstory = long_text(
        _("Their past"),
        rows=12,
        help_text=_(
            "What happened, and the shadow they carry from childhood. It explains what the character will never say. "
            "What only paying readers may know belongs into a hidden storyline."
        ),
    )


class StyleForm(StepForm):
    summary = long_text(
        _("How they speak"), rows=3, limit=1000, help_text=_("Two sentences: rhythm, favourite moves, what they avoid.")
    )
    sentence_length = forms.ChoiceField(
        label=_("Sentences"),
        choices=[("short", _("Short")), ("medium", _("Medium")), ("long", _("Long"))],
        widget=forms.RadioSelect,
    )
    formality = forms.ChoiceField(
        label=_("Tone"),
        choices=[
            ("casual", _("Casual")),
            ("neutral", _("Neutral")),
            ("formal", _("Formal")),
            ("literary", _("Literary")),
        ],
        widget=forms.RadioSelect,
    )
    reply_min = forms.IntegerField(label=_("Shortest usual reply"), min_value=1, max_value=400)
    reply_max = forms.IntegerField(
        label=_("Longest usual reply"),
        min_value=5,
        max_value=800,
        help_text=_("Characters in Chinese, words in English."),
    )
    catchphrase_rate = forms.IntegerField(
        label=_("Replies with a turn of phrase, in percent"),
        min_value=0,
        max_value=100,
        widget=forms.NumberInput(attrs={"type": "range", "min": 0, "max": 100, "step": 5}),
    )
    era = forms.CharField(
        label=_("What they can know"),
        max_length=120,
        required=False,
        help_text=_("Their time: “Song dynasty, nothing electric”, “today”."),
    )
    pace_speed = forms.ChoiceField(
        label=_("Answers"),
        choices=[("quick", _("Quickly")), ("natural", _("Like most people")), ("slow", _("Slowly"))],
        widget=forms.RadioSelect,
        required=False,
        help_text=_("How long they read and type. The scene sets the rest: elders are always given more time."),
    )
    pace_bubbles = forms.ChoiceField(
        label=_("A long reply comes"),
        choices=[("split", _("Bubble by bubble")), ("whole", _("In one piece"))],
        widget=forms.RadioSelect,
        required=False,
        help_text=_("Someone of few words says it in one piece."),
    )
    forbidden = LinesField(
        label=_("Words of another world"),
        item_chars=30,
        help_text=_("One a line, never said: “mobile phone”, “how can I help you”."),
    )

    def __init__(self, *args: Any, card: CharacterCard, **kwargs: Any) -> None:
        super().__init__(*args, card=card, **kwargs)
        if self.has_voice:
            self.fields["voice_title"] = forms.CharField(
                label=_("What the voice is called"), max_length=80, required=False
            )
            self.fields["voice_level"] = level_field()
            self.fields["voice_price"] = price_field()

    @property
    def has_voice(self) -> bool:
        """Whether the card came with a voice: there is nothing to lock otherwise."""
        return bool(self.card.cardia.voice.preset)

    def read(self, card: CharacterCard) -> dict[str, Any]:
        style = card.cardia.style
        return {
            "voice_title": card.cardia.voice.title,
            "summary": style.summary,
            "sentence_length": style.sentence_length,
            "formality": style.formality,
            "reply_min": style.reply_length[0],
            "reply_max": style.reply_length[1],
            "catchphrase_rate": round(style.catchphrase_rate * 100),
            "era": style.era,
            "forbidden": style.forbidden,
            "pace_speed": card.cardia.pace.speed,
            "pace_bubbles": card.cardia.pace.bubbles,
        }

    def clean(self) -> dict[str, Any]:
        clean = super().clean() or self.cleaned_data
        if clean.get("reply_min", 0) >= clean.get("reply_max", 1000):
            self.add_error("reply_max", _("The longest reply must be longer than the shortest."))
        return clean

    def changes(self) -> Changes:
        clean = self.cleaned_data
        before = self.card.extension.get("style")
        style: dict[str, Any] = dict(before) if isinstance(before, dict) else {}
        kept = ("summary", "sentence_length", "formality", "era", "forbidden")
        known = dict(style)
        style |= {name: clean[name] for name in kept if name in clean and not self.keeps(name, known)}
        if {"reply_min", "reply_max"} & self.touched or "reply_length" not in known:
            style["reply_length"] = [clean["reply_min"], clean["reply_max"]]
        if "catchphrase_rate" in self.touched or "catchphrase_rate" not in known:
            style["catchphrase_rate"] = clean["catchphrase_rate"] / 100
        changed = {"style": style} if style != before else {}
        changed |= self._pace_changes()
        if not self.has_voice:
            return Changes(cardia=changed)
        if "voice_title" in self.touched:
            changed["voice"] = {**fields.mapping(self.card.extension, "voice"), "title": clean["voice_title"]}
        lock = wish(Target(Kind.VOICE), clean.get("voice_level"), clean.get("voice_price"))
        return Changes(cardia=changed, wishes=(lock,))

    def _pace_changes(self) -> dict[str, Any]:
        """Return the changed pace; what a card says of it besides stays."""
        names = self.touched & {"pace_speed", "pace_bubbles"}
        chosen = {name.removeprefix("pace_"): self.cleaned_data[name] for name in names if self.cleaned_data[name]}
        return {"pace": fields.mapping(self.card.extension, "pace") | chosen} if chosen else {}


class ReflexForm(StepForm):
    cardia_fields: ClassVar[tuple[str, ...]] = ("outage",)

    outage = forms.CharField(
        label=_("When no model answers"),
        max_length=200,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Their own “I am here” for the hour when every line is down."),
    )

    def __init__(self, *args: Any, card: CharacterCard, **kwargs: Any) -> None:
        super().__init__(*args, card=card, **kwargs)
        for emotion in EMOTIONS:
            self.fields[emotion] = LinesField(label=EMOTION_LABELS[emotion], item_chars=200, rows=3)
        self.order_fields([*EMOTIONS, "outage"])

    def read(self, card: CharacterCard) -> dict[str, Any]:
        return super().read(card) | dict(card.cardia.reflexes)

    def changes(self) -> Changes:
        before = self.card.extension.get("reflexes")
        reflexes: dict[str, Any] = dict(before) if isinstance(before, dict) else {}
        reflexes |= {emotion: self.cleaned_data[emotion] for emotion in EMOTIONS if emotion in self.touched}
        changed = {"reflexes": reflexes} if reflexes != (before or {}) else {}
        return Changes(cardia={**super().changes().cardia, **changed})
