"""What each scorer likes, and what the judge makes of them."""

from __future__ import annotations

import pytest

from chat import checks, judging, lexicons, services
from chat.colloquial import voice_for
from chat.scoring import Candidate, Context
from chat.scoring.own import Freshness, InCharacter, Measure, Plainness, within
from chat.tests.factories import on_a_loop, reload, say
from moderation import guard
from moderation.profiles import CharacterProfile

MIRA = CharacterProfile(
    name="Mira", language="en", sentence_length="short", reply_length=(4, 20), catchphrases=("Mind the step.",)
)
LONG = "It was a night of many lamps and " + "many more lamps and " * 12 + "then it was over."


def candidate(text: str, **given) -> Candidate:
    found = tuple(guard.inspect(text, side="character", profile=MIRA))
    return Candidate(text, given.pop("own", text), findings=found, **given)


def context(**given) -> Context:
    return Context(MIRA, voice_for(lexicons.colloquial(is_chinese=False)), **given)


@pytest.mark.parametrize(
    ("_case", "scorer", "text", "given", "score"),
    [
        ("in character", InCharacter, "*shrugs* The tide is late.", {}, (1.0, ())),
        ("an assistant", InCharacter, "As an AI, I cannot say.", {}, (0.03, ("ai_disclosure",))),
        ("fresh", Freshness, "The tide is late.", {}, (1.0, ())),
        ("said before", Freshness, "The tide is late again tonight.", {"said": ("The tide is late again tonight.",)},
         (0.0, ("said_before",))),
        ("its catchphrase", Freshness, "Mind the step.", {"said": ("Mind the step.",) * 3}, (1.0, ())),
        ("says twice", Freshness, "The lamp is on. Sit. The lamp is on.", {}, (0.8, ("says_twice",))),
        ("plain", Plainness, "Sit down, the kettle's on.", {}, (1.0, ())),
        ("a lecture", Plainness, "You should be grateful.", {}, (0.1475, ("lecture", "stiff"))),
        ("as long as usual", Measure, "The tide is late tonight.", {}, (1.0, ())),
        ("too short", Measure, "No.", {}, (0.0, ("too_short",))),
        ("too long", Measure, LONG, {}, (0.1666, ("too_long", "sentence_length"))),
    ],
)  # fmt: skip
def test_each_scorer_looks_at_one_thing(_case, scorer, text, given, score):
    found = scorer().score(candidate(text), context(**given))

    assert (found.value, found.reasons) == score


def test_a_reply_that_was_cut_off_is_worth_less():
    cut = Measure().score(candidate("The tide is late and", finish_reason="length"), context())

    assert (cut.value, cut.reasons) == (0.7, ("cut_off",))


def test_a_reply_that_turns_in_circles_is_worth_less():
    found = Freshness().score(candidate("The lamp is on.", finish_reason="loop"), context())

    assert (found.value, found.reasons) == (0.4, ("says_twice",))


@pytest.mark.parametrize(
    ("size", "value"), [(4, 1.0), (20, 1.0), (40, 0.6667), (80, 0.0), (200, 0.0), (2, 0.6667), (1, 0.0), (0, 0.0)]
)
def test_the_further_outside_the_usual_the_less(size, value):
    assert within(size, 4, 20) == value


@pytest.fixture
def turn(conversation, model):
    model()
    return services.open_turn(reload(conversation), say(conversation, "Where is the oil?").reply)


@on_a_loop
async def test_the_judge_weighs_them(turn):
    judgement = await judging.judge(turn, "*shrugs* The third shelf, behind the rope.")

    assert set(judgement.scores) == {"InCharacter", "Freshness", "Plainness", "Measure"}
    assert (judgement.ooc, judgement.echo, judgement.is_off) == (0.0, 0.0, False)


@on_a_loop
async def test_a_weight_of_zero_leaves_a_scorer_out(turn, settings):
    settings.CHAT_SCORERS = {"chat.scoring.own.Measure": 0}

    judgement = await judging.judge(turn, "Yes.")

    assert "Measure" not in judgement.scores


@on_a_loop
async def test_another_s_scorer_is_asked_only_where_there_is_a_choice(turn, settings):
    settings.CHAT_SCORERS = {"chat.tests.many.LikesGulls": {"weight": 8.5, "seconds": 0.5}}

    alone = await judging.judge(turn, "The gull knows.")
    chosen = await judging.judge(turn, "The gull knows.", is_choice=True)

    assert "LikesGulls" not in alone.scores
    assert chosen.scores["LikesGulls"].value == 1.0


@pytest.mark.parametrize("name", ["Hangs", "Breaks"])
@on_a_loop
async def test_a_scorer_that_fails_is_left_out_and_noted(turn, settings, name):
    usual = await judging.judge(turn, "The third shelf.")
    settings.CHAT_SCORERS = {f"chat.tests.many.{name}": {"weight": 9, "seconds": 0.01}}

    judgement = await judging.judge(turn, "The third shelf.", is_choice=True)

    assert judgement.total == usual.total
    assert judgement.as_trace()["left_out"] == [name]


@on_a_loop
async def test_no_scorer_counts_for_more_than_everything(turn, settings):
    settings.CHAT_SCORERS = {"chat.tests.many.Exaggerates": 1}

    judgement = await judging.judge(turn, "The third shelf.")

    assert judgement.scores["Exaggerates"].value == 1.0


@pytest.mark.parametrize(
    ("_case", "best_of", "scorers", "ids"),
    [
        ("all is well", {"*": 2, "bedtime": 3, "member": 2, "story/free": 1}, {"chat.tests.many.LikesGulls": 2}, []),
        ("no such scene", {"noon": 2}, {}, ["chat.E004"]),
        ("too many", {"*": 9}, {}, ["chat.E004"]),
        ("no number", {"*": "two"}, {}, ["chat.E004"]),
        ("no table", 3, [], ["chat.E004", "chat.E005"]),
        ("nobody", {}, {"chat.tests.many.Nobody": 1}, ["chat.E005"]),
        ("no scorer", {}, {"chat.tests.many.ManyModel": 1}, ["chat.E005"]),
        ("no weight", {}, {"chat.tests.many.LikesGulls": "much"}, ["chat.E005"]),
    ],
)
def test_settings_are_checked_before_the_first_fan_waits(settings, _case, best_of, scorers, ids):
    settings.CHAT_BEST_OF, settings.CHAT_SCORERS = best_of, scorers

    assert [fault.id for fault in (*checks.draws_are_counted(None), *checks.scorers_can_score(None))] == ids
