"""What every TorchServe archive's handler has in common: JSON in and out, refusals as HTTP 400."""

import gc
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from wirescope_serving.endpoint import Endpoint, Job
from wirescope_serving.payload import read_object
from wirescope_serving.refusal import RequestRefused


class JsonHandler:
    """TorchServe's custom handler contract: `initialize(context)` once, then `handle(requests, context)`.

    A package's handler.py derives from it and names its `endpoint`. The requests that TorchServe has gathered to a
    batch are refused one by one and run together. Anything but a RequestRefused goes up to TorchServe, which answers
    503.
    """

    endpoint: type[Endpoint]

    def initialize(self, context: Any) -> None:
        model_dir = Path(context.system_properties["model_dir"])
        self._facts = json.loads((model_dir / "model.json").read_text("utf-8"))
        self._endpoint = self.endpoint(model_dir, self._facts)
        # What is loaded stays: with PyTorch in the process, to look through it for garbage takes 75 ms again and again.
        gc.collect()
        gc.freeze()

    def handle(self, requests: Sequence[Mapping[str, Any]], context: Any) -> list[bytes]:
        read = [self._read(request) for request in requests]
        answers = iter(self._endpoint.run([each for each in read if isinstance(each, Job)]))
        return [self._respond(each, answers, context, index) for index, each in enumerate(read)]

    def _read(self, request: Mapping[str, Any]) -> Job | RequestRefused:
        body = request.get("body") if request.get("body") is not None else request.get("data")
        try:
            return self._endpoint.read(read_object(body, self._endpoint.limits))
        except RequestRefused as refusal:
            return refusal

    def _respond(
        self, read: Job | RequestRefused, answers: Iterator[dict[str, Any]], context: Any, index: int
    ) -> bytes:
        context.set_response_content_type(index, "application/json")
        if isinstance(read, RequestRefused):
            context.set_response_status(400, read.name, index)
            return orjson.dumps(read.body())
        return orjson.dumps({"model": self._facts["name"], "version": self._facts["version"], **next(answers)})
