"""`python -m local.models.server`: the local counterpart of SageMaker's endpoints, on loopback only."""

import argparse
import logging
from pathlib import Path

import uvicorn

from local.models.app import build_app
from local.models.archives import ArchiveStore
from local.models.asynchronous import AsynchronousInferences
from local.models.asynchronous_store import AsynchronousStore
from local.models.backends import Backends
from local.models.deployments import Deployments
from local.models.torchserve import TorchServe

SHUTDOWN_TIMEOUT_SECONDS = 5
# A caller that pauses about as long as an idle connection lives sends its next request into one that is being closed.
KEEP_ALIVE_SECONDS = 120


def main() -> None:
    parser = argparse.ArgumentParser(prog="local.models.server", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--torchserve-port", type=int, required=True, help="the first of five ports in a row")
    parser.add_argument("--state-dir", type=Path, required=True, help="keeps the deployed endpoints over a restart")
    parser.add_argument("--s3-endpoint", required=True, help="where s3://bucket/key is fetched from")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    state_dir = options.state_dir.resolve()
    torchserve = TorchServe(options.torchserve_port, state_dir / "torchserve")
    backends = Backends(torchserve)
    deployments = Deployments(state_dir, ArchiveStore(options.s3_endpoint), backends)
    inferences = AsynchronousInferences(deployments, AsynchronousStore(options.s3_endpoint), state_dir)
    uvicorn.run(
        build_app(deployments, backends, torchserve, inferences),
        host="127.0.0.1",
        port=options.port,
        log_level="warning",
        loop="asyncio",
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=SHUTDOWN_TIMEOUT_SECONDS,
    )


if __name__ == "__main__":
    main()
