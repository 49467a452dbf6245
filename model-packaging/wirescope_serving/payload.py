"""Reads a request's JSON and holds it to the limits of model.json."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from wirescope_serving.refusal import RequestRefused


@dataclass(frozen=True)
class Limits:
    """A package's `limits`: sizes of one request."""

    max_payload_bytes: int
    max_batch: int
    max_text_characters: int

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> "Limits":
        limits = facts["limits"]
        return cls(limits["maxPayloadBytes"], limits["maxBatch"], limits["maxTextCharacters"])


def read_object(body: bytes | bytearray | str | Mapping[str, Any] | None, limits: Limits) -> Mapping[str, Any]:
    """The request's JSON object. TorchServe hands it over as bytes, or parsed where its settings say so.

    Raises RequestRefused: PayloadTooLarge, MalformedJson.
    """
    if isinstance(body, Mapping):
        return body
    if body is None:
        raise RequestRefused("MalformedJson", "The request has no body; send a JSON object.")
    encoded = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else bytes(body)
    if len(encoded) > limits.max_payload_bytes:
        raise RequestRefused(
            "PayloadTooLarge",
            f"The request has {len(encoded):,} bytes, but this model reads at most {limits.max_payload_bytes:,}.",
        )
    try:
        parsed = json.loads(encoded)
    except (ValueError, RecursionError):
        raise RequestRefused("MalformedJson", "The body is not valid JSON in UTF-8.") from None
    if not isinstance(parsed, dict):
        raise RequestRefused("MalformedJson", "The body must be a JSON object.")
    return parsed


def read_text(request: Mapping[str, Any], field: str, limits: Limits) -> str:
    """One text. Raises RequestRefused: MissingField, InvalidText, TextTooLong."""
    return _checked_text(request.get(field), f"`{field}`", limits)


def read_texts(request: Mapping[str, Any], field: str, limits: Limits) -> list[str]:
    """A list of texts, at least one. Raises RequestRefused: MissingField, TooManyTexts, InvalidText, TextTooLong."""
    texts = request.get(field)
    if not isinstance(texts, list) or not texts:
        raise RequestRefused("MissingField", f"`{field}` must be a list of at least one string.")
    if len(texts) > limits.max_batch:
        raise RequestRefused(
            "TooManyTexts",
            f"`{field}` holds {len(texts):,} texts, but one request may hold at most {limits.max_batch}; split it.",
        )
    return [_checked_text(text, f"`{field}[{index}]`", limits) for index, text in enumerate(texts)]


def hold_to(most: int, found: int, unit: str = "characters") -> None:
    """Raises RequestRefused, TooMuchText, where a request has more text than its model reads in time."""
    if found > most:
        raise RequestRefused(
            "TooMuchText",
            f"The model would have {found:,} {unit} to read, but reads at most {most:,} for one request; split it.",
        )


def read_spans(request: Mapping[str, Any], field: str, characters: int, limits: Limits) -> list[tuple[int, int]] | None:
    """Spans of a text of so many code points, end exclusive; None where the request names none.

    Raises RequestRefused: TooManySpans, InvalidSpan.
    """
    spans = request.get(field)
    if spans is None:
        return None
    if not isinstance(spans, list):
        raise RequestRefused("InvalidSpan", f"`{field}` must be a list of spans.")
    if len(spans) > limits.max_batch:
        raise RequestRefused(
            "TooManySpans",
            f"`{field}` holds {len(spans):,} spans, but one request may hold at most {limits.max_batch}.",
        )
    return [_checked_span(span, f"`{field}[{index}]`", characters) for index, span in enumerate(spans)]


def _checked_span(span: object, where: str, characters: int) -> tuple[int, int]:
    start, end = (span.get("start"), span.get("end")) if isinstance(span, Mapping) else (None, None)
    is_whole = type(start) is int and type(end) is int
    if not is_whole or not 0 <= start < end <= characters:
        raise RequestRefused(
            "InvalidSpan", f"{where} must have a `start` and a later `end` within the text's {characters:,} characters."
        )
    return start, end


def _checked_text(text: object, where: str, limits: Limits) -> str:
    if text is None:
        raise RequestRefused("MissingField", f"{where} is missing; it must be a string.")
    if not isinstance(text, str):
        raise RequestRefused("InvalidText", f"{where} must be a string.")
    if len(text) > limits.max_text_characters:
        raise RequestRefused(
            "TextTooLong",
            f"{where} has {len(text):,} characters, but at most {limits.max_text_characters:,} are read; split it.",
        )
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise RequestRefused("InvalidText", f"{where} holds half a surrogate pair, which is not a character.")
    return text
