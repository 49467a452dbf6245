"""What the images start, started here: TorchServe or wirescope_server on loopback, with one unpacked archive."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import httpx
import psutil

PACKAGING = Path(__file__).resolve().parents[1]
TORCHSERVE, ONNX_SERVER = "torchserve", "onnx-server"
PORTS = 5
START_SECONDS = 90
COMMANDS = {
    TORCHSERVE: [sys.executable, "images/torchserve/serve.py"],
    ONNX_SERVER: [sys.executable, "-m", "wirescope_server"],
}
WORKER_WORDS = {TORCHSERVE: "model_service_worker.py", ONNX_SERVER: "spawn_main"}


class ModelServer:
    """`unpacked` is the folder that SageMaker would unpack the archive into."""

    def __init__(self, kind: str, unpacked: Path, log: Path, settings: Mapping[str, str] | None = None) -> None:
        self._kind = kind
        self._port = free_ports(PORTS)
        environment = {
            **os.environ,
            "HOST": "127.0.0.1",
            "MODEL_DIR": str(unpacked),
            "WIRESCOPE_SERVER_MODEL_DIR": str(unpacked),
            "SAGEMAKER_BIND_TO_PORT": str(self._port),
            "PYTHONDONTWRITEBYTECODE": "1",
            **(settings or {}),
        }
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self._port}", timeout=120, trust_env=False)
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [*COMMANDS[kind], "serve"], cwd=PACKAGING, env=environment, stdout=output, stderr=subprocess.STDOUT
            )
        self._log = log
        self._wait_until_healthy()

    def worker(self) -> psutil.Process:
        """The process that holds the model."""
        children = psutil.Process(self._process.pid).children(recursive=True)
        return next(child for child in children if WORKER_WORDS[self._kind] in " ".join(child.cmdline()))

    def stop(self) -> list[psutil.Process]:
        """Ends it as SageMaker does, and returns the processes that it had started."""
        children = psutil.Process(self._process.pid).children(recursive=True)
        self._process.terminate()
        self._process.wait(START_SECONDS)
        psutil.wait_procs(children, timeout=10)
        self.client.close()
        return children

    def kill(self) -> None:
        """Ends it as the kernel does when memory runs out: at once."""
        self._process.kill()
        self._process.wait(START_SECONDS)
        self.client.close()

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self._process.poll() is None, self._log.read_text("utf-8", "replace")[-2000:]
            try:
                if self.client.get("/ping").status_code == 200 and answers(self.client):
                    return
            except httpx.TransportError:
                time.sleep(0.1)
        raise TimeoutError(f"{self._kind} was not healthy in time; its log is {self._log}.")


def answers(client: httpx.Client) -> bool:
    """Whether a model is there that reads requests: TorchServe answers /ping before its worker is up."""
    return client.post("/invocations", content=b"{}").status_code == 400


def free_ports(count: int) -> int:
    """The first of `count` ports in a row that nothing listens on."""
    for first in range(20_000 + os.getpid() % 10_000, 60_000, count):
        sockets = [socket.socket() for _ in range(count)]
        try:
            for offset, each in enumerate(sockets):
                each.bind(("127.0.0.1", first + offset))
            return first
        except OSError:
            continue
        finally:
            for each in sockets:
                each.close()
    raise OSError("No ports are free.")
