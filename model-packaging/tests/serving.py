"""Calls an unpacked archive's handler the way TorchServe's worker does."""

import importlib.util
import json
from pathlib import Path
from typing import Any

from ts.context import Context, RequestProcessor


class Served:
    """`post` sends one request's bytes and returns its status and parsed answer."""

    def __init__(self, model_dir: Path) -> None:
        spec = importlib.util.spec_from_file_location(f"handler_of_{model_dir.name}", model_dir / "handler.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self._context = Context(model_dir.name, str(model_dir), {}, 1, None, "0.12.0")
        self._handler = module.Handler()
        self._handler.initialize(self._context)

    def post(self, body: bytes | dict[str, Any]) -> tuple[int, Any]:
        self._context.request_processor = [RequestProcessor({})]
        encoded = body if isinstance(body, bytes) else json.dumps(body).encode()
        (answer,) = self._handler.handle([{"body": bytearray(encoded)}], self._context)
        assert self._context.get_response_content_type(0) == "application/json"
        return self._context.get_response_status(0)[0], json.loads(answer)

    def answer(self, body: dict[str, Any]) -> Any:
        status, answer = self.post(body)
        assert status == 200, answer
        return answer
