"""`python -m wirescope_server [--port P | --socket FILE]`: one archive, behind a parent that starts it anew if it dies.

Settings are read from the environment (settings.py). SageMaker starts a container with the word `serve`.
"""

import argparse
import ctypes
import logging
import os
import signal
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from uvicorn.supervisors import Multiprocess

from wirescope_server.app import build_app
from wirescope_server.archive import ArchiveDoesNotLoad, find_model_folder
from wirescope_server.settings import InvalidSettings, Settings

SHUTDOWN_SECONDS = 5
LOADING_SECONDS = 60
PR_SET_PDEATHSIG = 1


def application() -> FastAPI:
    """What the child process runs; it gets its settings as its parent did, and does not outlive it (Linux's prctl)."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    return build_app(Settings.of(os.environ))


def main() -> None:
    # Requests are what runs side by side here, not the parts of one.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # Each run reads all weights, and with pages of 4 KiB a table of them too. The child's glibc reads this on start.
    os.environ.setdefault("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1")
    parser = argparse.ArgumentParser(prog="wirescope_server", description=__doc__)
    parser.add_argument("command", nargs="?", choices=["serve"], default="serve")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=int(os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080")))
    parser.add_argument("--socket", type=Path, help="listens on this Unix socket instead")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        find_model_folder(Settings.of(os.environ).model_dir)
    except (InvalidSettings, ArchiveDoesNotLoad) as failure:
        sys.exit(str(failure))
    config = uvicorn.Config(
        "wirescope_server.__main__:application",
        factory=True,
        host=options.host,
        port=options.port,
        uds=None if options.socket is None else str(options.socket),
        workers=1,
        http="httptools",
        loop="uvloop",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        date_header=False,
        log_level="warning",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        timeout_worker_healthcheck=LOADING_SECONDS,
    )
    Multiprocess(config, sockets=[config.bind_socket()]).run()


if __name__ == "__main__":
    main()
