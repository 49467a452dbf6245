"""Servers that stand where the model server and the search server stand, and remember what they were asked."""

import json
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


class _Recorder:
    def __init__(self) -> None:
        self.calls_back_to: str | None = None
        """An address that is asked before a PUT is answered, as a model server fetches archives from the emulator."""
        self.requests: list[tuple[str, str, dict[str, str], Any]] = []
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                recorder.requests.append((self.command, self.path, headers, body))
                if self.command == "PUT" and recorder.calls_back_to:
                    urllib.request.urlopen(recorder.calls_back_to, timeout=5).close()
                status, answer_headers, answer = recorder.answer(self.command, self.path, body)
                self.send_response(status)
                for name, value in {"content-length": str(len(answer)), **answer_headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_POST = do_PUT = do_DELETE = _serve

            def log_message(self, *_arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        raise NotImplementedError

    def asked(self, method: str, path: str) -> list[Any]:
        """Bodies of the requests for a method and path, parsed where they are JSON."""
        return [json.loads(body) if body else None for m, p, _, body in self.requests if (m, p) == (method, path)]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class ModelServer(_Recorder):
    """Takes every endpoint but those whose image is `broken`, and answers invocations with what it got."""

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        if method == "PUT" and b'"broken"' in body:
            return 422, {"content-type": "application/json"}, b'{"message": "The archive holds no model.json."}'
        if path.endswith("/async-invocations"):
            location = {"x-amzn-sagemaker-outputlocation": "s3://results/1.out"}
            return 202, {"content-type": "application/json", **location}, b'{"InferenceId": "1"}'
        if path == "/endpoints/failing/invocations":
            return 424, {"content-type": "text/plain"}, b"model error"
        if method == "POST":
            return 200, {"content-type": "application/x-echo", "x-amzn-sagemaker-custom-attributes": "seen"}, body
        return 200, {"content-type": "application/json"}, b"{}"


class SearchServer(_Recorder):
    """An index named `taken` exists already, one named `refused` is answered 400."""

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        if method == "PUT" and path == "/taken":
            error = {"type": "resource_already_exists_exception", "reason": "index [taken] already exists"}
            return 400, {"content-type": "application/json"}, json.dumps({"error": error}).encode()
        if method == "PUT" and path == "/refused":
            error = {"type": "mapper_parsing_exception", "reason": "Dimension is missing for vector"}
            return 400, {"content-type": "application/json"}, json.dumps({"error": error}).encode()
        return 200, {"content-type": "application/json"}, b'{"acknowledged": true}'
