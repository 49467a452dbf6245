"""The part of the model hub's HTTP interface that pinning and building use, on loopback: files of one commit."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@contextmanager
def local_hub(repository: str, commit: str, files: Mapping[str, bytes]) -> Iterator[str]:
    """The address of a hub that holds one repository, whose branch `main` stands at `commit`."""

    class Hub(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(with_body=True)

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def log_message(self, *_: object) -> None:
            pass

        def _answer(self, *, with_body: bool) -> None:
            if self.path.partition("?")[0] == f"/api/models/{repository}/revision/main":
                siblings = [{"rfilename": name} for name in files]
                body, etag = json.dumps({"id": repository, "sha": commit, "siblings": siblings}).encode(), "listing"
            else:
                found = files.get(self.path.removeprefix(f"/{repository}/resolve/{commit}/"))
                if found is None:
                    self.send_error(404)
                    return
                body, etag = found, hashlib.sha256(found).hexdigest()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("ETag", f'"{etag}"')
            self.send_header("X-Repo-Commit", commit)
            self.end_headers()
            if with_body:
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
