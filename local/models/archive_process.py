"""`python -m local.models.archive_process --archive FILE`: one model archive, answering JSON lines.

The archive's own handler and serving code run in this process, without TorchServe around them: for work in bulk, where
a server's hops cost more than they show. The first line that it writes names the model. Then each line that it reads
is `{"id", "request"}`, and each that it writes `{"id", "answer"}` or `{"id", "refusal"}` for a request that the model
does not take.
"""

import argparse
import hashlib
import json
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from wirescope_server.archive import load_archive


def main() -> None:
    parser = argparse.ArgumentParser(prog="local.models.archive_process", description=__doc__)
    parser.add_argument("--archive", type=Path, required=True, help="a model.tar.gz of TorchServe's layout")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wirescope-archive-") as scratch:
        with tarfile.open(options.archive, "r:gz") as contents:
            contents.extractall(scratch, filter="data")
        archive = load_archive(Path(scratch))
        endpoint, facts = archive.endpoint, archive.facts
        identity = {"model": facts["name"], "version": facts["version"]}
        write({**identity, "sha256": weights_sha256(archive.folder)})
        for line in sys.stdin:
            message = json.loads(line)
            try:
                write({"id": message["id"], "answer": {**identity, **endpoint.answer(message["request"])}})
            except archive.refusal as refusal:
                write({"id": message["id"], "refusal": refusal.body()})


def weights_sha256(folder: Path) -> str:
    """One digest over the graph, the tokenizer and the facts: what decides an answer."""
    digest = hashlib.sha256()
    graph = next(folder / name for name in ("model.onnx", "model.pt") if (folder / name).exists())
    for file in (graph, folder / "tokenizer.json", folder / "model.json"):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def write(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
