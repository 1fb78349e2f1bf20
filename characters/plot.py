"""The scenes of a hidden storyline: where they lead and how they end. Pure; kept as JSON, unknown keys and all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from characters.cards import fields
from characters.cards.limits import Json, JsonObject

SCENE_FIELDS = ("title", "setup", "opening", "goal")
SCENES, BRANCHES, ENDINGS = 60, 20, 20


@dataclass(frozen=True, slots=True)
class Branch:
    """A way on: `when` the fan does this (empty: whatever they do), `to` is the title of a scene or an ending."""

    when: str
    to: str


@dataclass(frozen=True, slots=True)
class Ending:
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Scene:
    title: str
    setup: str
    opening: str
    goal: str
    branches: tuple[Branch, ...] = ()
    endings: tuple[Ending, ...] = ()

    @classmethod
    def of(cls, row: Mapping[str, Json]) -> Scene:
        return cls(
            title=fields.text(row, "title"),
            setup=fields.text(row, "setup"),
            opening=fields.text(row, "opening"),
            goal=fields.text(row, "goal"),
            branches=tuple(
                Branch(fields.text(one, "when"), fields.text(one, "to")) for one in fields.objects(row, "branches")
            ),
            endings=tuple(
                Ending(fields.text(one, "title"), fields.text(one, "text")) for one in fields.objects(row, "endings")
            ),
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a storyline. `path` is the place, as in `scenes[0].branches[1].to`."""

    path: str
    code: str
    value: str = ""


def clean(scenes: Sequence[Mapping[str, Json]]) -> list[JsonObject]:
    """Return the scenes as they are stored: texts trimmed (what is no text reads as empty), empty parts left out."""
    return [_clean_scene(scene) for scene in scenes]


def _clean_scene(scene: Mapping[str, Json]) -> JsonObject:
    row: JsonObject = {**scene, **{name: fields.text(scene, name).strip() for name in SCENE_FIELDS}}
    for name, parts in (("branches", ("when", "to")), ("endings", ("title", "text"))):
        kept: list[Json] = [
            {**one, **texts}
            for one in fields.objects(scene, name)
            if any((texts := {part: fields.text(one, part).strip() for part in parts}).values())
        ]
        row.pop(name, None)
        if kept:
            row[name] = kept
    return row


def faults(scenes: Sequence[Mapping[str, Json]]) -> Iterator[Fault]:
    """Yield what keeps these (clean) scenes from being stored: too many parts, or a way that leads nowhere."""
    if len(scenes) > SCENES:
        yield Fault("scenes", "too_many", str(SCENES))
    titles = [title for scene in map(Scene.of, scenes) for title in (scene.title, *(e.title for e in scene.endings))]
    for number, raw in enumerate(scenes):
        yield from _scene_faults(Scene.of(raw), f"scenes[{number}]", titles)


def _scene_faults(scene: Scene, path: str, titles: Sequence[str]) -> Iterator[Fault]:
    if len(scene.branches) > BRANCHES:
        yield Fault(f"{path}.branches", "too_many", str(BRANCHES))
    if len(scene.endings) > ENDINGS:
        yield Fault(f"{path}.endings", "too_many", str(ENDINGS))
    for place, ending in enumerate(scene.endings):
        if not ending.title:
            yield Fault(f"{path}.endings[{place}].title", "ending_unnamed")
    for place, branch in enumerate(scene.branches):
        if not branch.to:
            yield Fault(f"{path}.branches[{place}].to", "branch_open", branch.when)
        elif titles.count(branch.to) != 1:
            code = "branch_twice" if branch.to in titles else "branch_lost"
            yield Fault(f"{path}.branches[{place}].to", code, branch.to)


def texts(scenes: Sequence[Mapping[str, Json]]) -> Iterator[str]:
    """Yield all words of each scene, its ways on and endings included."""
    for scene in map(Scene.of, scenes):
        parts = [scene.title, scene.setup, scene.opening, scene.goal]
        parts += [part for branch in scene.branches for part in (branch.when, branch.to)]
        parts += [part for ending in scene.endings for part in (ending.title, ending.text)]
        yield "\n".join(parts).strip()


def lore_texts(lorebook: JsonObject) -> Iterator[str]:
    """Yield all words of each entry of a storyline's lorebook."""
    for entry in fields.objects(lorebook, "entries"):
        named = (fields.text(entry, "name"), fields.text(entry, "comment"), *fields.texts(entry, "keys"))
        yield "\n".join((*named, *fields.texts(entry, "secondary_keys"), fields.text(entry, "content"))).strip()
