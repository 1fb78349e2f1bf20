"""The guided way from a blank card to a submitted one: eleven steps in order, each with its form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from characters.cards import fields
from characters.forms.base import StepForm
from characters.forms.face import FaceForm
from characters.forms.greeting import GreetingForm
from characters.forms.lore import LorebookForm
from characters.forms.texts import (
    BackstoryForm,
    IdentityForm,
    PersonalityForm,
    ReflexForm,
    StyleForm,
    WorldForm,
)
from characters.models import Character


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `form` is None where the step is no form over the card (storylines, review)."""

    slug: str
    title: Any
    lead: Any
    form: type[StepForm] | None
    is_done: Callable[[Character], bool]
    example: Any = ""


STEPS = (
    Step(
        "identity",
        _("Who"),
        _("A name, an age, and two sentences that make somebody stop scrolling."),
        IdentityForm,
        lambda c: bool(c.draft.description.strip() and c.draft.cardia.age and c.draft.cardia.tagline),
    ),
    Step(
        "face",
        _("Face"),
        _("Pinch a face into being. Everything can be changed later."),
        FaceForm,
        lambda c: bool(c.draft.cardia.face or c.art),
    ),
    Step(
        "world",
        _("World"),
        _("A character without a world is only a voice."),
        WorldForm,
        lambda c: bool(c.draft.cardia.worldview.strip() or c.draft.scenario.strip()),
        _(
            "“Seven months of snow. One road over the mountain, one temple on the road, one fire in the temple. "
            "Three rules: shake off the snow, feed the fire, nobody is sent out before dawn.”"
        ),
    ),
    Step(
        "personality",
        _("Personality"),
        _("Not adjectives: what they do when you are late, when you cry, when you praise them."),
        PersonalityForm,
        lambda c: bool(c.draft.personality.strip()),
        _("“Praised, he suddenly has to chop wood. Says what matters most quietly, then looks into the fire.”"),
    ),
    Step(
        "backstory",
        _("Past"),
        _("One wound from long ago explains more than ten traits."),
        BackstoryForm,
        lambda c: bool(c.draft.cardia.backstory.strip()),
        _("“He was six. For nine days under the snow he kept silent to save breath. On the tenth somebody called.”"),
    ),
    Step(
        "style",
        _("Speech"),
        _("This is measured: replies are checked against what you say here."),
        StyleForm,
        lambda c: bool(c.draft.cardia.style.summary.strip()),
    ),
    Step(
        "greeting",
        _("First words"),
        _("They speak first. And a model learns more from three examples than from a page of description."),
        GreetingForm,
        lambda c: bool(c.draft.first_mes.strip() and c.draft.mes_example.strip()),
        _(
            "“Are you an AI?” – “*watches the shadow in the fire* Beyond the mountain there is no such man. "
            "You call, I answer.”"
        ),
    ),
    Step(
        "lorebook",
        _("Lorebook"),
        _("What they know only when somebody asks: people, places, things."),
        LorebookForm,
        lambda c: bool(fields.objects(fields.mapping(c.card, "character_book"), "entries")),
    ),
    Step(
        "reflexes",
        _("Reflexes"),
        _("What they blurt out within a second when somebody is hurt. Never advice. Each line must stand alone."),
        ReflexForm,
        lambda c: any(c.draft.cardia.reflexes.values()),
        _("“*stirs the fire* I am here.”"),
    ),
    Step(
        "storyline",
        _("Hidden story"),
        _("What they tell only to those who stay. You set the price; nobody sees a word of it before."),
        None,
        lambda c: c.storylines.exists(),
    ),
    Step(
        "review",
        _("Review"),
        _("The card doctor reads it all once more, then a moderator does."),
        None,
        lambda c: c.status in {Character.Status.IN_REVIEW, Character.Status.LIVE},
    ),
)
BY_SLUG = {step.slug: step for step in STEPS}


def after(step: Step) -> Step:
    """Return the next step; the last one is its own next."""
    return STEPS[min(STEPS.index(step) + 1, len(STEPS) - 1)]


def before(step: Step) -> Step | None:
    """Return the step before, None for the first."""
    place = STEPS.index(step)
    return STEPS[place - 1] if place else None


def first_open(character: Character) -> Step:
    """Return the first step that is not done yet, the review when all are."""
    return next((step for step in STEPS if not step.is_done(character)), STEPS[-1])
