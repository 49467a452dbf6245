"""CloudWatch Logs filter patterns, as far as metric filters use them: terms, and JSON conditions with && and ||."""

import fnmatch
import json
import re
from typing import Any

_CONDITION = re.compile(r"^[(\s]*\$\.([\w.\-]+)\s*(>=|<=|!=|=|>|<|IS NULL|NOT EXISTS)\s*(.*?)[)\s]*$", re.DOTALL)
_TERM = re.compile(r'(-|\?)?("[^"]*"|[^\s"]+)')


def matches(pattern: str, line: str) -> bool:
    """Whether a log line matches a filter pattern. An empty pattern matches every line; an unreadable condition none."""
    pattern = pattern.strip()
    if pattern.startswith("{"):
        return _matches_json(pattern, line)
    terms = [(sign, text.strip('"')) for sign, text in _TERM.findall(pattern)]
    optional = [text for sign, text in terms if sign == "?"]
    return (
        all(text in line for sign, text in terms if not sign)
        and not any(text in line for sign, text in terms if sign == "-")
        and (not optional or any(text in line for text in optional))
    )


def value_at(document: Any, path: str) -> Any:
    """The value at a dotted path, or None."""
    for key in path.split("."):
        document = document.get(key) if isinstance(document, dict) else None
    return document


def _matches_json(pattern: str, line: str) -> bool:
    try:
        document = json.loads(line)
    except ValueError:
        return False
    alternatives = pattern.strip("{} ").split("||")
    return isinstance(document, dict) and any(
        all(_holds(c, document) for c in alternative.split("&&")) for alternative in alternatives
    )


def _holds(condition: str, document: dict[str, Any]) -> bool:
    parsed = _CONDITION.match(condition)
    if not parsed:
        return False
    path, operator, wanted = parsed[1], parsed[2], parsed[3].strip().strip('"')
    found = value_at(document, path)
    if operator in ("IS NULL", "NOT EXISTS"):
        return found is None
    if found is None:
        return False
    if operator in ("=", "!="):
        text = found if isinstance(found, str) else json.dumps(found)
        return (fnmatch.fnmatchcase(text, re.sub(r"([\[\]?])", r"[\1]", wanted)) or _same_number(found, wanted)) == (
            operator == "="
        )
    try:
        left, right = float(found), float(wanted)
    except (TypeError, ValueError):
        return False
    return {">": left > right, "<": left < right, ">=": left >= right, "<=": left <= right}[operator]


def _same_number(found: Any, wanted: str) -> bool:
    try:
        return not isinstance(found, bool) and float(found) == float(wanted)
    except (TypeError, ValueError):
        return False
