"""What every TorchServe archive's handler has in common: JSON in and out, refusals as HTTP 400."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from wirescope_serving.payload import Limits, read_object
from wirescope_serving.refusal import RequestRefused


class Endpoint(Protocol):
    def __init__(self, model_dir: Path, facts: Mapping[str, Any]) -> None: ...

    def answer(self, request: Mapping[str, Any]) -> dict[str, Any]: ...


class JsonHandler:
    """TorchServe's custom handler contract: `initialize(context)` once, then `handle(requests, context)`.

    A package's handler.py derives from it and names its `endpoint`. Anything but a RequestRefused goes up to
    TorchServe, which answers 503.
    """

    endpoint: type[Endpoint]

    def initialize(self, context: Any) -> None:
        model_dir = Path(context.system_properties["model_dir"])
        self._facts = json.loads((model_dir / "model.json").read_text("utf-8"))
        self._limits = Limits.of(self._facts)
        self._endpoint = self.endpoint(model_dir, self._facts)

    def handle(self, requests: Sequence[Mapping[str, Any]], context: Any) -> list[str]:
        return [self._respond(request, context, index) for index, request in enumerate(requests)]

    def _respond(self, request: Mapping[str, Any], context: Any, index: int) -> str:
        context.set_response_content_type(index, "application/json")
        body = request.get("body") if request.get("body") is not None else request.get("data")
        try:
            answer = self._endpoint.answer(read_object(body, self._limits))
        except RequestRefused as refusal:
            context.set_response_status(400, refusal.name, index)
            return json.dumps(refusal.body())
        return json.dumps({"model": self._facts["name"], "version": self._facts["version"], **answer})
