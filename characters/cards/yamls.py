"""YAML read as JSON without trusting it: no anchors, no tags, no dates, limits before anything is built."""

from __future__ import annotations

import yaml

from characters.cards import limits
from characters.cards.errors import CardRefused, Refusal
from characters.cards.limits import Json, JsonObject

_DEPTH = 16
_SAFE_TAGS = frozenset(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq"))


def load(raw: bytes) -> JsonObject:
    """Return the mapping in `raw` (UTF-8); raise `CardRefused` for aliases, odd tags, depth, size and broken YAML."""
    if len(raw) > limits.YAML_BYTES:
        raise CardRefused(Refusal.FILE_TOO_LARGE, "$", limit_kib=limits.YAML_BYTES // 1024)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise CardRefused(Refusal.BAD_TEXT, f"$[byte {exc.start}]") from exc
    try:
        _check_events(text)
        value = _json(yaml.compose(text, Loader=yaml.CSafeLoader), "$")
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else 1
        raise CardRefused(Refusal.BAD_YAML, f"$[line {line}]") from exc
    except (yaml.YAMLError, ValueError) as exc:
        raise CardRefused(Refusal.BAD_YAML, "$") from exc
    limits.check(value)
    if not isinstance(value, dict):
        raise CardRefused(Refusal.NOT_A_CARD, "$")
    return value


def _check_events(text: str) -> None:
    """Walk the events before a tree is built: an alias multiplies, depth is a stack."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise CardRefused(Refusal.YAML_ALIAS, f"$[line {line}]")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEPTH:
                raise CardRefused(Refusal.TOO_DEEP, f"$[line {line}]", limit=_DEPTH)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _json(node: yaml.Node | None, path: str) -> Json:
    if isinstance(node, yaml.MappingNode):
        return {_name(key, path): _json(value, f"{path}.{key.value}"[:200]) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_json(item, f"{path}[{i}]") for i, item in enumerate(node.value)]
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, path)
    return None


def _name(node: yaml.Node, path: str) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise CardRefused(Refusal.BAD_YAML, path)
    return str(node.value)


def _scalar(node: yaml.ScalarNode, path: str) -> Json:
    """Return a scalar; only plain JSON types are told apart, so a date stays the text it is."""
    text = str(node.value)
    kind = node.tag.rsplit(":", 1)[-1] if node.tag in _SAFE_TAGS else "str"
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() in {"yes", "true", "on"}
    if kind in {"int", "float"}:
        try:
            return limits.integer(text) if kind == "int" else limits.number(text)
        except ValueError:
            return text  # 0x1f, 1:30 and the like: YAML's own numbers are no JSON
    return text
