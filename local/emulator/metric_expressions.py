"""CloudWatch metric math over series of one period: arithmetic, comparisons, IF, FILL, RATE, DIFF and the aggregates.

Operators follow CloudWatch: a data point that an operand lacks, and a division by zero, give no data point.
"""

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Series = Mapping[int, float]
"""Start of a period (epoch seconds) -> value; a period without data is absent."""


class ExpressionNotUnderstood(ValueError):
    """The expression uses what this evaluator does not know; the message names it."""


_BINARY: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Mod: operator.mod,
}
_COMPARE: dict[type, Callable[[float, float], bool]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_UNARY: dict[str, Callable[[float], float]] = {"ABS": abs, "CEIL": lambda x: float(-(-x // 1)), "FLOOR": lambda x: float(x // 1)}
_AGGREGATES: dict[str, Callable[[list[float]], float]] = {
    "SUM": sum,
    "AVG": lambda values: sum(values) / len(values),
    "MIN": min,
    "MAX": max,
}


@dataclass(frozen=True)
class _Scope:
    series: Mapping[str, Series]
    periods: list[int]
    period_seconds: int


def evaluate(expression: str, series: Mapping[str, Series], periods: list[int], period_seconds: int) -> dict[int, float]:
    """Evaluate an expression over named series. `periods` are the starts of the periods asked for, oldest first.

    Raises ExpressionNotUnderstood.
    """
    text = re.sub(r"\bMETRICS\(\s*\)", "[" + ",".join(series) + "]", expression)
    text = text.replace("&&", " and ").replace("||", " or ").replace("^", "**")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except SyntaxError as failure:
        raise ExpressionNotUnderstood(f"{expression!r} is not an expression: {failure.msg}") from None
    scope = _Scope(series, periods, period_seconds)
    values = {at: _value(tree, at, scope) for at in periods}
    return {at: float(value) for at, value in values.items() if value is not None}


def names_in(expression: str) -> set[str]:
    """The ids an expression may refer to."""
    return set(re.findall(r"\b[a-z]\w*", expression))


def _value(node: ast.expr, at: int, scope: _Scope) -> float | None:
    match node:
        case ast.Constant(value=bool() | int() | float()):
            return float(node.value)
        case ast.Name(id=name):
            return _named(name, scope).get(at)
        case ast.UnaryOp(op=ast.USub()):
            operand = _value(node.operand, at, scope)
            return None if operand is None else -operand
        case ast.BinOp() if type(node.op) in _BINARY:
            return _both(_BINARY[type(node.op)], node.left, node.right, at, scope)
        case ast.Compare(ops=[comparison], comparators=[right]) if type(comparison) in _COMPARE:
            return _both(_COMPARE[type(comparison)], node.left, right, at, scope)
        case ast.BoolOp():
            operands = [_value(value, at, scope) for value in node.values]
            if any(operand is None for operand in operands):
                return None
            return float(all(operands) if isinstance(node.op, ast.And) else any(operands))
        case ast.Call(func=ast.Name(id=name)):
            return _call(name.upper(), node.args, at, scope)
    raise ExpressionNotUnderstood(f"{ast.unparse(node)!r} is not metric math that is known here.")


def _named(name: str, scope: _Scope) -> Series:
    if name not in scope.series:
        raise ExpressionNotUnderstood(f"No metric has the id {name!r}.")
    return scope.series[name]


def _both(apply: Callable[[float, float], float], left: ast.expr, right: ast.expr, at: int, scope: _Scope) -> float | None:
    a, b = _value(left, at, scope), _value(right, at, scope)
    if a is None or b is None:
        return None
    try:
        return float(apply(a, b))
    except ZeroDivisionError:
        return None


def _call(name: str, arguments: list[ast.expr], at: int, scope: _Scope) -> float | None:
    if name == "IF" and len(arguments) in (2, 3):
        condition = _value(arguments[0], at, scope)
        if condition is None:
            return None
        chosen = arguments[1:2] if condition else arguments[2:3]
        return _value(chosen[0], at, scope) if chosen else None
    if name == "FILL" and len(arguments) == 2:
        return _fill(arguments[0], arguments[1], at, scope)
    if name in ("RATE", "DIFF") and len(arguments) == 1:
        now, before = _value(arguments[0], at, scope), _value(arguments[0], at - scope.period_seconds, scope)
        if now is None or before is None:
            return None
        return (now - before) / (scope.period_seconds if name == "RATE" else 1)
    if name in _UNARY and len(arguments) == 1:
        operand = _value(arguments[0], at, scope)
        return None if operand is None else _UNARY[name](operand)
    if name in _AGGREGATES and len(arguments) == 1:
        values = _aggregated(arguments[0], at, scope)
        return _AGGREGATES[name](values) if values else None
    raise ExpressionNotUnderstood(f"The function {name} with {len(arguments)} arguments is not known here.")


def _aggregated(argument: ast.expr, at: int, scope: _Scope) -> list[float]:
    """The members of a list at one period, or every point of a single series."""
    if isinstance(argument, ast.List):
        found = [_value(member, at, scope) for member in argument.elts]
    else:
        found = [_value(argument, period, scope) for period in scope.periods]
    return [value for value in found if value is not None]


def _fill(argument: ast.expr, filler: ast.expr, at: int, scope: _Scope) -> float | None:
    value = _value(argument, at, scope)
    if value is not None:
        return value
    if isinstance(filler, ast.Name) and filler.id.upper() == "REPEAT":
        earlier = [_value(argument, period, scope) for period in scope.periods if period < at]
        return next((found for found in reversed(earlier) if found is not None), None)
    return _value(filler, at, scope)
