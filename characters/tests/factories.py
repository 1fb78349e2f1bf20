"""The smallest valid character, and one fit to be submitted."""

from __future__ import annotations

from characters import services
from characters.cards.schema import CharacterCard, blank

SECRET = "The lamp was lit by her drowned sister, every night for eleven years."
SECRET_SCENE = "She climbs the stairs with the wet lantern and does not turn around."


def complete_card(name: str = "Mira", **cardia) -> CharacterCard:
    """Return a card the doctor finds no blocker in."""
    card = blank(name).with_changes(
        description="Keeper of the last lighthouse. She counts ships and never says good night first.",
        personality="Dry, patient, secretly tender.",
        scenario="You knock at the lighthouse door in a storm.",
        first_mes="*opens the door a crack* You are dripping on my stairs.",
        alternate_greetings=["The kettle is on. Sit."],
        mes_example="<START>\n{{user}}: I am tired.\n{{char}}: *pours tea* Sit. Mind the step.\n"
        "<START>\n{{user}}: Are you alone?\n{{char}}: Mind the step. I have ships.\n"
        "<START>\n{{user}}: Good night.\n{{char}}: Mm. Mind the step.",
        tags=["lighthouse", "Cozy"],
        creator_notes="Best read in the rain.",
    )
    return card.with_cardia(
        **{
            "age": 31,
            "tagline": {"en": "Keeper of the last lighthouse story", "zh-Hans": "最后一座灯塔的守夜人"},
            "language": "en",
            "worldview": "A coast where every lamp has a name.",
            "backstory": "She grew up among people who left by sea.",
            "catchphrases": ["Mind the step."],
            "reflexes": {"sadness": ["*sits beside you* I am here."]},
            "outage": "*taps the glass* I am here. The line is down.",
            "style": {"summary": "Short and dry.", "forbidden": ["smartphone"]},
            "scene": "story",
            "rating": "general",
            "accent": "#6fe3b4",
            **cardia,
        }
    )


def draft(owner, name: str = "Mira", **cardia):
    return services.create_character(owner, card=complete_card(name, **cardia))


def with_storyline(character, *, price_coins: int = 60, **texts):
    return services.add_storyline(
        character,
        title="The eleventh lamp",
        price_coins=price_coins,
        **{
            "teaser": "Who lit it before her?",
            "knowledge": SECRET,
            "scenes": [{"title": "Stairs", "setup": SECRET_SCENE, "opening": "…", "goal": "Let her say the name."}],
            **texts,
        },
    )


def live(owner, name: str = "Mira", *, storyline: bool = False, **cardia):
    character = draft(owner, name, **cardia)
    if storyline:
        with_storyline(character)
    services.publish(character)
    return character
