"""Macros that set and read chat variables. Pure; what they write is in `MacroContext.variables`."""

from __future__ import annotations

import math
from collections.abc import Callable

from characters.macros.flow import is_true
from characters.macros.nodes import Call, Macro
from characters.macros.variables import Variables

_WHOLE = 1e15


def _scope(variables: Variables, *, shared: bool) -> dict[str, str]:
    return variables.shared if shared else variables.local


def _set(variables: Variables, scope: dict[str, str], name: str, value: str) -> str:
    variables.put(scope, name, value)
    return ""


def _add(variables: Variables, scope: dict[str, str], name: str, value: str) -> str:
    """Add numbers, join anything else."""
    before = scope.get(name, "")
    left, right = number(before or "0"), number(value)
    if left is None or right is None:
        variables.put(scope, name, before + value)
    elif math.isfinite(left + right):
        variables.put(scope, name, written(left + right))
    return ""


def _counted(variables: Variables, scope: dict[str, str], name: str, by: str) -> str:
    _add(variables, scope, name, by)
    return scope.get(name, "")


def number(text: str) -> float | None:
    """Return the number a text is, None when it is none."""
    text = text.strip()
    if not text.isascii() or len(text) > 40 or "_" in text:
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def written(value: float) -> str:
    """Return a number as people write it: 3, not 3.0."""
    return str(int(value)) if value.is_integer() and abs(value) < _WHOLE else repr(value)


def _drop(variables: Variables, scope: dict[str, str], name: str) -> str:
    variables.drop(scope, name)
    return ""


_Doing = Callable[[Variables, dict[str, str], str, str], str]


def _doing(do: _Doing, *, shared: bool) -> Callable[[Call], str]:
    def handler(call: Call) -> str:
        variables = call.context.variables
        value = call.args[1] if len(call.args) > 1 else ""
        return do(variables, _scope(variables, shared=shared), call.args[0].strip(), value)

    return handler


def _shorthand(call: Call) -> str:
    """`{{.name}}` and `{{$name}}`, alone or with an operator; the value is filled only where it is needed."""
    tag, variables = call.tag, call.context.variables
    scope = _scope(variables, shared=tag.name == "$")
    name, operator = str(tag.args[0][0]), str(tag.args[1][0])
    if operator in _QUICK:
        return _QUICK[operator](variables, scope, name)
    if operator.rstrip("=") in {"||", "??"}:
        has_one = name in scope and (operator.startswith("??") or is_true(scope[name]))
        value = scope[name] if has_one else call.run.render(tag.args[2])
        if not has_one and operator.endswith("="):
            variables.put(scope, name, value)
        return value
    value = call.run.render(tag.args[2])
    if operator in {"=", "+="}:
        return (_set if operator == "=" else _add)(variables, scope, name, value)
    if operator == "-=":
        taken = number(value)
        return "" if taken is None else _add(variables, scope, name, written(-taken))
    return "true" if _compared(scope.get(name, ""), operator, value) else "false"


def _compared(mine: str, operator: str, other: str) -> bool:
    if operator in {"==", "!="}:
        return (mine == other) == (operator == "==")
    left, right = number(mine or "0"), number(other)
    if left is None or right is None:
        return False
    return {">": left > right, ">=": left >= right, "<": left < right, "<=": left <= right}[operator]


_QUICK: dict[str, Callable[[Variables, dict[str, str], str], str]] = {
    "": lambda variables, scope, name: scope.get(name, ""),
    "++": lambda variables, scope, name: _counted(variables, scope, name, "1"),
    "--": lambda variables, scope, name: _counted(variables, scope, name, "-1"),
}


def _of(kind: str, *, shared: bool) -> tuple[Macro, ...]:
    def plain(do: _Doing) -> Callable[[Call], str]:
        return _doing(do, shared=shared)

    return (
        Macro(f"set{kind}", plain(_set), 2, 2),
        Macro(f"add{kind}", plain(_add), 2, 2),
        Macro(f"inc{kind}", plain(lambda v, scope, name, _value: _counted(v, scope, name, "1")), 1, 1),
        Macro(f"dec{kind}", plain(lambda v, scope, name, _value: _counted(v, scope, name, "-1")), 1, 1),
        Macro(f"get{kind}", plain(lambda _v, scope, name, _value: scope.get(name, "")), 1, 1),
        Macro(
            f"has{kind}",
            plain(lambda _v, scope, name, _value: "true" if name in scope else "false"),
            1,
            1,
            aliases=(f"{kind}exists",),
        ),
        Macro(
            f"delete{kind}",
            plain(lambda v, scope, name, _value: _drop(v, scope, name)),
            1,
            1,
            aliases=(f"flush{kind}",),
        ),
    )


MACROS = (
    *_of("var", shared=False),
    *_of("globalvar", shared=True),
    Macro(".", _shorthand, lazy=True),
    Macro("$", _shorthand, lazy=True),
)
