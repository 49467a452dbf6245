"""A folder served as S3 serves objects: path style, GET and HEAD, ETag, 404 with S3's error body."""

import contextlib
import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

NO_SUCH_KEY = b"<?xml version='1.0'?><Error><Code>NoSuchKey</Code><Message>The key does not exist.</Message></Error>"


@contextlib.contextmanager
def object_store(folder: Path) -> Iterator[str]:
    """Yields the store's URL; s3://BUCKET/KEY is the file `folder`/BUCKET/KEY."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(with_body=True)

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def _answer(self, *, with_body: bool) -> None:
            path = folder / self.path.partition("?")[0].lstrip("/")
            is_found = path.is_file()
            content = path.read_bytes() if is_found else NO_SUCH_KEY
            self.send_response(200 if is_found else 404)
            self.send_header("content-length", str(len(content)))
            self.send_header("etag", f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"')
            self.end_headers()
            if with_body:
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Keeps the tests' output quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
