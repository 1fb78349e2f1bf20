"""Writes one branch of a chat as SillyTavern's lines: what came from there goes back as it was. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator

from characters.cards.limits import Json, JsonObject
from chat.transfer.dates import written
from chat.transfer.tavern import meta_of, note_of, variables_of
from chat.transfer.tree import ChatTree, Node

_SYSTEM = "System"


def write(tree: ChatTree, head: int | None = None) -> Iterator[str]:
    """Yield the lines of the branch that ends at `head`, by default the one on show, each with its line end."""
    last = tree.head if head is None else head
    path = tree.path_to(last)
    swipes = tree.swipes()
    head_row = _head(tree, path)
    if head_row.get("chat_metadata") or not tree.kept.get("is_headless"):
        yield _line(head_row)
    for row in _aside(tree.kept):
        yield _line(row)
    for place in path:
        node = tree.nodes[place]
        yield from (_line(row) for row in _rows(tree, node, [tree.nodes[at] for at in swipes[node.parent, node.role]]))


def branches(tree: ChatTree) -> list[int]:
    """Return the last messages of all branches, the one on show first. A swipe nobody answered is no branch."""
    swipes = tree.swipes()
    leaves = set(tree.leaves())
    found = [tree.head] if tree.head is not None else []
    on_show = set(tree.path_to(tree.head))
    for places in swipes.values():
        # Swipes that all end here are one file together; where one of them goes on, its file has their words.
        if leaves.issuperset(places) and not on_show.intersection(places):
            found.append(places[-1])
    return found


def _head(tree: ChatTree, path: list[int]) -> JsonObject:
    kept = tree.kept.get("head")
    head: JsonObject = dict(kept) if isinstance(kept, dict) else _new_head(tree)
    meta = head.get("chat_metadata")
    meta = dict(meta) if isinstance(meta, dict) else {}
    changed = meta_of(tree.note) if note_of(meta) != tree.note else {}
    variables = _variables(tree, path)
    if variables is not None and variables != variables_of(meta):
        changed["variables"] = dict(variables)
    return {**head, "chat_metadata": {**meta, **changed}} if changed else head


def _new_head(tree: ChatTree) -> JsonObject:
    return {
        "user_name": tree.fan,
        "character_name": tree.character,
        "create_date": written(tree.started_at),
        "chat_metadata": {},
    }


def _variables(tree: ChatTree, path: list[int]) -> dict[str, str] | None:
    """Return the variables as they stand at the end of the path, None where nobody wrote any."""
    for place in reversed(path):
        state = tree.nodes[place].state.get("variables")
        if isinstance(state, dict) and isinstance(local := state.get("local"), dict):
            return {name: str(value) for name, value in local.items()}
    return None


def _rows(tree: ChatTree, node: Node, siblings: list[Node]) -> Iterator[JsonObject]:
    holder = next((sibling for sibling in siblings if "row" in sibling.kept), None)
    if holder is None:
        yield _new_row(tree, node, siblings)
        return
    yield _kept_row(node, siblings, holder)
    yield from _aside(holder.kept)


def _kept_row(node: Node, siblings: list[Node], holder: Node) -> JsonObject:
    """Return a line as it came, with the words as they stand now."""
    raw = holder.kept.get("row")
    row: JsonObject = {"mes": node.text, **(raw if isinstance(raw, dict) else {})}
    is_bare = len(siblings) == 1 and "bare" in holder.kept
    if is_bare:
        return row if holder.kept["bare"] else {**row, "swipes": None}
    row["swipes"] = [_swipe(sibling, holder) for sibling in siblings] if _has_swipes(siblings, holder) else []
    place = siblings.index(node)
    if node is not holder:
        row |= _of_swipe(row, place, node)
    elif place != node.position or len(siblings) > 1 and ("bare" in holder.kept or "is_empty" in holder.kept):
        row["swipe_id"] = place
    return row


def _has_swipes(siblings: list[Node], holder: Node) -> bool:
    """Whether a list of swipes has entries: SillyTavern sometimes writes an empty one beside the words."""
    return len(siblings) > 1 or not holder.kept.get("is_empty")


def _swipe(sibling: Node, holder: Node) -> str:
    words = holder.kept.get("swipe") if sibling is holder else None
    return words if isinstance(words, str) else sibling.text


def _of_swipe(row: JsonObject, place: int, node: Node) -> JsonObject:
    """Return what SillyTavern takes over from a swipe when it is shown."""
    info = row.get("swipe_info")
    told = info[node.position] if isinstance(info, list) and node.position < len(info) else None
    found: JsonObject = {"swipe_id": place, "send_date": written(node.said_at)}
    if isinstance(told, dict):
        found |= {name: told[name] for name in ("send_date", "gen_started", "gen_finished", "extra") if name in told}
    return found


def _new_row(tree: ChatTree, node: Node, siblings: list[Node]) -> JsonObject:
    names = {"fan": tree.fan, "character": tree.character, "director": _SYSTEM}
    extra: JsonObject = {"type": "narrator"} if node.role == "director" else {}
    row: JsonObject = {
        "name": names[node.role],
        "is_user": node.role == "fan",
        "is_system": False,
        "send_date": written(node.said_at),
        "mes": node.text,
        "extra": extra,
    }
    if len(siblings) > 1 or node.role == "character":
        info: list[Json] = [{"send_date": written(sibling.said_at), "extra": {}} for sibling in siblings]
        row |= {
            "swipe_id": siblings.index(node),
            "swipes": [sibling.text for sibling in siblings],
            "swipe_info": info,
        }
    return row


def _aside(kept: JsonObject) -> Iterator[JsonObject]:
    rows = kept.get("after")
    for row in rows if isinstance(rows, list) else []:
        if isinstance(row, dict):
            yield row


def _line(row: JsonObject) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"
