"""`python -m local.models.archive_process --archive FILE`: one model archive, answering JSON lines.

The archive's own handler and serving code run in this process, without TorchServe around them: for work in bulk, where
a server's hops cost more than they show. The first line that it writes names the model. Then each line that it reads
is `{"id", "request"}`, and each that it writes `{"id", "answer"}` or `{"id", "refusal"}` for a request that the model
does not take.
"""

import argparse
import hashlib
import importlib
import json
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any


def main() -> None:
    parser = argparse.ArgumentParser(prog="local.models.archive_process", description=__doc__)
    parser.add_argument("--archive", type=Path, required=True, help="a model.tar.gz of TorchServe's layout")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wirescope-archive-") as scratch:
        folder = unpack(options.archive, Path(scratch))
        facts = json.loads((folder / "model.json").read_text("utf-8"))
        # The archive's code comes first on the path, so that what answers is what the archive serves.
        sys.path.insert(0, str(folder))
        handler = importlib.import_module("handler").Handler
        refusal_type = importlib.import_module("wirescope_serving.refusal").RequestRefused
        endpoint = handler.endpoint(folder, facts)
        identity = {"model": facts["name"], "version": facts["version"]}
        write({**identity, "sha256": weights_sha256(folder)})
        for line in sys.stdin:
            message = json.loads(line)
            try:
                write({"id": message["id"], "answer": {**identity, **endpoint.answer(message["request"])}})
            except refusal_type as refusal:
                write({"id": message["id"], "refusal": refusal.body()})


def unpack(archive: Path, target: Path) -> Path:
    """The folder that holds the archive's model.json."""
    with tarfile.open(archive, "r:gz") as contents:
        contents.extractall(target, filter="data")
    return next(target.glob("**/model.json")).parent


def weights_sha256(folder: Path) -> str:
    """One digest over the graph, the tokenizer and the facts: what decides an answer."""
    digest = hashlib.sha256()
    for name in ("model.onnx", "tokenizer.json", "model.json"):
        digest.update((folder / name).read_bytes())
    return digest.hexdigest()


def write(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
